import { mkdirSync, renameSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { WriteWatch } from '../../../cli/drills/write-watch.ts';
import { scratch } from '../spotrelay.ts';

const place = scratch();
afterAll(() => place.remove());

/** The kernel's word takes a moment to arrive; a busy machine takes longer. */
const A_MOMENT = 150;

async function seenWhile(name: string, act: (folder: string) => void | Promise<void>): Promise<readonly string[]> {
  const folder = join(place.folder, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'old.json'), 'old');
  const seen: string[] = [];
  const watch = new WriteWatch(folder, (path) => seen.push(basename(path)));
  await setTimeout(A_MOMENT);
  await act(folder);
  await setTimeout(A_MOMENT);
  watch.close();
  return [...new Set(seen)];
}

describe('a watch for writes', () => {
  it('sees a new file that is written under its own name', async () => {
    expect(await seenWhile('new', (folder) => writeFileSync(join(folder, 'new.json'), 'x'))).toEqual(['new.json']);
  });

  it('sees a file that is written over', async () => {
    expect(await seenWhile('over', (folder) => writeFileSync(join(folder, 'old.json'), 'x'))).toEqual(['old.json']);
  });

  it('sees into a folder that is made meanwhile', async () => {
    const seen = await seenWhile('deep', async (folder) => {
      mkdirSync(join(folder, 'epoch-1'));
      await setTimeout(A_MOMENT);
      writeFileSync(join(folder, 'epoch-1/weights.pt'), 'x');
    });
    expect(seen).toEqual(['weights.pt']);
  });

  it('does not mistake a file that is renamed into place, and changed in its attributes, for one', async () => {
    const seen = await seenWhile('renamed', async (folder) => {
      writeFileSync(join(folder, 'new.json.partial'), 'x');
      // Flushing a file takes as long; the kernel's times have the grain of its clock tick.
      await setTimeout(20);
      renameSync(join(folder, 'new.json.partial'), join(folder, 'new.json'));
      chmodSync(join(folder, 'new.json'), 0o600);
    });
    expect(seen.filter((name) => !name.endsWith('.partial'))).toEqual([]);
  });

  it('sees a file that is written under its own name after another was removed', async () => {
    const seen = await seenWhile('instead', (folder) => {
      rmSync(join(folder, 'old.json'));
      writeFileSync(join(folder, 'new.json'), 'x');
    });
    expect(seen).toEqual(['new.json']);
  });

  it('does not take a removal or the progress file for one', async () => {
    const seen = await seenWhile('removed', (folder) => {
      rmSync(join(folder, 'old.json'));
      writeFileSync(join(folder, 'spotrelay-progress.json'), '{}');
    });
    expect(seen).toEqual([]);
  });
});
