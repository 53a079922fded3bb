import { describe, expect, it } from '@jest/globals';
import type { FailureClass } from '../../domain/failure.ts';
import { formatCapacity } from '../../domain/capacity.ts';
import { OUT_OF_MEMORY_RULE } from '../../domain/failure-rules.ts';
import { earliest, hasOther, mayMoveToMoreMemory, nextRung, rungStates } from '../../domain/rungs.ts';
import {
  aFailure,
  aHistory,
  anOutcome,
  aRefusal,
  aRun,
  NOW,
  ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type AttemptPlan,
} from './support.ts';

const OUT_OF_MEMORY = aFailure('Algorithm', { rule: OUT_OF_MEMORY_RULE, retryable: false });
const RUN = aRun({}, { capacity: [SPOT, OTHER_SPOT, ON_DEMAND] });

const refusedAt = (after: number, failure: FailureClass, rung = 0): AttemptPlan => ({
  rung,
  plannedAt: NOW + after,
  outcome: aRefusal(failure, NOW + after + 1),
});
const first = (attempts: readonly AttemptPlan[]) => rungStates(aHistory(RUN, attempts), 'spot')[0];

describe('rungStates', () => {
  it('lists the rungs of one purchase option, all available at first', () => {
    expect(rungStates(aHistory(RUN), 'spot').map(({ rung, availableAt }) => [rung, availableAt])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(rungStates(aHistory(RUN), 'on-demand').map(({ rung }) => rung)).toEqual([2]);
  });

  it('leaves a starved rung alone, longer each time in a row', () => {
    const pauses = [1, 2, 3].map((count) => {
      const attempts = Array.from({ length: count }, (_, index) => refusedAt(index * 10_000, 'Capacity'));
      return (first(attempts)?.availableAt ?? 0) - NOW - (count - 1) * 10_000;
    });
    expect(pauses).toEqual([600, 1_200, 2_400]);
  });

  it('gives a rung that only gave up its turn the next one at once', () => {
    const turn = { plannedAt: NOW, outcome: anOutcome({ failure: 'Capacity', stopReason: 'rotate' }) };
    expect(first([turn, turn, turn])).toMatchObject({ refusedInARow: 3, availableAt: NOW });
    expect(first([turn, turn, refusedAt(0, 'Capacity')])).toMatchObject({ refusedInARow: 3, availableAt: NOW + 600 });
  });

  it('waits less for On-Demand capacity than for spot, and for a quota of either as long', () => {
    const onDemand = (failure: FailureClass) =>
      rungStates(aHistory(RUN, [refusedAt(0, failure, 2)]), 'on-demand')[0]?.availableAt;
    expect(first([refusedAt(0, 'Capacity')])?.availableAt).toBe(NOW + 600);
    expect(onDemand('Capacity')).toBe(NOW + 120);
    expect(first([refusedAt(0, 'Quota')])?.availableAt).toBe(NOW + 300);
    expect(onDemand('Quota')).toBe(NOW + 300);
  });

  it('counts the pause from the start of the attempt: one that queued has done its waiting', () => {
    const queued = { plannedAt: NOW, outcome: anOutcome({ failure: 'Capacity', settledAt: NOW + 3_600 }) };
    expect(first([queued])).toMatchObject({ refusedInARow: 1, availableAt: NOW + 600 });
  });

  it('counts missing capacity and missing quota in one row, and pauses as the last of them asks', () => {
    expect(first([refusedAt(0, 'Capacity'), refusedAt(700, 'Quota')])).toMatchObject({
      refusedInARow: 2,
      availableAt: NOW + 700 + 600,
    });
  });

  it.each<[FailureClass, AttemptPlan]>([
    ['Interruption', { outcome: anOutcome({ failure: 'Interruption' }) }],
    ['Timeout', { outcome: anOutcome({ failure: 'Timeout' }) }],
  ])('begins anew after %s: there was capacity', (_, attempt) => {
    expect(first([refusedAt(0, 'Capacity'), { ...attempt, plannedAt: NOW + 700 }])).toMatchObject({
      refusedInARow: 0,
      availableAt: 0,
    });
  });

  it('begins anew after a job that completed', () => {
    const completed = { plannedAt: NOW + 700, outcome: anOutcome() };
    expect(first([refusedAt(0, 'Capacity'), completed])).toMatchObject({ refusedInARow: 0, availableAt: 0 });
  });

  it.each<FailureClass>(['Throttling', 'Internal', 'Unknown'])('is not moved by a call that ended in %s', (failure) => {
    const starved = [refusedAt(0, 'Capacity'), refusedAt(700, 'Capacity')];
    expect(first([...starved, refusedAt(800, failure)])).toEqual(first(starved));
  });

  it('judges each rung by its own attempts', () => {
    const states = rungStates(aHistory(RUN, [refusedAt(0, 'Quota'), refusedAt(5, 'Capacity', 1)]), 'spot');
    expect(states.map(({ availableAt }) => availableAt - NOW)).toEqual([300, 605]);
  });

  it('knows nothing of an attempt under way', () => {
    expect(first([{ plannedAt: NOW }])).toMatchObject({ refusedInARow: 0 });
  });
});

const states = (attempts: readonly AttemptPlan[]) => rungStates(aHistory(RUN, attempts), 'spot');

describe('nextRung', () => {
  it('is the first of the ladder', () => {
    expect(nextRung(states([]), NOW)?.rung).toBe(0);
  });

  it('is the one that was never asked, even when the other is free again', () => {
    expect(nextRung(states([refusedAt(0, 'Capacity')]), NOW + 10_000)?.rung).toBe(1);
  });

  it('is the one whose turn is longest ago once all have refused', () => {
    const turns = [refusedAt(0, 'Capacity'), refusedAt(700, 'Capacity', 1), refusedAt(1_400, 'Capacity')];
    expect(nextRung(states(turns), NOW + 99_999)?.rung).toBe(1);
    expect(nextRung(states([...turns, refusedAt(2_100, 'Capacity', 1)]), NOW + 99_999)?.rung).toBe(0);
  });

  it('is the one that had capacity the last time, before those that refused', () => {
    const trained = { rung: 1, plannedAt: NOW + 700, outcome: anOutcome({ failure: 'Timeout' }) };
    expect(nextRung(states([refusedAt(0, 'Capacity'), trained]), NOW + 99_999)?.rung).toBe(1);
  });

  it('is available to the second', () => {
    const both = states([refusedAt(0, 'Capacity'), refusedAt(0, 'Capacity', 1)]);
    expect(nextRung(both, NOW + 599)).toBeUndefined();
    expect(nextRung(both, NOW + 600)?.rung).toBe(0);
  });

  it('does not exist on an empty ladder', () => {
    expect(nextRung([], NOW)).toBeUndefined();
  });
});

describe('earliest', () => {
  it('is when the first of the rungs may be tried again', () => {
    expect(earliest(states([refusedAt(0, 'Capacity'), refusedAt(5, 'Quota', 1)]))).toBe(NOW + 305);
  });
});

describe('a rung after one that ran out of memory', () => {
  const bigger = (from: string, ladder: readonly string[]): readonly string[] => {
    const run = aRun({}, { capacity: [`spot:${from}`, ...ladder] });
    const history = aHistory(run, [{ outcome: anOutcome({ failure: OUT_OF_MEMORY }) }]);
    if (!mayMoveToMoreMemory(history)) return [];
    return (['spot', 'on-demand'] as const)
      .flatMap((option) => rungStates(history, option))
      .flatMap(({ rung }) => run.ladder.slice(rung, rung + 1).map(formatCapacity));
  };

  it.each<[string, readonly string[], readonly string[]]>([
    ['ml.g5.xlarge', ['spot:ml.g5.2xlarge'], ['spot:ml.g5.2xlarge']],
    ['ml.g5.xlarge', ['on-demand:ml.g5.xlarge', 'on-demand:ml.g5.12xlarge'], ['on-demand:ml.g5.12xlarge']],
    ['ml.g5.2xlarge', ['spot:ml.g5.12xlarge', 'spot:ml.g5.xlarge'], ['spot:ml.g5.12xlarge']],
    ['ml.t3.medium', ['spot:ml.t3.large'], ['spot:ml.t3.large']],
    ['ml.m5.large', ['spot:ml.m5.xlarge', 'spot:ml.m5.4xlarge'], ['spot:ml.m5.xlarge', 'spot:ml.m5.4xlarge']],
    ['ml.g5.xlarge', ['spot:ml.g5.xlarge:2', 'on-demand:ml.g5.xlarge'], []],
    ['ml.g5.xlarge', ['spot:ml.p3.16xlarge', 'spot:ml.g5n.2xlarge'], []],
    ['ml.c5.18xlarge', ['spot:ml.c5.metal'], []],
  ])('on %s, of the ladder %j: %j', (from, ladder, expected) => {
    expect(bigger(from, ladder)).toEqual(expected);
  });

  const outOfMemoryOn = (rung: number): AttemptPlan => ({ rung, outcome: anOutcome({ failure: OUT_OF_MEMORY }) });
  const GROWING = aRun({}, { capacity: [SPOT, 'spot:ml.g5.2xlarge', 'spot:ml.g5.4xlarge'] });
  const inQuestion = (...attempts: readonly AttemptPlan[]) =>
    rungStates(aHistory(GROWING, attempts), 'spot').map(({ rung }) => rung);

  it('is asked for once only: what takes all of a bigger machine too is leaking', () => {
    expect(mayMoveToMoreMemory(aHistory(GROWING, [outOfMemoryOn(0)]))).toBe(true);
    expect(mayMoveToMoreMemory(aHistory(GROWING, [outOfMemoryOn(0), outOfMemoryOn(1)]))).toBe(false);
  });

  it('is bigger than all that ran out of memory, whatever else failed where', () => {
    expect(inQuestion(outOfMemoryOn(1), outOfMemoryOn(0))).toEqual([2]);
    expect(inQuestion(outOfMemoryOn(0), { rung: 1, outcome: anOutcome({ failure: 'Interruption' }) })).toEqual([1, 2]);
    expect(inQuestion(outOfMemoryOn(0), { rung: 1, outcome: anOutcome() })).toEqual([1, 2]);
  });

  it('is any of them where none is bigger', () => {
    expect(inQuestion(outOfMemoryOn(2))).toEqual([0, 1, 2]);
    const history = aHistory(GROWING, [outOfMemoryOn(2)]);
    expect(hasOther(history, 0, 'spot')).toBe(true);
    expect(hasOther(history, 0, 'on-demand')).toBe(false);
  });

  it('has none beside it that is too small', () => {
    const run = aRun({}, { capacity: [SPOT, 'spot:ml.g5.2xlarge', ON_DEMAND] });
    const attempts = [{ outcome: anOutcome({ failure: OUT_OF_MEMORY }) }];
    expect(hasOther(aHistory(run), 1, 'on-demand')).toBe(true);
    expect(hasOther(aHistory(run, attempts), 1, 'on-demand')).toBe(false);
  });
});

describe('hasOther', () => {
  it.each([
    [0, 'spot' as const, true],
    [0, 'on-demand' as const, true],
    [2, 'on-demand' as const, false],
  ])('beside rung %p there is another %s: %p', (rung, option, expected) => {
    expect(hasOther(aHistory(RUN), rung, option)).toBe(expected);
  });
});
