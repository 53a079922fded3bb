import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { formatProblem, type Problem } from '../../domain/errors.ts';
import type { Pipeline, PipelineInput } from '../../domain/pipeline.ts';
import { MIN_USEFUL_RUNTIME_SECONDS } from '../../domain/limits.ts';
import { AcceptedRun } from '../../domain/run.ts';
import { formatInstant, HOUR_SECONDS } from '../../domain/time.ts';
import type { TrainingTime } from '../../domain/training-estimate.ts';
import { workloadOf } from '../../domain/training-time.ts';
import {
  accept,
  aCapacity,
  aPipeline,
  aPipelineWithoutCheckpoint,
  NOW,
  ON_DEMAND,
  OTHER_ON_DEMAND,
  OTHER_SPOT,
  SPOT,
} from './support.ts';

function accepted(request: unknown, pipeline?: Pipeline): AcceptedRun {
  const acceptance = accept(request, pipeline);
  if (acceptance.kind === 'accepted') return acceptance.run;
  throw new Error(acceptance.problems.map(formatProblem).join('; '));
}

function problems(request: unknown, pipeline?: Pipeline): readonly Problem[] {
  const acceptance = accept(request, pipeline);
  return acceptance.kind === 'accepted' ? [] : acceptance.problems;
}

const fromJson = (text: string): unknown => JSON.parse(text);

describe('an empty request', () => {
  it.each([
    ['{}', {}],
    ['null', null],
    ['nothing', undefined],
  ])('written as %s is a whole one', (_, request) => {
    expect(accepted(request)).toMatchObject({
      pipeline: 'churn',
      acceptedAt: NOW,
      trigger: { kind: 'manual' },
      maxRuntimeSeconds: 24 * HOUR_SECONDS,
      spotPatienceSeconds: 6 * HOUR_SECONDS,
      onDeadlineMissed: 'finish',
    });
  });

  it('gives the run its own places below those of the pipeline', () => {
    const run = accepted({});
    expect(run.checkpointUri).toBe(`s3://artifacts/churn/checkpoints/${run.runId}/`);
    expect(run.outputUri).toBe(`s3://artifacts/churn/models/${run.runId}/`);
    expect(run.lineageId).toBe(run.runId);
  });

  it("takes the pipeline's defaults", () => {
    const pipeline = aPipeline({
      defaults: { deadline: '30h', expectedTrainingTime: '10h', budgetUsd: 40, maxRuntime: '20h' },
    });
    expect(accepted({}, pipeline)).toMatchObject({
      deadline: NOW + 30 * HOUR_SECONDS,
      expectedTrainingSeconds: 10 * HOUR_SECONDS,
      budgetUsd: 40,
      maxRuntimeSeconds: 20 * HOUR_SECONDS,
    });
  });
});

describe('an accepted run', () => {
  it('has of its pipeline only what that says', () => {
    const run = accepted({});
    for (const field of [
      'prices',
      'failureRules',
      'checkpointRetentionSeconds',
      'resumes',
      'sweep',
      'acknowledgedGuards',
    ])
      expect(run).not.toHaveProperty(field);
    expect(AcceptedRun.parse(run)).toEqual(run);
  });

  it("keeps the pipeline's own rules of failure, where its prices are from, and how long checkpoints are kept", () => {
    const rule = { reasonPrefix: 'no licence', class: 'Config' as const };
    const prices = {
      region: 'eu-central-1',
      asOf: '2026-11-01',
      source: 'our contract',
      usdPerHour: { 'ml.g5.xlarge': 1 },
    };
    const run = accepted({}, aPipeline({ failureRules: [rule], prices, checkpointRetention: '3d' }));
    expect(run.failureRules).toEqual([rule]);
    expect(run.prices).toEqual({ region: 'eu-central-1', asOf: '2026-11-01', source: 'our contract' });
    expect(run.checkpointRetentionSeconds).toBe(3 * 24 * HOUR_SECONDS);
  });

  it('has the rungs of its pipeline as they stand, without a price where nobody knows one', () => {
    expect(accepted({}).ladder).toStrictEqual([aCapacity(SPOT), aCapacity(ON_DEMAND)]);
  });

  it('has no place for checkpoints, and does not go back to spot, where its pipeline keeps none', () => {
    const { checkpointUri: _, ...job } = aPipeline().job;
    const pipeline = { ...aPipeline({ acknowledgedGuards: ['spot-without-checkpoint'] }), returnToSpot: undefined };
    const run = accepted({}, { ...pipeline, job });
    expect(run).not.toHaveProperty('checkpointUri');
    expect(run).not.toHaveProperty('returnToSpot');
    expect(accepted({}, pipeline)).toMatchObject({ returnToSpot: true });
    expect(accepted({}, aPipeline({ returnToSpot: false }))).not.toHaveProperty('returnToSpot');
  });
});

