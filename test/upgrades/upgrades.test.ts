import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type * as z from 'zod';
import {
  MODEL_REGISTERED,
  MODEL_REJECTED,
  ModelRegistered,
  ModelRejected,
  RUN_EXTENDED,
  RUN_STATE_CHANGE,
  RunExtended,
  RunStateChange,
} from '../../domain/events.ts';
import { SWEEP_STATE_CHANGE, SweepStateChange } from '../../domain/sweep/events.ts';
import * as contracts from '../../lambdas/contracts.ts';
import * as sweepContracts from '../../lambdas/sweep-contracts.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import { SimObjects } from '../../simulator/services/sim-objects.ts';
import { createMemoryLedger } from '../../simulator/services/memory-ledger.ts';
import { createMemorySweepLedger } from '../../simulator/services/memory-sweep-ledger.ts';
import { check } from '../../simulator/vopr/checkers/index.ts';
import { drawWorld } from '../../simulator/vopr/draw.ts';
import { play, type PlayOptions } from '../../simulator/vopr/play.ts';
import type { Definitions, World } from '../../simulator/world.ts';
import type { Definition } from '../../statemachines/render.ts';
import type { WireItem } from '../support/fake-dynamodb.ts';
import { aTable, factsIn, MIDDLE_SECONDS, recordStory, RESUMES, STORIES, type Story } from './stories.ts';

// An execution goes on with the definition it started with, while functions and table are those of the release that has been
// deployed meanwhile. So today's functions must serve every definition, input and item that a release has left (docs/upgrades.md).

const FOLDER = import.meta.dirname;
const RELEASES = readdirSync(FOLDER).filter((name) => /^v\d/.test(name));
const SEEDS = 40;

function read(release: string, file: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, release, file), 'utf8'));
}

const storyOf = (release: string, name: string): Story => read(release, `${name}.story.json`) as Story;
const definitionOf = (release: string, name: string): Definition => read(release, `${name}.asl.json`) as Definition;

const definitionsOf = (release: string): Definitions => ({
  'training-run': definitionOf(release, 'training-run'),
  'model-registration': definitionOf(release, 'model-registration'),
  'upload-batch': definitionOf(release, 'upload-batch'),
  'extend-run': definitionOf(release, 'extend-run'),
  sweep: definitionOf(release, 'sweep'),
});

const INPUTS: Readonly<Record<string, z.ZodType>> = {
  AcceptRun: contracts.AcceptRunInput,
  PlanAttempt: contracts.PlanAttemptInput,
  InspectAttempt: contracts.InspectAttemptInput,
  ReviewAttempt: contracts.ReviewAttemptInput,
  AwaitNews: contracts.AwaitNewsInput,
  CloseRun: contracts.CloseRunInput,
  RecordRegistration: contracts.RecordRegistrationInput,
  ExtendRun: contracts.ExtendRunInput,
  AcceptSweep: sweepContracts.AcceptSweepInput,
  AdmitTrial: sweepContracts.AdmitTrialInput,
  SettleTrial: sweepContracts.SettleTrialInput,
  SelectBest: sweepContracts.SelectBestInput,
  CloseSweep: sweepContracts.CloseSweepInput,
};

const EVENTS: Readonly<Record<string, z.ZodType>> = {
  [RUN_STATE_CHANGE]: RunStateChange,
  [MODEL_REGISTERED]: ModelRegistered,
  [MODEL_REJECTED]: ModelRejected,
  [RUN_EXTENDED]: RunExtended,
  [SWEEP_STATE_CHANGE]: SweepStateChange,
};

async function brokenPromises(drawn: Story['drawn'], options: PlayOptions): Promise<readonly string[]> {
  const { record } = await play(drawn, options);
  return check(record).map(({ promise, what }) => `seed ${drawn.seed}: ${promise}: ${what}`);
}

/** The story up to its middle; from there on the table is the one that the release had left. */
function goOnFrom(items: readonly WireItem[]): PlayOptions {
  const { db, ledgers } = aTable();
  return { ledgers, onSetUp: ({ clock }) => clock.after(MIDDLE_SECONDS, () => db.load(items)) };
}

