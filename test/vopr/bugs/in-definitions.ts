// Planted in the flow itself: a double of a definition in which one state is another.
import { loadDefinition, type Definition, type DefinitionName } from '../../../statemachines/render.ts';
import type { PlayOptions } from '../../../simulator/vopr/play.ts';
import { aDrawnSweep, NEVER_SPOT } from '../drawn.ts';
import type { PlantedBug } from '../planting.ts';

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

function withState(machine: DefinitionName, name: string, changes: State): PlayOptions {
  const [text, double] = [loadDefinition(machine), changed(loadDefinition(machine), name, changes)].map((definition) =>
    JSON.stringify(definition),
  );
  if (double === undefined || double === text) throw new Error(`${machine} has no state ${name}, or it is so already`);
  return { definitions: { [machine]: JSON.parse(double) as Definition } };
}

const NEVER_ON_SPOT = { market: NEVER_SPOT };

export const IN_DEFINITIONS: readonly PlantedBug[] = [
  {
    what: 'a definition that does not catch the end of a spot job',
    drawn: NEVER_ON_SPOT,
    plant: () => withState('training-run', 'TrainOnSpot', { Catch: undefined }),
    noticedBy: { deadlineHolds: ['the deadline holds'] },
  },
  {
    what: 'a definition whose watch is over after the first look',
    drawn: NEVER_ON_SPOT,
    plant: () =>
      withState('training-run', 'SpotVerdict', {
        Choices: ['listen', 'stopping', 'ended'].map((verdict) => ({
          Condition: `{% $states.input.verdict = '${verdict}' %}`,
          Next: verdict === 'stopping' ? 'LetSpotJobStop' : 'SpotWatchEnded',
        })),
      }),
    noticedBy: { deadlineHolds: ['the deadline holds'] },
  },
  {
    what: 'a definition that turns an accepted run away',
    drawn: {},
    plant: () =>
      withState('training-run', 'IsAccepted', {
        Choices: [{ Condition: "{% $acceptance.verdict != 'accepted' %}", Next: 'PlanAttempt' }],
      }),
    noticedBy: { deadlineHolds: ['the deadline holds'], limitsHold: ['history and payloads stay within their limits'] },
  },
  {
    what: 'a definition that follows an attempt which is settled',
    drawn: {},
    plant: () =>
      withState('training-run', 'IsSettled', {
        Choices: [{ Condition: '{% $not($inspection.settled) %}', Next: 'PlanAttempt' }],
      }),
    noticedBy: { limitsHold: ['history and payloads stay within their limits'] },
  },
  {
    what: 'a definition that registers no model',
    drawn: {},
    plant: () =>
      withState('model-registration', 'WhatToDo', {
        Choices: [{ Condition: '{% false %}', Next: 'CreateModelPackage' }],
      }),
    noticedBy: {
      registeredOnce: ['a completed run is registered once, or visibly rejected'],
      limitsHold: ['history and payloads stay within their limits'],
    },
  },
  {
    what: 'a definition whose sweep loses a trial that fails',
    drawn: {
      script: { metrics: { accuracy: 0.9 } },
      sweep: aDrawnSweep(3, { toleratedFailures: { percentage: 100 }, maxConcurrency: 3 }, { failsAboveX: 0 }),
    },
    plant: () => withState('sweep', 'RunTrial', { Catch: undefined }),
    noticedBy: { sweepsHold: ['a sweep ends once, with each of its trials', "a sweep's budget is never exceeded"] },
  },
];
