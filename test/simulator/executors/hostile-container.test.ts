// What a real child process is handed when arguments, hyperparameters, environment, channels and keys hold what shells and
// file systems take for orders. A witness writes down what reached it; a canary file appears where a shell has run any of it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainingJobRequest } from '../../../domain/training-job.ts';
import { VirtualClock } from '../../../simulator/clock/virtual-clock.ts';
import type { ContainerExit } from '../../../simulator/executors/executor.ts';
import { createRealProcessExecutor } from '../../../simulator/executors/real-process.ts';
import { SimObjects } from '../../../simulator/services/sim-objects.ts';

const WITNESS = `
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const root = process.env.SPOTRELAY_ML_ROOT;
const data = join(root, 'input/data');
const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
writeFileSync(join(root, 'model/seen.json'), JSON.stringify({
  args: process.argv.slice(2),
  hyperParameters: readFileSync(join(root, 'input/config/hyperparameters.json'), 'utf8'),
  environment: process.env,
  data: files.map((file) => readFileSync(join(file.parentPath, file.name), 'utf8')),
}));
`;

let folder = '';
let runs = 0;
const canary = (): string => join(folder, 'canary');
const inFolder = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spotrelay-hostile-'));
  writeFileSync(inFolder('witness.mjs'), WITNESS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Given {
  readonly command?: readonly [string, ...string[]];
  readonly args?: readonly string[];
  readonly hyperParameters?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Keys below the channel's prefix, with their contents. */
  readonly data?: Readonly<Record<string, string>>;
  readonly channel?: string;
}

interface Seen {
  readonly args: readonly string[];
  readonly hyperParameters: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly data: readonly string[];
}

async function runContainer({
  args = [],
  command = [process.execPath, inFolder('witness.mjs'), ...args],
  hyperParameters = {},
  environment = {},
  data = {},
  channel = 'train',
}: Given) {
  runs += 1;
  const workFolder = inFolder(`work-${runs}`);
  mkdirSync(workFolder);
  const clock = new VirtualClock();
  const objects = new SimObjects(clock);
  for (const [key, body] of Object.entries(data)) objects.put(`s3://data/hostile/${key}`, body);
  const job: TrainingJobRequest = {
    TrainingJobName: 'hostile--0123456789-001',
    RoleArn: 'arn:aws:iam::000000000000:role/hostile',
    AlgorithmSpecification: { TrainingImage: 'local', TrainingInputMode: 'File' },
    HyperParameters: hyperParameters,
    Environment: environment,
    InputDataConfig: [
      {
        ChannelName: channel,
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: 's3://data/hostile/',
            S3DataDistributionType: 'FullyReplicated',
          },
        },
        InputMode: 'File',
      },
    ],
    OutputDataConfig: { S3OutputPath: 's3://models/' },
    ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    EnableManagedSpotTraining: false,
    EnableNetworkIsolation: false,
    Tags: [],
  };
  let exit: ContainerExit | undefined;
  createRealProcessExecutor({ clock, objects, command, workFolder, restoreSeconds: 0, uploadSeconds: 0 }).start(job, {
    training: () => {},
    exited: (ended) => (exit = ended),
  });
  await clock.run();
  const root = join(workFolder, 'hostile--0123456789-001.1');
  const file = join(root, 'model/seen.json');
  const seen = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Seen) : undefined;
  return { exit, seen, root, outside: readdirSync(workFolder) };
}

const TRICKS = [
  ';touch CANARY',
  '$(touch CANARY)',
  '`touch CANARY`',
  '&& touch CANARY',
  '| tee CANARY',
  '> CANARY',
  '"; touch CANARY; "',
  "'; touch CANARY; '",
  '\ntouch CANARY\n',
  '$HOME ${PATH} %PATH% ~',
  '* ? [a-z] {a,b} !!',
  '-rf',
  '--eval=process.exit(3)',
  '--',
  '',
  ' ',
  '\\',
  '../../..',
  '\u202ekcart \u00e9 \u{1f4a3}',
  'x'.repeat(20_000),
];
const withCanary = (text: string): string => text.replaceAll('CANARY', canary());
const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TRICKS) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\0', '')) },
);
const anyEnvironmentName = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/)
  .filter((name) => !/^(?:SM_|SPOTRELAY_|TRAINING_|NODE_|LD_|PATH$|HOME$)/i.test(name));
const anyMap = (name: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(name, anyText), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs));
const placed = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([name, text]) => [withCanary(name), withCanary(text)]));