/** Up to the middle functions answer what those of the release had answered, so that its words are in all variables. */
function answering(answers: Story['answers']): NonNullable<PlayOptions['double']> {
  const left = Map.groupBy(answers, ({ name }) => name);
  return (name, invoke) => async (event) => {
    const output = await invoke(event);
    const recorded = left.get(name)?.shift();
    return recorded === undefined ? output : recorded.output;
  };
}

/** The story to its first end; then the table is the one that the release had left, and somebody goes on from its run. */
function resumeAfter({ drawn, tables }: Story): { readonly drawn: Story['drawn']; readonly options: PlayOptions } {
  const { db, ledgers } = aTable();
  let world: World | undefined;
  let ended = false;
  return {
    drawn: { ...drawn, continuations: { acts: [RESUMES], mends: true } },
    options: {
      ledgers,
      onSetUp: (set) => (world = set),
      onBusEvent: (event) => {
        if (ended || event['detail-type'] !== RUN_STATE_CHANGE) return;
        ended = true;
        world?.clock.after(300, () => db.load(tables.end));
      },
    },
  };
}

describe.each(RELEASES)('what %s has left under way', (release) => {
  const stories = readdirSync(join(FOLDER, release))
    .filter((name) => name.endsWith('.story.json'))
    .map((name) => name.replace('.story.json', ''))
    .map((name) => [name, storyOf(release, name)] as const);
  const definitions = definitionsOf(release);

  it('is stories of every kind of end', () => {
    const ends = stories.flatMap(([, { events }]) =>
      events
        .filter((event) => event['detail-type'] === RUN_STATE_CHANGE)
        .map(({ detail }) => RunStateChange.parse(detail)),
    );
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']));
  });

  it('executions: its definitions keep every promise with the functions of today', async () => {
    const broken: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1)
      broken.push(...(await brokenPromises(drawWorld(seed), { definitions })));
    expect(broken).toEqual([]);
  }, 60_000);

  it.each(stories)('in the middle of %s: the functions of today end it with its own definition', async (_, story) => {
    const options = { ...goOnFrom(story.tables.middle), definitions };
    expect(await brokenPromises(story.drawn, options)).toEqual([]);
  });

  it.each(stories)(
    'in the middle of %s: also with the words of the old functions in its variables',
    async (_, story) => {
      const options = { ...goOnFrom(story.tables.middle), definitions, double: answering(story.answers) };
      expect(await brokenPromises(story.drawn, options)).toEqual([]);
    },
  );

  it.each(stories)('in the middle of %s: so does the definition of today', async (_, story) => {
    expect(await brokenPromises(story.drawn, goOnFrom(story.tables.middle))).toEqual([]);
  });

  const named = (...names: readonly string[]) => stories.filter(([name]) => names.includes(name));

  it.each(named('failed', 'stopped', 'aborted'))('a run that ended (%s): can be gone on from', async (_, story) => {
    const { drawn, options } = resumeAfter(story);
    const { record } = await play(drawn, options);
    expect(check(record)).toEqual([]);
    expect(record.continuations).toMatchObject([{ act: 'resume', runId: story.runIds[0] }]);
    expect(record.runs.map(({ history }) => history.end?.status)).toContain('SUCCEEDED');
  });

  it.each(named('interrupted', 'fallen-back'))('a run in the middle (%s): can be given more', async (_, story) => {
    const extending = {
      ...RESUMES,
      act: 'extend' as const,
      when: { at: MIDDLE_SECONDS + 300 },
      terms: { deadline: '30h' },
    };
    const drawn = { ...story.drawn, continuations: { acts: [extending], mends: false } };
    const { record } = await play(drawn, { ...goOnFrom(story.tables.middle), definitions });
    expect(check(record)).toEqual([]);
    expect(record.runs.map(({ history }) => history.amendments?.length)).toEqual([1]);
  });

  it.each(stories)('the table (%s): nothing that it says is lost in reading', async (_, story) => {
    const { tables, facts } = story;
    expect(await factsIn(tables.middle, story)).toMatchObject(facts.middle);
    expect(await factsIn(tables.end, story)).toMatchObject(facts.end);
  });

  it.each(stories)('inputs (%s): are accepted', (_, { inputs }) => {
    const ofStates = inputs.filter(({ input }) => !Object.hasOwn(input as object, 'detail-type'));
    expect(ofStates.length).toBeGreaterThan(3);
    for (const { name, input } of ofStates)
      expect([name, INPUTS[name]?.safeParse(input).error?.message]).toEqual([name, undefined]);
  });

  it.each(stories)('events (%s): say what they said', (_, { events }) => {
    const ours = events.filter(({ source }) => source === 'spotrelay');
    expect(ours.length).toBeGreaterThan(0);
    for (const event of ours) expect(EVENTS[event['detail-type']]?.parse(event.detail)).toEqual(event.detail);
  });
});

