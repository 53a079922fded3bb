import { describe, expect, it } from '@jest/globals';
import { inflict } from '../../../cli/drills/damage.ts';
import type { Damage } from '../../../cli/drills/drills.ts';
import { VirtualClock } from '../../../simulator/clock/virtual-clock.ts';
import { SimObjects } from '../../../simulator/services/sim-objects.ts';

const PREFIX = 's3://bucket/checkpoints/';

/** Two checkpoints, and small files that came after them. */
async function aPrefix(): Promise<SimObjects> {
  const clock = new VirtualClock();
  const objects = new SimObjects(clock);
  for (const [name, body] of [
    ['epoch-1.pt', 'weights-1'.repeat(10)],
    ['epoch-2.pt', 'weights-2'.repeat(10)],
    ['latest', 'epoch-2.pt'],
    ['spotrelay-progress.json', '{"completed":2,"total":9}'],
    ['epoch-3.pt.partial', 'weights-3'.repeat(10)],
  ] as const) {
    objects.put(`${PREFIX}${name}`, body);
    clock.after(1, () => undefined);
    await clock.run();
  }
  return objects;
}

const textOf = (objects: SimObjects, name: string): string | undefined =>
  objects.get(`${PREFIX}${name}`)?.toString('utf8');

describe('the newest checkpoint', () => {
  it('is the newest large file that is finished: no pointer, no progress file, nothing half-written', async () => {
    const objects = await aPrefix();

    expect(inflict('newest-truncated', objects, PREFIX, new Map())).toBe(true);

    expect(textOf(objects, 'epoch-2.pt')).toBe('weights-2'.repeat(5));
    expect(textOf(objects, 'epoch-1.pt')).toHaveLength(90);
    expect(textOf(objects, 'latest')).toBe('epoch-2.pt');
  });

  it('loses its content', async () => {
    const objects = await aPrefix();

    inflict('newest-empty', objects, PREFIX, new Map());

    expect(textOf(objects, 'epoch-2.pt')).toBe('');
  });

  it('is not there when its upload did not come to an end', async () => {
    const objects = await aPrefix();

    inflict('newest-not-uploaded', objects, PREFIX, new Map());

    expect(textOf(objects, 'epoch-2.pt')).toBeUndefined();
    expect(textOf(objects, 'latest')).toBe('epoch-2.pt');
  });

  it('is its own version before, where the script writes over one file', async () => {
    const objects = await aPrefix();

    inflict('newest-not-uploaded', objects, PREFIX, new Map([[`${PREFIX}epoch-2.pt`, Buffer.from('before')]]));

    expect(textOf(objects, 'epoch-2.pt')).toBe('before');
  });
});

it('leftovers lie beside the checkpoints, which stay as they are', async () => {
  const objects = await aPrefix();

  inflict('leftovers', objects, PREFIX, new Map());

  expect(objects.list(PREFIX).map(({ uri }) => uri.slice(PREFIX.length))).toEqual([
    'epoch-1.pt',
    'epoch-1.pt.sagemaker-uploaded',
    'epoch-2.pt',
    'epoch-2.pt.sagemaker-uploaded',
    'epoch-2.pt.sagemaker-uploading',
    'epoch-2.pt.tmp',
    'epoch-3.pt.partial',
    'latest',
    'spotrelay-progress.json',
    'zero-bytes',
  ]);
  expect(textOf(objects, 'epoch-2.pt')).toHaveLength(90);
});

it.each<Damage>(['newest-truncated', 'newest-empty', 'newest-not-uploaded', 'leftovers'])(
  'without a checkpoint there is nothing to do for %s',
  (damage) => {
    expect(inflict(damage, new SimObjects(new VirtualClock()), PREFIX, new Map())).toBe(false);
  },
);
