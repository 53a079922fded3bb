import { describe, expect, it } from '@jest/globals';
import { observeCheckpoint } from '../../lambdas/observe-checkpoint.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import { saveCheckpoint, savedWork } from '../../simulator/executors/modelled-checkpoint.ts';
import { SimObjects } from '../../simulator/services/sim-objects.ts';

const PREFIX = 's3://artifacts/churn/checkpoints/';
const THREE_FILES = { checkpointFiles: 3, total: 1_000 };
const bucket = (): SimObjects => new SimObjects(new VirtualClock());

describe('a script that replaces one file', () => {
  it('goes on from what it saved last', () => {
    const objects = bucket();
    expect(savedWork(objects, PREFIX, {})).toBeUndefined();
    saveCheckpoint(objects, PREFIX, 120, {});
    saveCheckpoint(objects, PREFIX, 240, {});

    expect(savedWork(objects, PREFIX, {})).toBe(240);
    expect(objects.list(PREFIX)).toHaveLength(1);
  });
});

describe('a script whose checkpoint is several files', () => {
  it('goes on from the newest of which all files have arrived', () => {
    const objects = bucket();
    for (const completed of [120, 240, 360]) saveCheckpoint(objects, PREFIX, completed, THREE_FILES);
    objects.delete(`${PREFIX}save-360/2.bin`);

    expect(savedWork(objects, PREFIX, THREE_FILES)).toBe(240);
  });

  it('starts anew where no checkpoint is whole', () => {
    const objects = bucket();
    saveCheckpoint(objects, PREFIX, 120, THREE_FILES);
    objects.delete(`${PREFIX}save-120/1.bin`);

    expect(savedWork(objects, PREFIX, THREE_FILES)).toBeUndefined();
  });

  it('names the folder of its newest save in the file of its progress', async () => {
    const objects = bucket();
    saveCheckpoint(objects, PREFIX, 120, THREE_FILES);
    saveCheckpoint(objects, PREFIX, 240, THREE_FILES);

    expect(await objects.readText(`${PREFIX}spotrelay-progress.json`)).toBe(
      JSON.stringify({ completed: 240, total: 1_000, checkpoint: 'save-240' }),
    );
    expect(await observeCheckpoint(objects, PREFIX)).toMatchObject({ fraction: 0.24 });
  });
});