describe('a story is recorded', () => {
  const keys = (items: readonly WireItem[]): readonly string[] => items.map((item) => item['sk']?.S ?? '');

  it('with its run under way, and over', async () => {
    const { tables, facts } = await recordStory(STORIES.failed);
    expect(keys(tables.middle)).toEqual(expect.arrayContaining(['RUN', 'ATTEMPT#001']));
    expect(keys(tables.middle)).not.toContain('END');
    expect(keys(tables.end)).toEqual(expect.arrayContaining(['END', 'RECEIPT']));
    expect(facts.end).toMatchObject({ runs: [{ receipt: { status: 'FAILED' } }] });
  });

  it('with its sweep under way, or stopped and to be redriven', async () => {
    const underWay = await recordStory(STORIES.sweep);
    expect(underWay.facts.middle).toMatchObject({ sweeps: [{ kept: { account: { live: 2, completed: 2 } } }] });
    expect(underWay.facts.middle).not.toHaveProperty('sweeps.0.kept.end');
    const stopped = await recordStory(STORIES['sweep-stopped']);
    expect(stopped.facts.middle).toMatchObject({ sweeps: [{ kept: { end: { broken: true } } }] });
    expect(stopped.facts.end).toMatchObject({ sweeps: [{ kept: { end: { status: 'SUCCEEDED' } } }] });
  });

  it('with requests that wait for their turn, and uploads for their pause', async () => {
    const queued = await recordStory(STORIES.queued);
    expect(queued.facts.middle).toMatchObject({ triggers: { turn: expect.anything(), queued: [{}, {}] } });
    expect(queued.facts.end).toMatchObject({ triggers: { queued: [] } });
    const batched = await recordStory(STORIES.batched);
    expect(batched.facts.middle).toMatchObject({ triggers: { batch: { batchId: expect.any(String) } } });
    expect(batched.facts.end).not.toHaveProperty('triggers.batch');
  });

  it('with a run that goes on from another and was given more', async () => {
    const { facts } = await recordStory(STORIES.continued);
    expect(facts.middle).toMatchObject({
      runs: expect.arrayContaining([
        expect.objectContaining({ history: expect.objectContaining({ amendments: [expect.anything()] }) }),
      ]),
    });
  });
});

describe('what a later version has left', () => {
  const [release = ''] = RELEASES;
  const { runIds, tables, inputs } = storyOf(release, 'interrupted');
  const [runId = ''] = runIds;
  const laterItems = tables.middle.map((item) => (item['sk']?.S === 'RUN' ? { ...item, version: { N: '2' } } : item));

  it('in the table is refused, naming the item and what to do', async () => {
    await expect(aTable(laterItems).ledgers.ledger.readRun(runId)).rejects.toThrow(
      `item RUN#${runId} / RUN cannot be read: its layout has version 2, and this release reads up to version 1; deploy the release that wrote it, or a later one`,
    );
  });

  it('in a fact is refused, naming the field', async () => {
    const items = tables.middle.map((item) =>
      item['sk']?.S === 'RUN' ? { ...item, fact: { M: { ...item['fact']?.M, version: { N: '2' } } } } : item,
    );
    await expect(aTable(items).ledgers.ledger.readRun(runId)).rejects.toThrow(
      /RUN cannot be read: .*\n.*fact\.version/,
    );
  });

  it('in the literal of a definition is refused, naming the field', async () => {
    const accept = inputs.find(({ name }) => name === 'AcceptRun')?.input as { readonly pipeline: object };
    const [sweeps, clock, metrics] = [createMemorySweepLedger(), new VirtualClock(), { put: () => {} }];
    const objects = new SimObjects(clock);
    const acceptRun = createAcceptRun({ ledger: createMemoryLedger(), objects, sweeps, clock, metrics });
    await expect(acceptRun({ ...accept, pipeline: { ...accept.pipeline, version: 2 } })).rejects.toThrow(
      /accept-run input: pipeline\.version/,
    );
  });
});
