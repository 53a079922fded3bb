import { describe, expect, it } from '@jest/globals';
import { check } from '../../simulator/vopr/checkers/index.ts';
import { play } from '../../simulator/vopr/play.ts';
import { loadDefinition, type Definition, type DefinitionName } from '../../statemachines/render.ts';
import { aDrawnWorld, NEVER_SPOT, type DrawnOverrides } from './drawn.ts';

// Bugs planted in the flow itself: a double of a definition in which one state is another.

type State = Readonly<Record<string, unknown>>;

/** Every state of that name, wherever it stands, with what is changed; undefined takes a field out. */
function changed(value: unknown, name: string, changes: State): unknown {
  if (Array.isArray(value)) return value.map((member) => changed(member, name, changes));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === name ? { ...(member as State), ...changes } : changed(member, name, changes),
    ]),
  );
}

async function brokenBy(
  machine: DefinitionName,
  name: string,
  changes: State,
  drawn: DrawnOverrides = {},
): Promise<readonly string[]> {
  const double = JSON.parse(JSON.stringify(changed(loadDefinition(machine), name, changes))) as Definition;
  expect(double).not.toEqual(loadDefinition(machine));
  const { record } = await play(aDrawnWorld(drawn), { definitions: { [machine]: double } });
  return [...new Set(check(record).map(({ promise }) => promise))].toSorted();
}

describe('the checkers notice a definition', () => {
  it('that does not catch the end of a spot job', async () => {
    expect(await brokenBy('training-run', 'TrainOnSpot', { Catch: undefined }, { market: NEVER_SPOT })).toContain(
      'the deadline holds',
    );
  });

  it('whose watch is over after the first look', async () => {
    const Choices = ['listen', 'stopping', 'ended'].map((verdict) => ({
      Condition: `{% $states.input.verdict = '${verdict}' %}`,
      Next: verdict === 'stopping' ? 'LetSpotJobStop' : 'SpotWatchEnded',
    }));
    expect(await brokenBy('training-run', 'SpotVerdict', { Choices }, { market: NEVER_SPOT })).toContain(
      'the deadline holds',
    );
  });

  it('that turns an accepted run away', async () => {
    const Choices = [{ Condition: "{% $acceptance.verdict != 'accepted' %}", Next: 'PlanAttempt' }];
    expect(await brokenBy('training-run', 'IsAccepted', { Choices })).toEqual([
      'history and payloads stay within their limits',
      'the deadline holds',
    ]);
  });

  it('that follows an attempt which is settled', async () => {
    const Choices = [{ Condition: '{% $not($inspection.settled) %}', Next: 'PlanAttempt' }];
    expect(await brokenBy('training-run', 'IsSettled', { Choices })).toEqual([
      'history and payloads stay within their limits',
    ]);
  });

  it('that registers no model', async () => {
    const Choices = [{ Condition: '{% false %}', Next: 'CreateModelPackage' }];
    expect(await brokenBy('model-registration', 'WhatToDo', { Choices })).toContain(
      'a completed run is registered once, or visibly rejected',
    );
  });

  it('whose sweep loses a trial that fails', async () => {
    const sweep = {
      startsAt: 0,
      request: {
        search: {
          method: 'random' as const,
          trials: 3,
          parameters: { x: { kind: 'linear' as const, min: 0, max: 1 } },
        },
        objective: { metric: 'accuracy', goal: 'maximize' as const },
        run: { expectedTrainingTime: '1h', maxRuntime: '3h' },
        toleratedFailures: { percentage: 100 },
        maxConcurrency: 3,
      },
      workSeconds: 3_600,
      failsAboveX: 0,
      redrivesAt: [],
    };
    expect(
      await brokenBy('sweep', 'RunTrial', { Catch: undefined }, { script: { metrics: { accuracy: 0.9 } }, sweep }),
    ).toContain('a sweep ends once, with each of its trials');
  });
});