describe('a run of a trial', () => {
  it('goes on, in every round, from the checkpoints of its trial', () => {
    const [first, second] = [1, 2].map((round) =>
      accepted({ sweep: { sweepId: 'churn--1111111111', round, trial: 7 } }),
    );
    expect(first?.lineageId).toBe('churn--1111111111-t00007');
    expect(second?.lineageId).toBe('churn--1111111111-t00007');
    expect(second?.checkpointUri).toBe('s3://artifacts/churn/checkpoints/churn--1111111111-t00007/');
  });
});

describe('problems without end', () => {
  const unknown = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, 1]));

  it('are told up to the twentieth, and then how many there are', () => {
    expect(problems(unknown(20))).toHaveLength(20);
    expect(problems(unknown(21))).toHaveLength(21);
    expect(problems(unknown(22))).toHaveLength(21);
    expect(problems(unknown(22)).at(-1)).toEqual({
      field: 'input',
      value: '22 problems',
      message: 'only 20 are shown',
    });
    expect(problems(unknown(20)).at(-1)?.field).not.toBe('input');
  });
});

describe('channels', () => {
  const given = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`part${index}`, 's3://data/churn/day/']));

  it("are twenty at most, together with the pipeline's own", () => {
    const own = Object.keys(aPipeline().job.channels).length;
    const pipeline = aPipeline({ allowedDataUris: ['s3://data/'] });
    expect(problems({ channels: given(20 - own) }, pipeline)).toEqual([]);
    expect(problems({ channels: given(21 - own) }, pipeline)).toMatchObject([{ field: 'channels', value: '21' }]);
  });
});

const someParameters = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 'x']));

describe('a request', () => {
  it.each<[string, Record<string, unknown>, Partial<AcceptedRun>]>([
    [
      'a deadline as a duration',
      { deadline: '20h', expectedTrainingTime: '10h' },
      { deadline: NOW + 20 * HOUR_SECONDS },
    ],
    [
      'a deadline as an instant',
      { deadline: '2026-03-02T00:00:00+00:00', expectedTrainingTime: '10h' },
      { deadline: NOW + 24 * HOUR_SECONDS },
    ],
    ['the maximum runtime', { maxRuntime: '28d' }, { maxRuntimeSeconds: 28 * 24 * HOUR_SECONDS }],
    ['the patience', { spotPatience: '30m' }, { spotPatienceSeconds: 1_800 }],
    ['the budget', { budgetUsd: 12.5 }, { budgetUsd: 12.5 }],
    ['what happens at the deadline', { onDeadlineMissed: 'stop' }, { onDeadlineMissed: 'stop' }],
    [
      'the trigger',
      { trigger: { kind: 'schedule', scheduledAt: 'x' } },
      { trigger: { kind: 'schedule', scheduledAt: 'x' } },
    ],
    [
      'the rungs, in its own order',
      { capacity: [ON_DEMAND, SPOT] },
      { ladder: [aCapacity(ON_DEMAND), aCapacity(SPOT)] },
    ],
    ['one rung, written with its count', { capacity: [`${ON_DEMAND}:1`] }, { ladder: [aCapacity(ON_DEMAND)] }],
  ])('chooses %s', (_, request, expected) => {
    expect(accepted(request)).toMatchObject(expected);
  });

  it("adds its hyperparameters to the pipeline's", () => {
    const pipeline = aPipeline({ job: { hyperParameters: { epochs: '20', rate: '0.1' } } });
    expect(accepted({ hyperParameters: { epochs: '3' } }, pipeline).job.hyperParameters).toEqual({
      epochs: '3',
      rate: '0.1',
    });
  });

  it("replaces a channel's location and keeps how it is read", () => {
    const pipeline = aPipeline({
      job: { channels: { train: { uri: 's3://data/churn/', inputMode: 'FastFile', contentType: 'text/csv' } } },
    });
    expect(accepted({ channels: { train: 's3://data/churn/2026/' } }, pipeline).job.channels).toEqual({
      train: {
        uri: 's3://data/churn/2026/',
        inputMode: 'FastFile',
        contentType: 'text/csv',
        distribution: 'FullyReplicated',
      },
    });
  });

  it('accepts 100 hyperparameters and refuses 101', () => {
    const pipeline = aPipeline({ job: { hyperParameters: { own: 'x' } } });
    expect(problems({ hyperParameters: someParameters(99) }, pipeline)).toEqual([]);
    expect(problems({ hyperParameters: someParameters(100) }, pipeline)).toMatchObject([
      { field: 'hyperParameters', value: '101' },
    ]);
  });
});

