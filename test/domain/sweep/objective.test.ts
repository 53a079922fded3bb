// What makes one trial better than another.
import { describe, expect, it } from '@jest/globals';
import { compareValues, Objective, objectiveValue } from '../../../domain/sweep/objective.ts';

const most: Objective = { metric: 'accuracy', goal: 'maximize' };
const least: Objective = { ...most, goal: 'minimize' };

describe('the value of a trial', () => {
  it('is what its job reported last of the metric', () => {
    expect(objectiveValue(most, { accuracy: 0.8, loss: 3 })).toBe(0.8);
    expect(objectiveValue(most, { accuracy: 0 })).toBe(0);
  });

  it('is none where the job reported none, or one that ran away', () => {
    expect(objectiveValue(most, { loss: 3 })).toBeUndefined();
    expect(objectiveValue({ ...most, metric: 'toString' }, {})).toBeUndefined();
    expect(objectiveValue(most, { accuracy: Number.NaN })).toBeUndefined();
    expect(objectiveValue(most, { accuracy: Number.POSITIVE_INFINITY })).toBeUndefined();
  });
});

describe('the better of two values', () => {
  it('is the larger, or the smaller, as the goal says', () => {
    expect(compareValues(most, 3, 1)).toBe(-2);
    expect(compareValues(least, 3, 1)).toBe(2);
  });
});

describe('an objective', () => {
  it('has a metric and a goal', () => {
    expect([Objective.parse(most), Objective.parse(least)]).toEqual([most, least]);
    expect(Objective.safeParse({ metric: 'accuracy' }).success).toBe(false);
    expect(Objective.safeParse({ ...most, metric: '' }).success).toBe(false);
  });
});
