// The Python examples are what users copy: they are drilled as users' scripts are, in real processes.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { DRILLS } from '../../cli/drills/drills.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { scratch, spotrelay } from '../cli/spotrelay.ts';
import { Container } from './container.ts';

jest.setTimeout(180_000);

const imports = (module: string): boolean => spawnSync('python3', ['-c', `import ${module}`]).status === 0;
const hasTorch = imports('torch');
const withPython = imports('json') ? describe : describe.skip;
const withTorch = hasTorch ? describe : describe.skip;

const place = scratch();
afterAll(() => place.remove());
const examples = join(packageRoot(), 'examples');

const QUICK = ['epochs=48', 'checkpoint_every=4', 'epoch_milliseconds=25'].flatMap((one) => ['--hyperparameter', one]);

async function outcomes(example: string, only: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const out = join(place.folder, example);
  const flags = ['--json', '--jobs', '4', '--out', out, '--only', only.join(',')];
  const command = ['python3', join(examples, example, 'train.py')];
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await spotrelay(['drill', ...flags, ...QUICK, '--', ...command], { env });
  const { drills } = JSON.parse(stdout) as { drills: readonly { name: string; outcome: string }[] };
  return Object.fromEntries(drills.map(({ name, outcome }) => [name, outcome]));
}

const all = (names: readonly string[], outcome: string) => Object.fromEntries(names.map((name) => [name, outcome]));

withPython('plain-python (skipped where there is no python3)', () => {
  it('passes the drills that ask most of its checkpoint code', async () => {
    const hard = ['sigterm', 'while-saving', 'after-completion', 'disk-full', 'newest-truncated', 'leftovers'];

    expect(await outcomes('plain-python', hard)).toEqual(all(hard, 'passed'));
  });
});

withPython('wrong', () => {
  const readme = readFileSync(join(examples, 'wrong/README.md'), 'utf8');
  /** Its last checkpoint is uploaded by then, or is not. */
  const eitherWay = 'while-writing-model';
  const drills = DRILLS.map(({ name }) => name).filter((name) => name !== eitherWay);
  const found = drills.filter((name) => readme.includes(`\`${name}\``));

  it('is found out by the drills that its README names, and passes the others, which is why it looks right', async () => {
    const others = drills.filter((name) => !found.includes(name));

    expect(found.length).toBeGreaterThan(5);
    expect(await outcomes('wrong', drills)).toEqual({ ...all(others, 'passed'), ...all(found, 'failed') });
  });
});

withPython('pytorch-style, its checkpoints', () => {
  const run = (lines: readonly string[]) => {
    const { stdout, stderr, status } = spawnSync(
      'python3',
      ['-c', ['import pickle, sys', 'from pathlib import Path', 'from checkpoint import *', ...lines].join('\n')],
      {
        env: {
          ...process.env,
          PYTHONPATH: join(examples, 'pytorch-style'),
          PYTHONDONTWRITEBYTECODE: '1',
        },
        encoding: 'utf8',
      },
    );
    return { stdout, stderr, status };
  };

  it('come back whole, the newest first, and two are kept', () => {
    const { stdout, stderr } = run([
      `folder = Path(${JSON.stringify(join(place.folder, 'kept'))})`,
      'for step in (1, 2, 3): save_checkpoint(folder, step, 9, {"epoch": step}, pickle.dump)',
      'print(load_checkpoint(folder, pickle.load))',
      'print(sorted(path.name for path in folder.iterdir()))',
      'print((folder / "spotrelay-progress.json").read_text())',
    ]);

    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual([
      "{'epoch': 3}",
      "['checkpoint-00000002.pt', 'checkpoint-00000003.pt', 'spotrelay-progress.json']",
      '{"completed": 3, "total": 9}',
    ]);
  });

  it('fall back on the one before when the newest is torn, empty or foreign', () => {
    const { stdout, stderr } = run([
      `folder = Path(${JSON.stringify(join(place.folder, 'torn'))})`,
      'for step in (1, 2): save_checkpoint(folder, step, 9, {"epoch": step}, pickle.dump)',
      'newest = folder / "checkpoint-00000002.pt"',
      'newest.write_bytes(newest.read_bytes()[:-4])',
      '(folder / "checkpoint-00000003.pt").touch()',
      '(folder / "checkpoint-00000009.pt.sagemaker-uploaded").touch()',
      'print(load_checkpoint(folder, pickle.load))',
    ]);

    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe("{'epoch': 1}");
  });

  it('leave the last good one in place when a new one cannot be written', () => {
    const { stdout } = run([
      `folder = Path(${JSON.stringify(join(place.folder, 'failing'))})`,
      'save_checkpoint(folder, 1, 9, {"epoch": 1}, pickle.dump)',
      'try: save_checkpoint(folder, 1, 9, lambda: None, pickle.dump)',
      'except Exception: print(load_checkpoint(folder, pickle.load))',
    ]);

    expect(stdout.trimEnd()).toBe("{'epoch': 1}");
  });
});

(hasTorch ? describe.skip : withPython)('pytorch-style without PyTorch', () => {
  it('says what is missing, where SageMaker shows it', () => {
    const container = new Container({});
    const { status, stderr } = spawnSync('python3', [join(examples, 'pytorch-style/train.py')], {
      env: { ...process.env, SPOTRELAY_ML_ROOT: container.root, PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
    });

    expect(status).toBe(1);
    expect(stderr).toBe('error: this example needs PyTorch, which is not installed: python3 -m pip install torch\n');
    expect(container.read('output/failure')).toContain('needs PyTorch');
    container.remove();
  });
});

withTorch('pytorch-style (skipped where PyTorch is not installed)', () => {
  it('passes the drills that ask most of its checkpoint code', async () => {
    const hard = ['sigterm', 'while-saving', 'after-completion', 'disk-full', 'newest-truncated', 'leftovers'];

    expect(await outcomes('pytorch-style', hard)).toEqual(all(hard, 'passed'));
  });
});
