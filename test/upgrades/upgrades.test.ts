import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type * as z from 'zod';
import {
  MODEL_REGISTERED,
  MODEL_REJECTED,
  ModelRegistered,
  ModelRejected,
  RUN_STATE_CHANGE,
  RunStateChange,
} from '../../domain/events.ts';
import * as contracts from '../../lambdas/contracts.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import { SimObjects } from '../../simulator/services/sim-objects.ts';
import { createMemoryLedger } from '../../simulator/services/memory-ledger.ts';
import { createMemorySweepLedger } from '../../simulator/services/memory-sweep-ledger.ts';
import { check } from '../../simulator/vopr/checkers/index.ts';
import { drawWorld } from '../../simulator/vopr/draw.ts';
import { play, type PlayOptions } from '../../simulator/vopr/play.ts';
import type { Definitions } from '../../simulator/world.ts';
import type { Definition } from '../../statemachines/render.ts';
import type { WireItem } from '../support/fake-dynamodb.ts';
import { aTable, factsOf, MIDDLE_SECONDS, recordStory, STORIES, type Story } from './stories.ts';

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
};

const EVENTS: Readonly<Record<string, z.ZodType>> = {
  [RUN_STATE_CHANGE]: RunStateChange,
  [MODEL_REGISTERED]: ModelRegistered,
  [MODEL_REJECTED]: ModelRejected,
};

async function brokenPromises(drawn: Story['drawn'], options: PlayOptions): Promise<readonly string[]> {
  const { record } = await play(drawn, options);
  return check(record).map(({ promise, what }) => `seed ${drawn.seed}: ${promise}: ${what}`);
}

/** The story up to its middle; from there on the table is the one that the release had left. */
function goOnFrom(items: readonly WireItem[]): PlayOptions {
  const { db, ledger } = aTable();
  return { ledger, onSetUp: ({ clock }) => clock.after(MIDDLE_SECONDS, () => db.load(items)) };
}

describe.each(RELEASES)('what %s has left under way', (release) => {
  const stories = readdirSync(join(FOLDER, release))
    .filter((name) => name.endsWith('.story.json'))
    .map((name) => name.replace('.story.json', ''))
    .map((name) => [name, storyOf(release, name)] as const);

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
      broken.push(...(await brokenPromises(drawWorld(seed), { definitions: definitionsOf(release) })));
    expect(broken).toEqual([]);
  }, 60_000);

  it.each(stories)(
    'a run in the middle (%s): the functions of today end it with its own definition',
    async (_, story) => {
      const options = { ...goOnFrom(story.tables.middle), definitions: definitionsOf(release) };
      expect(await brokenPromises(story.drawn, options)).toEqual([]);
    },
  );

  it.each(stories)('a run in the middle (%s): so does the definition of today', async (_, story) => {
    expect(await brokenPromises(story.drawn, goOnFrom(story.tables.middle))).toEqual([]);
  });

  it.each(stories)('the table (%s): nothing that it says is lost in reading', async (_, { runId, tables, facts }) => {
    const { ledger } = aTable(tables.end);
    const today = JSON.parse(JSON.stringify(await factsOf(ledger, runId))) as object;
    expect(today).toMatchObject(facts);
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

it('a story is recorded with its run under way, and over', async () => {
  const { failed } = STORIES;
  const { tables, facts } = await recordStory(failed);
  const keys = (items: readonly WireItem[]): readonly (string | undefined)[] => items.map((item) => item['sk']?.S);
  expect(keys(tables.middle)).toEqual(expect.arrayContaining(['RUN', 'ATTEMPT#001']));
  expect(keys(tables.middle)).not.toContain('END');
  expect(keys(tables.end)).toEqual(expect.arrayContaining(['END', 'RECEIPT']));
  expect(facts.receipt).toMatchObject({ status: 'FAILED' });
});

describe('what a later version has left', () => {
  const [release = ''] = RELEASES;
  const { runId, tables, inputs } = storyOf(release, 'interrupted');
  const laterItems = tables.middle.map((item) => (item['sk']?.S === 'RUN' ? { ...item, version: { N: '2' } } : item));

  it('in the table is refused, naming the item and what to do', async () => {
    await expect(aTable(laterItems).ledger.readRun(runId)).rejects.toThrow(
      `item RUN#${runId} / RUN cannot be read: its layout has version 2, and this release reads up to version 1; deploy the release that wrote it, or a later one`,
    );
  });

  it('in a fact is refused, naming the field', async () => {
    const items = tables.middle.map((item) =>
      item['sk']?.S === 'RUN' ? { ...item, fact: { M: { ...item['fact']?.M, version: { N: '2' } } } } : item,
    );
    await expect(aTable(items).ledger.readRun(runId)).rejects.toThrow(/RUN cannot be read: .*\n.*fact\.version/);
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
