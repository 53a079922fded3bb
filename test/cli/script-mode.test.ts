// The script and the command of docs/script-mode.md, run as they stand there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { packageRoot } from '../../statemachines/package-root.ts';
import { scratch, spotrelay } from './spotrelay.ts';

jest.setTimeout(120_000);

const place = scratch();
afterAll(() => place.remove());

const page = readFileSync(join(packageRoot(), 'docs/script-mode.md'), 'utf8');
const [, script = ''] = /```python\n([\s\S]*?)```/.exec(page) ?? [];
const [, command = ''] = /^spotrelay (rehearse .*)$/m.exec(page) ?? [];

const hasPython = spawnSync('python3', ['--version']).status === 0;

const describeWithPython = hasPython ? describe : describe.skip;

describeWithPython('a script for the images of AWS (needs python3)', () => {
  it('trains in a rehearsal too, is resumed, and loses nothing', async () => {
    mkdirSync(join(place.folder, 'train'));
    writeFileSync(join(place.folder, 'train/train.py'), script);
    const out = join(place.folder, 'out');
    const words = command.split(' ').map((word) => (word.startsWith('train/') ? join(place.folder, word) : word));
    // Half of what the page asks for, twice as fast: six seconds instead of twelve.
    const quick = words.map((word) => (word === '480' ? '240' : word));
    const { code, stdout } = await spotrelay([
      'rehearse',
      '--json',
      '--out',
      out,
      '--speed',
      '1800',
      ...quick.slice(1),
    ]);

    expect(JSON.parse(stdout)).toMatchObject({ status: 'SUCCEEDED', verdict: { kind: 'identical' } });
    expect(code).toBe(0);
  });
});

describe('the page about script mode', () => {
  it('has the script and the command that are run here', () => {
    expect(script).toContain('SPOTRELAY_CHECKPOINT_DIR');
    expect(command).toContain('--epochs 480');
  });
});