describe('a wrong request', () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    ['an unknown field', { deadlin: '3h' }, 'deadlin', '"3h"'],
    ['a deadline of another type', { deadline: 5 }, 'deadline', '5'],
    ['a deadline that is neither', { deadline: 'soon', expectedTrainingTime: '1h' }, 'deadline', '"soon"'],
    [
      'a deadline without an offset',
      { deadline: '2026-03-02T00:00:00', expectedTrainingTime: '1h' },
      'deadline',
      '"2026-03-02T00:00:00"',
    ],
    [
      'a deadline on 30 February',
      { deadline: '2027-02-30T00:00:00Z', expectedTrainingTime: '1h' },
      'deadline',
      '"2027-02-30T00:00:00Z"',
    ],
    [
      'a deadline in the past',
      { deadline: '2026-02-01T00:00:00Z', expectedTrainingTime: '1h' },
      'deadline',
      '"2026-02-01T00:00:00Z"',
    ],
    ['a deadline beyond a year', { deadline: '400d', expectedTrainingTime: '1h' }, 'deadline', '"400d"'],
    [
      'a deadline beyond all dates',
      { deadline: '999999999999d', expectedTrainingTime: '1h' },
      'deadline',
      '"999999999999d"',
    ],
    ['a deadline without an estimate', { deadline: '10h' }, 'expectedTrainingTime', 'nothing'],
    ['an estimate of nothing', { expectedTrainingTime: '0h' }, 'expectedTrainingTime', '"0h"'],
    ['an estimate beyond the runtime', { expectedTrainingTime: '25h' }, 'maxRuntime', '"1 d"'],
    ['a runtime beyond the API', { maxRuntime: '29d' }, 'maxRuntime', '"29d"'],
    ['a runtime too short to restore a checkpoint', { maxRuntime: '59s' }, 'maxRuntime', '"59s"'],
    ['endless patience', { spotPatience: `${'9'.repeat(400)}d` }, 'spotPatience', `"${'9'.repeat(116)}...`],
    ['waiting for free', { waitingUsdPerHour: 0 }, 'waitingUsdPerHour', '0'],
    ['waiting that pays', { waitingUsdPerHour: -2 }, 'waitingUsdPerHour', '-2'],
    ['a price of waiting as text', { waitingUsdPerHour: '2 USD' }, 'waitingUsdPerHour', '"2 USD"'],
    ['a price of waiting under another name', { waitingUsdPerHours: 2 }, 'waitingUsdPerHours', '2'],
    ['a price of waiting without an estimate', { waitingUsdPerHour: 2 }, 'expectedTrainingTime', 'nothing'],
    ['a budget of nothing', { budgetUsd: 0 }, 'budgetUsd', '0'],
    ['a budget as text', { budgetUsd: '10' }, 'budgetUsd', '"10"'],
    ['a hyperparameter that is no text', { hyperParameters: { epochs: 3 } }, 'hyperParameters.epochs', '3'],
    [
      'a hyperparameter that is too long',
      { hyperParameters: { a: 'x'.repeat(257) } },
      'hyperParameters.a',
      `"${'x'.repeat(116)}...`,
    ],
    ['a channel outside S3', { channels: { train: '/data' } }, 'channels.train', '"/data"'],
    ['a channel name with a blank', { channels: { 'a b': 's3://data/churn/' } }, 'channels.a b', '"s3://data/churn/"'],
    ['no rungs', { capacity: [] }, 'capacity', '[]'],
    ['an unknown rung', { capacity: [SPOT, 'spot:ml.p4d.24xlarge'] }, 'capacity.1', '"spot:ml.p4d.24xlarge"'],
    ['a rung that cannot be read', { capacity: ['cheap'] }, 'capacity.0', '"cheap"'],
    ['a rung listed twice', { capacity: [SPOT, `${SPOT}:1`] }, 'capacity', `["${SPOT}","${SPOT}:1"]`],
    ['an unknown choice', { onDeadlineMissed: 'panic' }, 'onDeadlineMissed', '"panic"'],
    ['an unknown trigger', { trigger: { kind: 'magic' } }, 'trigger.kind', '"magic"'],
    ['a field inside the trigger', { trigger: { kind: 'manual', by: 'me' } }, 'trigger.by', '"me"'],
  ])('names the field and the value of %s', (_, request, field, value) => {
    expect(problems(request)).toContainEqual(expect.objectContaining({ field, value }));
  });

  it.each<[string, unknown]>([
    ['a text', '{}'],
    ['a number', 1],
    ['a list', []],
    ['true', true],
  ])('may be %s', (_, request) => {
    expect(problems(request)).toMatchObject([{ field: 'input' }]);
  });

  it('reports all that is wrong at once', () => {
    const fields = problems({
      deadline: 'soon',
      budgetUsd: 5,
      capacity: ['x'],
      channels: { train: 's3://other/' },
    }).map(({ field }) => field);
    expect(fields).toEqual(['deadline', 'capacity.0', 'channels.train']);
  });

  it('is not told what would only follow from what is wrong', () => {
    const unmeetable = { deadline: '30min', expectedTrainingTime: '10h' };
    const elsewhere = { channels: { train: 's3://elsewhere/' } };
    expect(problems(unmeetable)).toMatchObject([{ field: 'deadline' }]);
    expect(problems({ ...unmeetable, ...elsewhere })).toMatchObject([{ field: 'channels.train' }]);

    const unguarded = aPipelineWithoutCheckpoint();
    expect(problems({}, unguarded)).toMatchObject([{ field: 'capacity' }]);
    expect(problems(elsewhere, unguarded)).toMatchObject([{ field: 'channels.train' }]);
  });

  it('cannot bring a role, an image or a bucket', () => {
    const request = { roleArn: 'arn:aws:iam::0:role/admin', image: 'evil', outputUri: 's3://evil/', job: {} };
    expect(problems(request).map(({ field }) => field)).toEqual(['roleArn', 'image', 'outputUri', 'job']);
  });

  it('is answered briefly, however much of it is wrong: a state may hand on 256 KiB', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`field-${index}`, index]));
    const long = { ['x'.repeat(200_000)]: 1 };
    const rungs = { capacity: Array.from({ length: 20_000 }, () => 'x') };
    for (const request of [many, long, rungs]) {
      const answer = problems(request);
      expect(answer.length).toBeGreaterThan(0);
      expect(answer.map(formatProblem).join('; ').length).toBeLessThan(30_000);
    }
  });

  it('is told how many more problems there are', () => {
    const answer = problems(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field-${index}`, index])));
    expect(answer.at(-1)).toMatchObject({ field: 'input', value: '50 problems' });
  });
});

describe("a pipeline's own defaults", () => {
  it('are shown with their value when they are wrong', () => {
    expect(problems({}, aPipeline({ defaults: { maxRuntime: '40d' } }))).toMatchObject([
      { field: 'maxRuntime', value: '"40d"' },
    ]);
  });
});

describe('names that every object has', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])('%s is no field', (name) => {
    expect(problems(fromJson(`{"${name}": {"deadline": "1h"}}`))).toMatchObject([{ field: name }]);
  });

  it.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('%s is a channel like any other', (name) => {
    const run = accepted(fromJson(`{"channels": {"${name}": "s3://data/churn/x"}}`));
    expect(run.job.channels[name]).toEqual({
      uri: 's3://data/churn/x',
      inputMode: 'File',
      distribution: 'FullyReplicated',
    });
  });

  it('__proto__ is refused as a channel and as a hyperparameter, and changes nothing', () => {
    const request = '{"channels": {"__proto__": "s3://data/churn/x"}, "hyperParameters": {"__proto__": "x"}}';
    expect(problems(fromJson(request)).map(({ field }) => field)).toEqual([
      'channels.__proto__',
      'hyperParameters.__proto__',
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('data', () => {
  const PIPELINE = aPipeline({
    job: { channels: { train: { uri: 's3://data/churn' } } },
    allowedDataUris: ['s3://shared/public/', 's3://whole-bucket'],
  });

  it.each([
    's3://data/churn',
    's3://data/churn/',
    's3://data/churn/2026/03.csv',
    's3://shared/public/x',
    's3://whole-bucket/anything',
  ])('may lie at %s', (uri) => {
    expect(problems({ channels: { train: uri } }, PIPELINE)).toEqual([]);
  });

  it.each([
    's3://data/churn-evil/',
    's3://data/churn-evil',
    's3://data/chur',
    's3://data/',
    's3://data',
    's3://evil/data/churn/',
    's3://shared/public',
    's3://shared/publicity/',
    's3://shared/private/',
    's3://whole-bucket-2/x',
    's3://WHOLE-BUCKET/x',
    's3://whole-bucket@evil/x',
  ])('may not lie at %s', (uri) => {
    expect(problems({ channels: { train: uri } }, PIPELINE)).toMatchObject([
      { field: 'channels.train', value: JSON.stringify(uri), message: expect.stringContaining('s3://shared/public/') },
    ]);
  });

  it.each([
    'S3://data/churn/',
    'https://data/churn/',
    's3:///data/churn/',
    's3://data/churn/a\tb',
    's3://data/churn/\n',
  ])('is no S3 location as %j', (uri) => {
    expect(problems({ channels: { train: uri } }, PIPELINE)).toMatchObject([{ field: 'channels.train' }]);
  });

  it('never lies outside the allowed locations, whatever is asked for', () => {
    const anyUri = fc
      .array(fc.constantFrom('s3://', 'data', 'churn', '/', '-', '.', '..', 'shared', 'public', 'whole-bucket', '%2F'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(anyUri, (uri) => {
        const allowed = ['s3://data/churn/', 's3://shared/public/', 's3://whole-bucket/'];
        const ok = uri === 's3://data/churn' || uri === 's3://whole-bucket' || allowed.some((it) => uri.startsWith(it));
        expect(problems({ channels: { extra: uri } }, PIPELINE).length === 0).toBe(ok);
      }),
      { numRuns: 500 },
    );
  });

  it('must be named where the pipeline has none of its own', () => {
    const pipeline = aPipeline({ job: { channels: {} }, allowedDataUris: ['s3://uploads/'] });
    expect(problems({}, pipeline)).toMatchObject([{ field: 'channels', value: 'nothing' }]);
    expect(problems({ channels: { train: 's3://uploads/1.csv' } }, pipeline)).toEqual([]);
  });

  it('is not needed by a pipeline that reads none', () => {
    expect(problems({}, aPipeline({ job: { channels: {} } }))).toEqual([]);
  });

  it('takes at most 20 channels', () => {
    const channels = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`c${index}`, 's3://data/churn/x']));
    expect(problems({ channels })).toMatchObject([{ field: 'channels', value: '21' }]);
  });
});

describe('a deadline that even On-Demand cannot meet', () => {
  it('is refused, saying by how much', () => {
    expect(problems({ deadline: '9h', expectedTrainingTime: '10h' })).toMatchObject([
      {
        field: 'deadline',
        value: `"${formatInstant(NOW + 9 * HOUR_SECONDS)}"`,
        message: expect.stringMatching(
          /cannot be met even On-Demand.* need 10 h 5 min, there are 9 h; move it by at least 1 h 5 min/,
        ),
      },
    ]);
  });

  it('is accepted from the second on at which start-up and training just fit', () => {
    expect(problems({ deadline: '10h5m', expectedTrainingTime: '10h' })).toEqual([]);
    expect(problems({ deadline: '10h299s', expectedTrainingTime: '10h' })).toMatchObject([{ field: 'deadline' }]);
  });

  it('is judged on the reference rung, for which the estimate is stated, whatever unit its speed has', () => {
    const fast = aCapacity(ON_DEMAND, { relativeSpeed: 4 });
    const pipeline = aPipeline({ capacity: [SPOT, fast, OTHER_ON_DEMAND] });
    expect(problems({ deadline: '9h', expectedTrainingTime: '8h' }, pipeline)).toEqual([]);
    expect(problems({ deadline: '3h', expectedTrainingTime: '8h' }, pipeline)).toMatchObject([{ field: 'deadline' }]);
  });

  it('is judged On-Demand, however fast spot is', () => {
    const pipeline = aPipeline({ capacity: [aCapacity(SPOT, { relativeSpeed: 3 }), ON_DEMAND] });
    expect(problems({ deadline: '5h', expectedTrainingTime: '8h' }, pipeline)).toMatchObject([{ field: 'deadline' }]);
  });

  it('is judged on the fastest spot rung where there is no On-Demand', () => {
    const pipeline = aPipeline({ capacity: [SPOT, aCapacity(OTHER_SPOT, { relativeSpeed: 2 })] });
    expect(problems({ deadline: '4h5m', expectedTrainingTime: '8h' }, pipeline)).toEqual([]);
    expect(problems({ deadline: '4h4m', expectedTrainingTime: '8h' }, pipeline)).toMatchObject([
      { message: expect.stringContaining('start-up and training need 4 h 5 min') },
    ]);
  });

  it('is judged on spot where there is no On-Demand', () => {
    const pipeline = aPipeline({ capacity: [SPOT] });
    expect(problems({ deadline: '9h', expectedTrainingTime: '10h' }, pipeline)).toMatchObject([
      { message: expect.stringContaining('with spot capacity at once') },
    ]);
  });
});

describe('a deadline', () => {
  const due = (deadline: string) => problems({ deadline, expectedTrainingTime: '1h' });

  it('lies within 365 days, to the second', () => {
    expect(due('365d')).toEqual([]);
    expect(due('2027-03-01T00:00:00Z')).toEqual([]);
    expect(due('2027-03-01T00:00:01Z')).toMatchObject([{ field: 'deadline' }]);
  });

  it('lies in the future: now is too late', () => {
    expect(due('2026-03-01T00:00:00Z')).toMatchObject([
      { field: 'deadline', message: 'must lie in the future; it is 2026-03-01T00:00:00Z now' },
    ]);
  });
});

describe('a maximum runtime', () => {
  it('is long enough for an attempt to start, to the second', () => {
    expect(problems({ maxRuntime: `${MIN_USEFUL_RUNTIME_SECONDS}s` })).toEqual([]);
    expect(problems({ maxRuntime: `${MIN_USEFUL_RUNTIME_SECONDS - 1}s` })).toMatchObject([{ field: 'maxRuntime' }]);
  });

  it('has room for the expected time and its padding, to the second', () => {
    expect(problems({ maxRuntime: '11h', expectedTrainingTime: '10h' })).toEqual([]);
    expect(problems({ maxRuntime: '10h3599s', expectedTrainingTime: '10h' })).toMatchObject([
      {
        field: 'maxRuntime',
        message: 'must be at least expectedTrainingTime and its padding (11 h): raise maxRuntime',
      },
    ]);
  });
});

describe('a budget', () => {
  it('that is not set asks for no price', () => {
    expect(problems({}, aPipeline({ capacity: [SPOT, 'on-demand:ml.t3.medium'] }))).toEqual([]);
  });

  it('needs a price for every rung', () => {
    const pipeline = aPipeline({ capacity: [SPOT, 'on-demand:ml.t3.medium'] });
    expect(problems({ budgetUsd: 10 }, pipeline)).toMatchObject([
      { field: 'budgetUsd', value: '10', message: expect.stringContaining('on-demand:ml.t3.medium') },
    ]);
    expect(problems({ budgetUsd: 10, capacity: [SPOT] }, pipeline)).toEqual([]);
  });
});

describe('an estimate from earlier runs', () => {
  const hyperParameters = { epochs: '20' };
  const timesOf = (request: unknown, ...hours: readonly number[]): TrainingTime[] =>
    hours.map((each, index) => ({
      pipeline: 'churn',
      runId: `churn--${index}`,
      workload: workloadOf(accepted(request)),
      seconds: each * HOUR_SECONDS,
      endedAt: NOW - 1 - index,
    }));
  const ALIKE = timesOf({ hyperParameters }, 10, 9, 12);
  const answer = (request: object, earlier = ALIKE, pipeline?: Pipeline) =>
    accept({ hyperParameters, ...request }, pipeline, NOW, earlier);

  it('makes a deadline possible that comes without one', () => {
    expect(answer({ deadline: '20h' })).toMatchObject({
      kind: 'accepted',
      run: {
        deadline: NOW + 20 * HOUR_SECONDS,
        expectedTrainingSeconds: 10 * HOUR_SECONDS,
        paddingFraction: 0.2,
        estimate: { source: 'earlier-runs', runs: 3, lowSeconds: 9 * HOUR_SECONDS, highSeconds: 12 * HOUR_SECONDS },
      },
    });
  });

  it.each<[string, object, readonly TrainingTime[]]>([
    ['there are two', {}, ALIKE.slice(1)],
    ['they had other hyperparameters', { hyperParameters: { epochs: '3' } }, ALIKE],
    ['they are stated for another reference rung', {}, ALIKE.map((run) => ({ ...run, workload: 'ml.p4d.24xlarge-0' }))],
  ])('is not made when %s: the deadline is refused', (_, request, earlier) => {
    expect(answer({ deadline: '20h', ...request }, [...earlier])).toMatchObject({
      problems: [
        {
          field: 'expectedTrainingTime',
          value: 'nothing',
          message: expect.stringMatching(
            /beside a deadline.*after 3 completed runs.*an estimate will come from them \([02] so far/,
          ),
        },
      ],
    });
  });

  it('holds a deadline against the median', () => {
    expect(answer({ deadline: '10h' })).toMatchObject({ problems: [{ field: 'deadline' }] });
  });

  it.each<[string, object, Pipeline | undefined, object]>([
    ["the request's own", { expectedTrainingTime: '2h' }, undefined, { source: 'request', seconds: 2 * HOUR_SECONDS }],
    [
      "the pipeline's own",
      {},
      aPipeline({ defaults: { expectedTrainingTime: '3h' } }),
      { source: 'pipeline', seconds: 3 * HOUR_SECONDS },
    ],
  ])('does not override %s, but is kept beside it', (_, request, pipeline, estimate) => {
    expect(answer({ deadline: '20h', ...request }, ALIKE, pipeline)).toMatchObject({
      run: { paddingFraction: 0.1, estimate: { ...estimate, runs: 3, highSeconds: 12 * HOUR_SECONDS } },
    });
  });

  it('refuses no run that earlier runs would have fitted into', () => {
    expect(answer({ maxRuntime: '9h' })).toMatchObject({ kind: 'accepted' });
  });

  it('refuses a runtime that none of them would have met', () => {
    expect(answer({ maxRuntime: '8h' })).toMatchObject({
      problems: [{ field: 'maxRuntime', message: expect.stringContaining('fastest of the earlier runs took (9 h)') }],
    });
  });

  it('makes a price of waiting possible that comes without one', () => {
    const prices = { region: 'eu-central-1', asOf: '2026-02', source: 'list', usdPerHour: { 'ml.g5.xlarge': 2 } };
    expect(answer({ waitingUsdPerHour: 1.3 }, ALIKE, aPipeline({ prices }))).toMatchObject({
      run: { spotPatienceSeconds: 10 * HOUR_SECONDS },
    });
  });
});

describe('a price of waiting', () => {
  const PRICED = [aCapacity(SPOT, { usdPerHour: 2 }), aCapacity(ON_DEMAND, { usdPerHour: 2 })];
  const UNPRICED = [aCapacity('spot:ml.c5.metal'), aCapacity('on-demand:ml.c5.metal')];
  const tenHours = { expectedTrainingTime: '10h' };
  const patienceHours = (request: object, defaults: PipelineInput['defaults'] = {}): number =>
    accepted({ ...tenHours, ...request }, aPipeline({ capacity: PRICED, defaults })).spotPatienceSeconds / HOUR_SECONDS;

  it.each<[string, object, PipelineInput['defaults'], number]>([
    ['alone, its break-even, also beyond the default patience', { waitingUsdPerHour: 1.3 }, {}, 10],
    ['beside a longer patience, its break-even', { waitingUsdPerHour: 1.3, spotPatience: '20h' }, {}, 10],
    ['beside a shorter patience, the patience', { waitingUsdPerHour: 1.3, spotPatience: '4h' }, {}, 4],
    ["beside a shorter patience of the pipeline's, that", { waitingUsdPerHour: 1.3 }, { spotPatience: '3h' }, 3],
    ["as the pipeline's default, its break-even", {}, { waitingUsdPerHour: 2.6 }, 5],
    ["over the pipeline's default, that of the request", { waitingUsdPerHour: 1.3 }, { waitingUsdPerHour: 2.6 }, 10],
    ['without one, the default patience', {}, {}, 6],
  ])('gives, %s', (_, request, defaults, hours) => {
    expect(patienceHours(request, defaults)).toBeCloseTo(hours, 9);
  });

  it('counts spot at the share of the On-Demand price that the pipeline says', () => {
    const pipeline = aPipeline({ capacity: PRICED, spotPriceRatio: 0.5 });
    expect(accepted({ ...tenHours, waitingUsdPerHour: 1 }, pipeline)).toMatchObject({
      spotPriceRatio: 0.5,
      spotPatienceSeconds: 10 * HOUR_SECONDS,
    });
  });

  it('needs the prices of the rungs it compares', () => {
    const pipeline = aPipeline({ capacity: UNPRICED });
    expect(problems({ ...tenHours, waitingUsdPerHour: 2 }, pipeline)).toMatchObject(
      ['spot', 'on-demand'].map((option) => ({
        field: 'waitingUsdPerHour',
        value: '2',
        message: expect.stringMatching(`needs a price for ${option}:ml.c5.metal.*set usdPerHour on that capacity`),
      })),
    );
  });

  it('needs none where a deadline takes its place, and none where there is nothing to compare', () => {
    const defaults = { waitingUsdPerHour: 2 };
    const pipeline = aPipeline({ capacity: UNPRICED, defaults });
    expect(problems({ ...tenHours, deadline: '20h' }, pipeline)).toEqual([]);
    const spotOnly = aPipeline({ capacity: UNPRICED.slice(0, 1), defaults });
    expect(problems(tenHours, spotOnly)).toEqual([]);
  });

  it.each([
    ['only On-Demand', [ON_DEMAND]],
    ['only spot', [SPOT]],
  ])('asks for nothing where there is %s: nobody waits for a choice', (_, capacity) => {
    const pipeline = aPipeline({ defaults: { waitingUsdPerHour: 2 } });
    expect(problems({ capacity }, pipeline)).toEqual([]);
  });

  it.each<[string, object, PipelineInput['defaults']]>([
    ['of the same request', { deadline: '20h', waitingUsdPerHour: 2 }, {}],
    ['of the pipeline, when the request brings the price', { waitingUsdPerHour: 2 }, { deadline: '20h' }],
    ['of the same pipeline', {}, { deadline: '20h', waitingUsdPerHour: 2 }],
  ])('is refused beside a deadline %s', (_, request, defaults) => {
    expect(problems({ ...tenHours, ...request }, aPipeline({ capacity: PRICED, defaults }))).toMatchObject([
      { field: 'waitingUsdPerHour', value: '2', message: expect.stringContaining('counts only without a deadline') },
    ]);
  });

  it("gives way to a deadline that a request sets over the pipeline's price", () => {
    const pipeline = aPipeline({ capacity: PRICED, defaults: { waitingUsdPerHour: 0.01 } });
    expect(accepted({ ...tenHours, deadline: '20h' }, pipeline)).toMatchObject({
      deadline: NOW + 20 * HOUR_SECONDS,
      spotPatienceSeconds: 6 * HOUR_SECONDS,
    });
  });
});

describe('acceptance', () => {
  const FIELDS = [
    'deadline',
    'expectedTrainingTime',
    'maxRuntime',
    'onDeadlineMissed',
    'budgetUsd',
    'spotPatience',
    'waitingUsdPerHour',
    'hyperParameters',
    'channels',
    'capacity',
    'acknowledgedGuards',
    'trigger',
  ];
  const plausible = fc.constantFrom<fc.JsonValue>(
    '1h',
    '2d',
    '999999999999999999999d',
    `${'9'.repeat(400)}h`,
    '2026-03-09T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    'finish',
    1e308,
    0.001,
    [SPOT],
    [OTHER_SPOT],
    { train: 's3://data/churn/x' },
    { constructor: 's3://data/churn/x' },
    { kind: 'manual' },
  );
  const anyRequest = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(plausible, fc.jsonValue()), { maxKeys: 6 }),
  );

  it('answers any JSON: with a valid run that survives the ledger, or with problems', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const acceptance = accept(request);
        if (acceptance.kind === 'accepted') {
          const { run } = acceptance;
          expect(AcceptedRun.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
          expect(formatInstant(run.deadline ?? NOW)).toMatch(/Z$/);
        } else {
          expect(acceptance.problems.length).toBeGreaterThan(0);
          expect(acceptance.problems.every(({ field, message }) => field !== '' && message !== '')).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives the same answer to the same question', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(accept(request)).toEqual(accept(request));
      }),
    );
  });
});
