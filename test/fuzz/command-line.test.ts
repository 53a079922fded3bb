// Files that somebody hands to the command: whatever is in them, the answer is a result or a sentence, never a crash.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { constructText } from '../../cli/import/construct-text.ts';
import { fromTrainingJob, TrainingJob } from '../../cli/import/training-job.ts';
import { parsePipeline } from '../../cli/json-inputs.ts';
import { acceptRequest } from '../../domain/accept-request.ts';
import { START } from '../lambdas/support.ts';
import { scratch, spotrelay, type Scratch } from '../cli/spotrelay.ts';
import { anyTrick, anyValue, deepValues, hugeText, mostly, refusalOf } from './hostile.ts';

const MESSAGE_LENGTH_MAX = 20_000;
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  anyTrick.map((trick) => (typeof trick === 'string' ? trick : JSON.stringify(trick))),
);
const anyMap = fc.dictionary(fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString'), anyText), anyText, {
  maxKeys: 4,
});
const anyNumber = fc.oneof(fc.integer({ min: -5, max: 500 }), fc.double(), fc.constantFrom(-0, 1e308, 5e-324));

describe('a pipeline file', () => {
  const anyCapacity = mostly({
    purchaseOption: fc.constantFrom('spot', 'on-demand'),
    instanceType: fc.constantFrom('ml.g5.xlarge', 'ml.p4d.24xlarge', 'ml.new.type', '__proto__'),
    instanceCount: fc.integer({ min: 1, max: 4 }),
    relativeSpeed: anyNumber,
    usdPerHour: anyNumber,
  });
  const anyPipeline = mostly({
    version: fc.constantFrom(1, 2),
    name: fc.constantFrom('churn', 'a--b', '../..', '__proto__'),
    job: fc
      .tuple(
        mostly({ hyperParameters: anyMap, environment: anyMap, channels: anyMap, volumeSizeGb: anyNumber }),
        anyMap,
      )
      .map(([given, tags]) => ({
        image: 'image:1',
        roleArn: 'arn:aws:iam::000000000000:role/churn-training',
        outputUri: 's3://artifacts/churn/models/',
        checkpointUri: 's3://artifacts/churn/checkpoints/',
        tags,
        ...(given as object),
      })),
    capacity: fc.array(anyCapacity, { minLength: 1, maxLength: 3 }),
    defaults: mostly({ budgetUsd: anyNumber, waitingUsdPerHour: anyNumber, maxRuntime: fc.constantFrom('1h', '0s') }),
    timing: mostly({ startupSeconds: anyNumber, restoreSeconds: anyNumber, pollSeconds: anyNumber }),
    paddingFraction: anyNumber,
    spotPriceRatio: anyNumber,
    prices: fc.dictionary(fc.constantFrom('ml.g5.xlarge', '__proto__', 'constructor', 'ml.x'), anyNumber),
    failureRules: fc.array(
      mostly({
        reasonPrefix: fc.constantFrom('(a+)+$', '.*', '[', 'AlgorithmError'),
        exitCode: fc.integer(),
        class: fc.constantFrom('Data', 'Capacity', '__proto__'),
      }),
      { maxLength: 3 },
    ),
  });

  it('is read, and takes a request or refuses it by name; or says which field is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyPipeline, anyPipeline, anyValue), async (input) => {
        const refusal = await refusalOf(() => {
          const pipeline = parsePipeline(input, 'pipeline.json');
          const context = { executionArn: 'arn', executionName: 'one', startedAt: START, now: START };
          const acceptance = acceptRequest({ deadline: '9h', expectedTrainingTime: '1h' }, pipeline, context);
          if (acceptance.kind === 'rejected') expect(acceptance.problems.length).toBeGreaterThan(0);
        });
        if (refusal === undefined) return;
        expect(refusal.name).toBe('UsageError');
        expect(refusal.message).toMatch(/^pipeline\.json: holds no pipeline: /);
        expect(refusal.message.length).toBeLessThan(MESSAGE_LENGTH_MAX);
      }),
      { numRuns: 300 },
    );
    for (const value of [...deepValues, hugeText])
      for (const input of [value, { name: value }, { job: { code: { uri: value, entry: value } } }, { States: value }])
        expect((await refusalOf(() => parsePipeline(input, 'x')))?.name).toBe('UsageError');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('a training job that is imported', () => {
  const anyJob = fc.record({
    TrainingJobName: fc.oneof(fc.constant('churn-train-2026-03-01-10-22-33'), anyText),
    RoleArn: anyText,
    AlgorithmSpecification: fc.record({
      TrainingImage: anyText,
      ContainerEntrypoint: fc.array(anyText, { maxLength: 3 }),
      MetricDefinitions: fc.array(fc.record({ Name: anyText, Regex: anyText }), { maxLength: 2 }),
    }),
    HyperParameters: anyMap,
    Environment: anyMap,
    InputDataConfig: fc.array(
      fc.record({
        ChannelName: fc.oneof(fc.constantFrom('__proto__', 'train'), anyText),
        DataSource: fc.record({ S3DataSource: fc.record({ S3DataType: fc.constant('S3Prefix'), S3Uri: anyText }) }),
      }),
      { maxLength: 3 },
    ),
    OutputDataConfig: fc.record({ S3OutputPath: anyText }),
    ResourceConfig: fc.record({ InstanceType: anyText }),
    CheckpointConfig: fc.record({ S3Uri: anyText, LocalPath: anyText }),
  });

  /** What the printed program hands to its construct. */
  function propsOf(text: string): Readonly<Record<string, unknown>> {
    let props: Readonly<Record<string, unknown>> = {};
    const body = text.replaceAll(/^import .*;$/gm, '');
    const names = ['Stack', 'App', 'TrainingPipeline', 'Duration', 'Size', 'Capacity', 'TrainingCode', 'Bucket', 'Key'];
    const anything = new Proxy(function anyClass() {}, { get: () => () => 'made', construct: () => ({}) });
    const pipeline = new Proxy(function construct() {}, {
      construct: (_, given: readonly unknown[]) => {
        props = given[2] as Readonly<Record<string, unknown>>;
        return {};
      },
    });
    // oxlint-disable-next-line typescript/no-implied-eval -- runs the text to see what it says
    new Function(...names, body)(...names.map((name) => (name === 'TrainingPipeline' ? pipeline : anything)));
    return props;
  }

  it('becomes a program that says the same, whatever its texts hold', () => {
    fc.assert(
      fc.property(anyJob, (input) => {
        const { pipeline } = fromTrainingJob(TrainingJob.parse(JSON.parse(JSON.stringify(input))));
        const { job } = pipeline;
        const props = propsOf(constructText(pipeline).text);
        expect(props['image']).toBe(job.image);
        for (const name of ['hyperParameters', 'environment'] as const)
          expect(Object.entries(props[name] ?? {})).toEqual(Object.entries(job[name] ?? {}));
        expect(props['entryPoint'] ?? []).toEqual(job.entryPoint);
        expect(props['metricDefinitions'] ?? []).toEqual(job.metricDefinitions);
        const uris = Object.entries(job.channels ?? {}).map(([name, { uri }]) => [name, uri]);
        expect(Object.entries(props['channels'] ?? {})).toEqual(uris);
      }),
      { numRuns: 300 },
    );
  });

  it.each([...deepValues, hugeText].map((value, index) => [index, value] as const))(
    'may be as deep and as large as a parser takes (%i)',
    (_, value) => {
      for (const input of [value, { TrainingJobName: value }, { AlgorithmSpecification: value }])
        expect(TrainingJob.safeParse(input).success).toBe(false);
    },
  );
});

