import { describe, expect, it } from '@jest/globals';
import { observeCheckpoint, PROGRESS_FILE } from '../../lambdas/observe-checkpoint.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import { SimObjects } from '../../simulator/services/sim-objects.ts';

const PREFIX = 's3://artifacts/churn/checkpoints/run/';

/** Objects by name, written a minute apart, in this order; answers how many minutes in the newest checkpoint is. */
async function freshness(files: Readonly<Record<string, string>>): Promise<number | undefined> {
  const clock = new VirtualClock();
  const objects = new SimObjects(clock);
  const start = clock.now();
  Object.entries(files).forEach(([name, body], index) => {
    clock.after(60 * (index + 1), () => void objects.put(`${PREFIX}${name}`, body));
  });
  await clock.run();
  const { newestAt } = await observeCheckpoint(objects, PREFIX);
  return newestAt === undefined ? undefined : (newestAt - start) / 60;
}

const progress = (checkpoint?: unknown): string => JSON.stringify({ completed: 1, total: 4, checkpoint });

describe('the freshness of a checkpoint', () => {
  it('is the age of the newest object, the progress file left out', async () => {
    expect(await freshness({ 'epoch-1/w': 'x', 'epoch-2/w': 'x', [PROGRESS_FILE]: progress() })).toBe(2);
  });

  it.each(['epoch-1', 'epoch-1/'])('is that of the whole checkpoint %p that the script names', async (name) => {
    const files = { 'epoch-1/w': 'x', [PROGRESS_FILE]: progress(name), 'epoch-2/w': 'half of it' };
    expect(await freshness(files)).toBe(1);
  });

  it('is not that of a folder whose name only begins alike', async () => {
    const files = { 'epoch-1/w': 'x', [PROGRESS_FILE]: progress('epoch-1'), 'epoch-10/w': 'half of it' };
    expect(await freshness(files)).toBe(1);
  });

  it.each([
    ['a folder that is gone', 'epoch-0'],
    ['a folder outside', '/epoch-1'],
    ['no name at all', 7],
    ['nothing', ''],
  ])('is that of the newest object where the script names %s', async (_, name) => {
    const files = { 'epoch-1/w': 'x', 'epoch-2/w': 'x', [PROGRESS_FILE]: progress(name) };
    expect(await freshness(files)).toBe(2);
  });

  it.each(['runs/epoch-1', 'runs/epoch-1//'])('is that of the folder %p within a folder', async (name) => {
    const files = { 'runs/epoch-1/w': 'x', [PROGRESS_FILE]: progress(name), 'epoch-2/w': 'half of it' };
    expect(await freshness(files)).toBe(1);
  });

  it('is not looked for where there is no place for any', async () => {
    const objects = new SimObjects(new VirtualClock());
    objects.readText = () => Promise.reject(new Error('nobody has asked for it'));
    expect(await observeCheckpoint(objects, undefined)).toEqual({});
  });

  it('is unknown where nothing was saved', async () => {
    expect(await freshness({ [PROGRESS_FILE]: progress('epoch-1') })).toBeUndefined();
  });
});

describe('the progress that a script writes down', () => {
  it.each<[string, number | undefined]>([
    [progress(), 0.25],
    [progress(7), 0.25],
    ['{"completed": 9, "total": 4}', 1],
    ['{"completed": 1, "total": 0}', undefined],
    ['{"completed": 1, "tot', undefined],
    ['null', undefined],
  ])('%s is %p', async (text, fraction) => {
    const objects = new SimObjects(new VirtualClock());
    objects.put(`${PREFIX}${PROGRESS_FILE}`, text);
    expect((await observeCheckpoint(objects, PREFIX)).fraction).toBe(fraction);
  });
});
