import { describe, expect, it } from '@jest/globals';
import type { AttemptOutcome } from '../../domain/attempt.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import { comparableRuns, trainingTimeOf, usefulSeconds, workloadOf } from '../../domain/training-time.ts';
import { settledAttempts } from '../../domain/run-history.ts';
import {
  aCapacity,
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

const trained = (seconds: number, lost = 0): AttemptOutcome => anOutcome({ seconds: { trained: seconds, lost } });
const RUN = aRun();
const SUCCEEDED: RunEnd = { status: 'SUCCEEDED', code: 'Completed', reason: 'done', endedAt: NOW + 9_000 };

describe('the useful seconds of a run', () => {
  it.each<[string, readonly AttemptPlan[], number]>([
    ['nothing before anything was trained', [], 0],
    ['what one attempt trained', [{ outcome: trained(3_600) }], 3_600],
    [
      'each piece of work once: what was lost does not count',
      [{ outcome: trained(3_600, 600) }, { outcome: trained(1_000) }],
      4_000,
    ],
    ['nothing of a refused attempt', [{ outcome: aRefusal('Capacity') }, { outcome: trained(500) }], 500],
    ['never less than nothing, though a loss was estimated too high', [{ outcome: trained(60, 300) }], 0],
    ['nothing of an attempt under way', [{ outcome: trained(500) }, {}], 500],
  ])('are %s', (_, attempts, seconds) => {
    expect(usefulSeconds(RUN, settledAttempts(aHistory(RUN, attempts)))).toBe(seconds);
  });

  it('are those of the reference rung: half as many for work done at half its speed', () => {
    const run = { ...RUN, ladder: [aCapacity(SPOT, { relativeSpeed: 0.5 }), aCapacity(ON_DEMAND)] };
    const attempts = settledAttempts(
      aHistory(run, [{ outcome: trained(3_600) }, { rung: 1, outcome: trained(1_000) }]),
    );
    expect(usefulSeconds(run, attempts)).toBe(2_800);
    const faster = { ladder: [aCapacity(SPOT), aCapacity(ON_DEMAND, { relativeSpeed: 2 })] };
    expect(usefulSeconds(faster, settledAttempts(aHistory(RUN, [{ outcome: trained(3_600) }])))).toBe(1_800);
  });
});

describe('what a run leaves for later estimates', () => {
  it('is its useful seconds, when it has a model', () => {
    const history = aHistory(RUN, [{ outcome: trained(4_000, 400) }]);
    expect(trainingTimeOf(history, SUCCEEDED)).toEqual({
      pipeline: 'churn',
      runId: RUN.runId,
      workload: workloadOf(RUN),
      seconds: 3_600,
      endedAt: SUCCEEDED.endedAt,
    });
  });

  it.each<[string, Partial<AcceptedRun>, readonly AttemptPlan[], Partial<RunEnd>]>([
    ['has no model', {}, [{ outcome: trained(4_000) }], { status: 'EXHAUSTED' }],
    ['never trained for a second', {}, [{ outcome: trained(0) }], {}],
    ["began with another run's checkpoint", { lineageId: 'churn--earlier000' }, [{ outcome: trained(4_000) }], {}],
  ])('is nothing when it %s', (_, changes, attempts, end) => {
    expect(trainingTimeOf(aHistory({ ...RUN, ...changes }, attempts), { ...SUCCEEDED, ...end })).toBeUndefined();
  });
});

describe('a training of one second', () => {
  it('is one to learn from, and of less nothing is', () => {
    const after = (seconds: number) => trainingTimeOf(aHistory(RUN, [{ outcome: trained(seconds) }]), SUCCEEDED);
    expect(after(1)?.seconds).toBe(1);
    expect(after(0.9)).toBeUndefined();
  });
});

describe('the runs that a run is compared with', () => {
  const time = (runId: string, workload: string) => ({ pipeline: 'churn', runId, workload, seconds: 60, endedAt: NOW });
  const earlier = [time('churn--1', workloadOf(RUN)), time('churn--2', 'other'), time('churn--3', workloadOf(RUN))];

  it('are those of its workload, in their order', () => {
    expect(comparableRuns(earlier, RUN).map(({ runId }) => runId)).toEqual(['churn--1', 'churn--3']);
  });

  it('are none without a rung for which times could be stated', () => {
    expect(comparableRuns(earlier, { ...RUN, ladder: [] })).toEqual([]);
  });
});

describe('the workload of a run', () => {
  const told = (job: Partial<AcceptedRun['job']>, ladder = RUN.ladder) =>
    workloadOf({ ladder, job: { ...RUN.job, ...job } });
  const hyperParameters = { epochs: '20', rate: '0.1' };

  it.each<[string, string]>([
    ['another image', told({ image: 'another:2', hyperParameters })],
    ['other data', told({ channels: {}, hyperParameters })],
    ['hyperparameters in another order', told({ hyperParameters: { rate: '0.1', epochs: '20' } })],
    ['another spot rung', told({ hyperParameters }, [aCapacity(OTHER_SPOT), aCapacity(ON_DEMAND)])],
    ['a list of no arguments', told({ hyperParameters, arguments: [] })],
    ['spot alone, of the same instance type', told({ hyperParameters }, [aCapacity(SPOT)])],
  ])('stays the same with %s', (_, workload) => {
    expect(workload).toBe(told({ hyperParameters }));
  });

  it.each<[string, string]>([
    ['another hyperparameter', told({ hyperParameters: { ...hyperParameters, epochs: '3' } })],
    ['another argument', told({ hyperParameters, arguments: ['--epochs', '3'] })],
    ['an empty argument', told({ hyperParameters, arguments: [''] })],
    ['another reference rung', told({ hyperParameters }, [aCapacity(SPOT), aCapacity('on-demand:ml.p4d.24xlarge')])],
    ['more instances', told({ hyperParameters }, [aCapacity(SPOT), aCapacity(`${ON_DEMAND}:2`)])],
  ])('is another with %s', (_, workload) => {
    expect(workload).not.toBe(told({ hyperParameters }));
  });
});