describe('every command that reads a file', () => {
  const NESTED = `${'[['.repeat(50_000)}1${']]'.repeat(50_000)}`;
  const FILES: Readonly<Record<string, string>> = {
    'binary.json': '\0\u0001\ufffd\u202e',
    'deep.json': `{"name": ${NESTED}, "metadata": ${NESTED}, "search": ${NESTED}, "__proto__": ${NESTED}}`,
    'huge.json': JSON.stringify('x'.repeat(10 * 2 ** 20)),
  };
  const BAD_INPUT = 2;
  let files: Scratch;
  const paths: Record<string, string> = {};
  beforeAll(() => {
    files = scratch();
    for (const [name, content] of Object.entries(FILES)) paths[name] = files.file(name, content);
  });
  afterAll(() => files.remove());

  // A process takes a second to start; one file a command shows that all go through the same checks.
  it.each([
    ['deep.json', ['simulate']],
    ['huge.json', ['rehearse', '--scenario']],
    ['deep.json', ['rehearse', '--request']],
    ['deep.json', ['plan', '--pipeline']],
    ['deep.json', ['plan', '--pipeline', 'examples/pipeline.json', '--market']],
    ['deep.json', ['explain']],
    ['huge.json', ['explain', '--text', 'AlgorithmError: x', '--rules']],
    ['deep.json', ['import']],
    ['huge.json', ['receipt']],
    ['deep.json', ['sweep', 'convert']],
    ['binary.json', ['sweep', 'simulate']],
  ])(
    'refuses %s in a sentence that names it: spotrelay %j',
    async (name, command) => {
      const { code, stderr } = await spotrelay([...command, paths[name] ?? '']);
      expect({ code, stderr: stderr.slice(0, 2_000) }).toEqual({
        code: BAD_INPUT,
        stderr: expect.stringContaining(name),
      });
      expect(stderr).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
      expect(stderr.length).toBeLessThan(MESSAGE_LENGTH_MAX);
    },
    60_000,
  );

  it('takes no property of every object for the name of a drill', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', '../x', '']) {
      const { code, stderr } = await spotrelay(['drill', '--only', name]);
      expect([code, stderr]).toEqual([BAD_INPUT, expect.stringContaining('--only')]);
    }
  }, 60_000);
});
