import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DRILLS } from '../../cli/drills/drills.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { scratch, spotrelay, type Ran } from './spotrelay.ts';

jest.setTimeout(180_000);

const place = scratch();
afterAll(() => place.remove());

/** A second and a half of training, saved fifteen times. */
const QUICK = ['epochs=60', 'checkpoint_every=4', 'epoch_milliseconds=25'].flatMap((one) => ['--hyperparameter', one]);

interface Report {
  readonly uninterrupted: { readonly status: string; readonly saves: number; readonly reason?: string };
  readonly drills: readonly {
    readonly name: string;
    readonly kind: string;
    readonly outcome: string;
    readonly text: string;
    readonly advice?: string;
    readonly containers: number;
    readonly folder: string;
  }[];
}

const drill = async (out: string, ...args: readonly string[]): Promise<Ran & { readonly report: Report }> => {
  const ran = await spotrelay(['drill', '--json', '--out', join(place.folder, out), ...args]);
  return { ...ran, report: JSON.parse(ran.stdout) as Report };
};

describe('all drills of the example', () => {
  const page = join(place.folder, 'drills.html');
  let ran: Awaited<ReturnType<typeof drill>>;
  beforeAll(async () => {
    ran = await drill('example', '--jobs', '5', '--report', page, ...QUICK);
  });

  it('are passed', () => {
    expect(ran.report.drills.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(ran.report.drills.map(({ name }) => name)).toEqual(DRILLS.map(({ name }) => name));
    expect(ran.code).toBe(0);
  });

  it('took as many containers as they interrupt, and one', () => {
    const expected = DRILLS.map(({ interruptions, diskFull }) => interruptions.length + (diskFull === true ? 2 : 1));
    expect(ran.report.drills.map(({ containers }) => containers)).toEqual(expected);
  });

  it('ran out of disk in the second container alone', () => {
    const folder = ran.report.drills.find(({ name }) => name === 'disk-full')?.folder ?? '';
    const logs = [1, 2, 3].map((number) => logOf(folder, number));

    expect(logs.map((log) => log.includes('EFBIG'))).toEqual([false, true, false]);
    expect(logs[2]).toContain('resumed from epoch');
  });

  it('are shown on a page', () => {
    const text = readFileSync(page, 'utf8');

    expect(text).toContain(`${DRILLS.length} of ${DRILLS.length} passed`);
    for (const { name } of DRILLS) expect(text).toContain(name);
  });
});

describe('a script that never saves', () => {
  it('fails with what to do, in words and with exit code 4', async () => {
    const flags = ['--only', 'sigkill', '--out', join(place.folder, 'never'), '--hyperparameter', 'epochs=40'];
    const command = [process.execPath, 'test/examples/scripts/never-checkpoints.mjs'];
    const { code, stdout } = await spotrelay(['drill', ...flags, '--', ...command]);

    expect(code).toBe(4);
    expect(stdout).toMatch(/failed +sigkill: began from zero/);
    expect(stdout).toContain('→ load the newest checkpoint from SPOTRELAY_CHECKPOINT_DIR');
    expect(stdout).toContain('0 of 1 drills passed, 1 failed');
  });
});

describe('a script that hangs when it is started again', () => {
  it('is ended when its time is up', async () => {
    const command = [process.execPath, 'test/examples/scripts/hangs-on-resume.mjs'];
    const { code, report } = await drill('hangs', '--only', 'sigkill', '--time-limit', '8', '--', ...command);

    expect(code).toBe(4);
    expect(report.drills).toMatchObject([{ kind: 'hung', advice: expect.stringContaining('--time-limit') }]);
  });
});

describe('a script that fails uninterrupted', () => {
  it('is not drilled: exit code 1, its words and where its log is', async () => {
    const command = [process.execPath, 'test/examples/scripts/crashes-at-once.mjs'];
    const { code, report, stderr } = await drill(
      'crash',
      '--report',
      join(place.folder, 'crash.html'),
      '--',
      ...command,
    );

    expect(code).toBe(1);
    expect(report.uninterrupted).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('"price" is missing'),
    });
    expect(stderr).toContain('no drill was held');
    expect(stderr).toContain('crash.html was not written');
  });
});

it('docs/drills.md has every drill, in order and in the words of the list', () => {
  const page = readFileSync(join(packageRoot(), 'docs/drills.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| [^|]+ \| [^|]+ \|$/gm)];

  expect(rows.map(([, name, title]) => [name, title])).toEqual(DRILLS.map(({ name, title }) => [name, title]));
});

it('--list names every drill', async () => {
  const { code, stdout } = await spotrelay(['drill', '--list']);

  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(DRILLS.length);
});

describe('bad input', () => {
  it.each([
    ['a drill that there is not', ['--only', 'sigkil'], ['--only', 'sigkil', 'while-saving']],
    ['a ladder without a fall-back', ['--capacity', 'spot:ml.g5.xlarge'], ['--capacity', 'fall back']],
    ['a step that is no expression', ['--step', '('], ['--step', 'no regular expression']],
    ['a metric without one', ['--metric', 'loss'], ['--metric', 'name=regex']],
    ['numbers of GPUs that are none', ['--gpus', 'many'], ['--gpus', '1,4']],
    ['a command that does not exist', ['--', 'no-such-program'], ['no-such-program']],
  ])('%s ends with exit code 2 and says what is wrong', async (_, args, texts) => {
    const { code, stdout, stderr } = await spotrelay(['drill', '--out', join(place.folder, 'unused'), ...args]);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const text of texts) expect(stderr).toContain(text);
    expect(existsSync(join(place.folder, 'unused'))).toBe(false);
  });
});

function logOf(folder: string, number: number): string {
  const containers = join(folder, 'containers');
  const name = readdirSync(containers).find((one) => one.endsWith(`.${number}`)) ?? '';
  return readFileSync(join(containers, name, 'training.log'), 'utf8');
}