describe('a training process', () => {
  it('is handed arguments, hyperparameters and environment as they are, and no shell runs any of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyText, { maxLength: 5 }),
        anyMap(anyText.filter((name) => name !== '' && name.length < 256)),
        anyMap(anyEnvironmentName),
        async (texts, parameters, variables) => {
          const args = texts.map(withCanary);
          const hyperParameters = placed(parameters);
          const environment = placed(variables);
          const { seen, exit } = await runContainer({ args, hyperParameters, environment });
          expect(exit?.exitCode).toBe(0);
          expect(seen?.args).toEqual(args);
          expect(JSON.parse(seen?.hyperParameters ?? '')).toEqual(hyperParameters);
          expect(JSON.parse(seen?.environment['SM_HPS'] ?? '')).toEqual(hyperParameters);
          expect(seen?.environment).toMatchObject(environment);
          expect(existsSync(canary())).toBe(false);
        },
      ),
      { numRuns: 12 },
    );
  }, 120_000);

  it('has each hyperparameter in a variable of its own, where one can say it', async () => {
    const hyperParameters = { epochs: '240', 'learning-rate': '$(id) `id` "; id', 'a=b': '1', nul: '\0', empty: '' };
    const { seen } = await runContainer({ hyperParameters });
    const own = Object.entries(seen?.environment ?? {}).filter(([name]) => name.startsWith('SM_HP_'));
    expect(Object.fromEntries(own)).toEqual({
      SM_HP_EPOCHS: '240',
      'SM_HP_LEARNING-RATE': '$(id) `id` "; id',
      SM_HP_EMPTY: '',
    });
    expect(JSON.parse(seen?.environment['SM_HPS'] ?? '')).toEqual(hyperParameters);
  });

  it('may have a path that a shell would take apart', async () => {
    const name = inFolder('a $(touch b); \'train\' & "run" *.mjs');
    writeFileSync(name, WITNESS);
    expect((await runContainer({ command: [process.execPath, name, '-x'] })).seen?.args).toEqual(['-x']);
    expect(readdirSync(folder)).not.toContain('b');
  });

  it.each([
    ['a variable with a NUL', { environment: { A: 'x\0y' } }],
    ['an argument with a NUL', { args: ['x\0y'] }],
    ['more than a system hands over', { args: ['x'.repeat(3_000_000)] }],
    ['a program that is not there', { command: ['/no/such/program'] as const }],
  ])('that cannot be started fails its job in words: %s', async (_, given) => {
    const { exit, seen } = await runContainer(given);
    expect(seen).toBeUndefined();
    expect(exit).toMatchObject({ exitCode: 127, failureText: expect.stringMatching(/^cannot start \//) });
  });
});

const anyName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'config', '-rf', '$(id)', 'a b', 'ä\u202e', '__proto__', 'x\ny') },
  { weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 10 }).map((text) => text.replaceAll('/', '_')) },
  { weight: 1, arbitrary: fc.constantFrom('..', '.', '', '\0', 'y'.repeat(300)) },
);
const anyKeys = fc.uniqueArray(
  fc.array(anyName, { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
  { minLength: 1, maxLength: 4 },
);

describe('the objects of a channel', () => {
  it('lie in its folder, whatever their keys, or the job fails and names the one that cannot', async () => {
    await fc.assert(
      fc.asyncProperty(anyKeys, async (keys) => {
        const data = Object.fromEntries(keys.map((key, index) => [key, `content ${index}`]));
        const { seen, exit, root, outside } = await runContainer({ data });
        expect(outside).toEqual(['hostile--0123456789-001.1']);
        expect(readdirSync(join(root, 'input')).toSorted()).toEqual(['config', 'data']);
        expect(readdirSync(join(root, 'input/data'))).toEqual(['train']);
        const files = keys.filter((key) => !key.endsWith('/') && key !== '').map((key) => data[key]);
        if (exit?.downloadFailure === undefined) expect(new Set(seen?.data)).toEqual(new Set(files));
        else
          expect(exit.downloadFailure).toMatch(
            /^s3:\/\/data\/hostile\/[^]*: (?:cannot be a file|no file can be called)/,
          );
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it.each([
    ['../../../escaped', 'no file can be called ".."'],
    ['a//b', 'no file can be called ""'],
    ['./a', 'no file can be called "."'],
    ['a\0b', String.raw`no file can be called "a\u0000b"`],
    ['too long', 'cannot be a file here: ENAMETOOLONG'],
  ])('cannot be called %s', async (name, reason) => {
    const key = name === 'too long' ? 'y'.repeat(300) : name;
    const { exit, outside } = await runContainer({ data: { [key]: 'x' } });
    expect(exit).toMatchObject({ exitCode: 1, downloadFailure: expect.stringContaining(reason) });
    expect(outside).toHaveLength(1);
    expect(existsSync(inFolder('escaped'))).toBe(false);
  });

  it('may be a folder marker, and names with blanks, line breaks and signs', async () => {
    const data = { 'sub/': '', 'sub/a b;$(id)\n`c`.csv': '1', '-rf': '2', ['__proto__']: '3' };
    const { seen } = await runContainer({ data });
    expect(seen?.data.toSorted()).toEqual(['1', '2', '3']);
  });

  it('cannot be a file and a folder at once', async () => {
    const { exit } = await runContainer({ data: { a: '1', 'a/b': '2' } });
    expect(exit?.downloadFailure).toMatch(/^s3:\/\/data\/hostile\/a\/b: cannot be a file here: E/);
  });
});
