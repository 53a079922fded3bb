// One point of a search: its names, its line in a round's file, and how it ended.
import { describe, expect, it } from '@jest/globals';
import {
  executionArnOf,
  pauseSeconds,
  resultWithoutRun,
  shortReason,
  trialExecutionName,
  TrialItem,
  TrialKey,
  trialLineageId,
  trialLines,
  TrialResult,
  TrialStart,
} from '../../../domain/sweep/trial.ts';
import { SPOT } from '../../support/builders.ts';
import { aTrialResult, NOW } from '../../support/sweeps.ts';

const key: TrialKey = { sweepId: 'churn--0123456789', round: 2, trial: 7 };

describe('the names of a trial', () => {
  it('are derived: an execution for each of its rounds, one lineage for all', () => {
    expect(trialExecutionName(key)).toBe('churn--0123456789-r2-t00007');
    expect(trialExecutionName({ ...key, trial: 10_000 })).toBe('churn--0123456789-r2-t10000');
    expect(trialLineageId(key)).toBe('churn--0123456789-t00007');
  });

  it('say where its execution is, from where its machine is', () => {
    const machine = 'arn:aws:states:us-east-1:000000000000:stateMachine:churn-training-run';
    expect(executionArnOf(machine, 'one')).toBe(
      'arn:aws:states:us-east-1:000000000000:execution:churn-training-run:one',
    );
  });
});

describe('the trials of a round', () => {
  const items = [
    { trial: 1, hyperParameters: { x: '0.5' } },
    { trial: 2, hyperParameters: { x: '0.25' } },
  ];

  it('are a line of JSON each', () => {
    expect(trialLines(items)).toBe(
      '{"trial":1,"hyperParameters":{"x":"0.5"}}\n{"trial":2,"hyperParameters":{"x":"0.25"}}\n',
    );
    expect(items.map((item) => TrialItem.parse(item))).toEqual(items);
  });
});

describe('a trial in the ledger', () => {
  const spending = { billableSeconds: 60, estimatedUsd: 0.1, onDemandUsd: 0.3, interruptionCount: 2, attemptCount: 3 };

  it('is read as it was written, admitted as well as settled', () => {
    const start: TrialStart = {
      ...key,
      executionName: trialExecutionName(key),
      admittedAt: NOW,
      startAt: NOW + 1,
      capacity: [SPOT],
      place: SPOT,
      probes: SPOT,
      reserved: { usd: 2, billableSeconds: 4_000 },
      restartCount: 1,
      before: spending,
    };
    expect(TrialStart.parse(start)).toEqual(start);
    const result = { ...aTrialResult(7, 0.8, 2), ...spending };
    expect(TrialResult.parse(result)).toEqual(result);
  });

  it('has a number and a round, from one', () => {
    expect(TrialKey.parse(key)).toEqual(key);
    for (const wrong of [{ round: 0 }, { trial: 0 }])
      expect(TrialKey.safeParse({ ...key, ...wrong }).success).toBe(false);
  });

  it('that came to no run has cost nothing, and says why in few words', () => {
    const result = resultWithoutRun(key, 'skipped', 'BudgetUsedUp', 'why '.repeat(100), NOW);
    expect(result).toEqual({
      ...key,
      outcome: 'skipped',
      code: 'BudgetUsedUp',
      reason: 'why '.repeat(75),
      endedAt: NOW,
      billableSeconds: 0,
      interruptionCount: 0,
      attemptCount: 0,
    });
    expect(TrialResult.parse(result)).toEqual(result);
    expect(shortReason('as it is')).toBe('as it is');
  });
});

describe('the pause between two questions about a trial', () => {
  it('is half a minute at first and doubles, up to a quarter of an hour', () => {
    expect([0, 1, 2, 4, 5, 99].map(pauseSeconds)).toEqual([30, 60, 120, 480, 900, 900]);
  });
});
