import { describe, expect, it } from '@jest/globals';
import { progressIn, stepsIn, unitOf } from '../../../cli/drills/steps.ts';

describe('a line of a log', () => {
  it.each([
    ['epoch=20 loss=0.6499', [{ unit: 'epoch', value: 20 }]],
    ['resumed from epoch 168', [{ unit: 'epoch', value: 168 }]],
    [
      'Epoch 3/10, step 1200',
      [
        { unit: 'epoch', value: 3 },
        { unit: 'step', value: 1200 },
      ],
    ],
    ['Epoch: [7][ 30/500]', [{ unit: 'epoch', value: 7 }]],
    [
      '{"loss": 0.3, "epoch": 2, "step": 40}',
      [
        { unit: 'epoch', value: 2 },
        { unit: 'step', value: 40 },
      ],
    ],
    ['epochs=480', [{ unit: 'epoch', value: 480 }]],
    ['learning_rate=0.1', []],
    ['stepped aside 3 times', []],
  ])('%s', (line, steps) => {
    expect(stepsIn(line)).toEqual(steps);
  });

  it('is read by an expression of its own where one is given', () => {
    expect(stepsIn('[0042] loss 0.1', /^\[(\d+)\]/)).toEqual([{ unit: 'step', value: 42 }]);
    expect(stepsIn('epoch=3', /^\[(\d+)\]/)).toEqual([]);
  });
});

describe('the unit of a log', () => {
  const log = (...lines: readonly string[]) => unitOf(lines.flatMap((line) => stepsIn(line)));

  it('is the coarsest that rises', () => {
    const lines = [1, 2, 3, 4, 5, 6].flatMap((epoch) => [`epoch ${epoch} step 10`, `epoch ${epoch} step 20`]);
    expect(log(...lines)).toBe('epoch');
  });

  it('is none that begins again', () => {
    expect(log('epoch 1 of 1', ...[1, 2, 3, 4, 5, 6, 7, 1].map((step) => `step ${step}0`))).toBeUndefined();
  });

  it('is none that is named too seldom to tell a restart from going on', () => {
    expect(log('training for epochs=480', 'epoch 480', 'epoch 500')).toBeUndefined();
  });
});

it.each([
  ['{"completed":12,"total":40}', { completed: 12, total: 40 }],
  ['{"completed":12', undefined],
  ['{"completed":"12","total":40}', undefined],
  [undefined, undefined],
])('a progress file of %s', (text, progress) => {
  expect(progressIn(text)).toEqual(progress);
});
