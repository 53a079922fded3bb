import { describe, expect, it } from '@jest/globals';
import { resumptionOf, speedRatio } from '../../domain/lineage.ts';
import type { Lineage } from '../../domain/resume.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { AcceptedRun, RunEnd } from '../../domain/run.ts';
import {
  aCapacity,
  aHistory,
  anOutcome,
  aPipeline,
  aRefusal,
  aRun,
  NOW,
  ON_DEMAND,
  OTHER_ON_DEMAND,
  SPOT,
  type AttemptPlan,
} from './support.ts';

const PIPELINE = aPipeline();
const RUN = aRun();
const EXHAUSTED: RunEnd = { status: 'EXHAUSTED', code: 'BudgetUsedUp', reason: 'x', endedAt: NOW + 9_000 };

const saved = (savedSeconds: number, checkpointAt: number, trained = savedSeconds): AttemptPlan => ({
  outcome: anOutcome({
    failure: 'Timeout',
    seconds: { trained, billable: trained },
    durable: { savedSeconds, checkpointAt },
  }),
});
const ended = (run: AcceptedRun, attempts: readonly AttemptPlan[], end = EXHAUSTED): RunHistory => ({
  ...aHistory(run, attempts),
  end,
});
const resumption = (
  runs: readonly [RunHistory, ...RunHistory[]],
  checkpoint: Lineage['checkpoint'] = {},
  run: Pick<AcceptedRun, 'ladder' | 'job'> = RUN,
) => resumptionOf({ resumed: runs[0], runs, checkpoint }, run, PIPELINE);

describe('what a run goes on from', () => {
  it('is named with how it ended', () => {
    expect(resumption([ended(RUN, [])])).toMatchObject({ runId: RUN.runId, status: 'EXHAUSTED', code: 'BudgetUsedUp' });
  });

  it('is what all runs of the lineage came to that ended, those left out that were turned away', () => {
    const one = ended(RUN, [saved(600, NOW), saved(300, NOW)]);
    const other = ended(RUN, [saved(100, NOW)]);
    const rejected = ended(RUN, [saved(7, NOW)], { ...EXHAUSTED, status: 'REJECTED' });
    const { end: _, ...live } = other;
    expect(resumption([one, rejected, other, live])).toMatchObject({
      runCount: 2,
      attemptCount: 3,
      trainedSeconds: 1_000,
      billableSeconds: 1_000,
      estimatedUsd: expect.closeTo((1_000 * 1.408) / 3_600, 9) as unknown as number,
    });
  });

  it('has no price where one of its runs has none', () => {
    const unpriced = ended({ ...RUN, ladder: [aCapacity('spot:ml.t3.medium')] }, [saved(100, NOW)]);
    expect(resumption([ended(RUN, [saved(600, NOW)]), unpriced])).not.toHaveProperty('estimatedUsd');
  });
});

describe('the work that the newest checkpoint holds', () => {
  const newestAt = NOW + 5_000;
  const workOf = (
    runs: readonly [RunHistory, ...RunHistory[]],
    checkpoint: Lineage['checkpoint'] = { newestAt },
    run?: Pick<AcceptedRun, 'ladder' | 'job'>,
  ) => resumption(runs, checkpoint, run).work;

  it('is none where there is no checkpoint, whatever was saved once', () => {
    expect(workOf([ended(RUN, [saved(600, NOW)])], {})).toStrictEqual({ savedSeconds: 0 });
  });

  it('is what the attempts saved whose checkpoint, or a later one, is still there', () => {
    const attempts = [saved(600, NOW + 1_000), saved(300, newestAt), saved(100, newestAt + 1)];
    expect(workOf([ended(RUN, attempts)])).toStrictEqual({ checkpointAt: newestAt, savedSeconds: 900 });
    expect(workOf([ended(RUN, [{ outcome: aRefusal('Capacity') }, saved(50, NOW)])]).savedSeconds).toBe(50);
  });

  it('counts at the speed of the rung that saved it', () => {
    const fast = { ...RUN, ladder: [aCapacity(SPOT, { relativeSpeed: 3 }), aCapacity(ON_DEMAND)] };
    expect(workOf([ended(fast, [saved(600, NOW)])]).savedSeconds).toBe(1_800);
  });

  it('is with it what the last run found, unless the checkpoints are older than that', () => {
    const found = (checkpointAt: number): AcceptedRun => ({
      ...RUN,
      resumes: { ...resumption([ended(RUN, [])]), work: { savedSeconds: 1_000, checkpointAt } },
    });
    expect(workOf([ended(found(NOW), [saved(600, NOW + 1_000)])]).savedSeconds).toBe(1_600);
    expect(workOf([ended(found(newestAt + 1), [saved(600, NOW + 1_000)])]).savedSeconds).toBe(600);
    expect(workOf([ended(RUN, [saved(9, NOW)]), ended(found(NOW), [])]).savedSeconds).toBe(1_000);
  });

  it('keeps what the script has told, as long as its task is the same', () => {
    const told = { newestAt, fraction: 0.5 };
    const changing = (job: Partial<AcceptedRun['job']>) => ({ ...RUN, job: { ...RUN.job, ...job } });
    const after = (job: Partial<AcceptedRun['job']>) => workOf([ended(RUN, [saved(600, NOW)])], told, changing(job));
    expect(after({}).fraction).toBe(0.5);
    expect(after({ image: 'another:2', environment: { hyperParameters: 'no' } }).fraction).toBe(0.5);
    for (const job of [{ hyperParameters: { lr: '1' } }, { arguments: ['--fast'] }, { channels: {} }])
      expect(after(job)).toStrictEqual({ checkpointAt: newestAt, savedSeconds: 600 });
    expect(workOf([ended(RUN, [saved(600, NOW)])])).not.toHaveProperty('fraction');
  });
});

describe('what has changed since the last training', () => {
  const withLr = (lr: string): AcceptedRun => ({ ...RUN, job: { ...RUN.job, hyperParameters: { lr } } });

  it('is told by name, against the last run of the lineage that trained', () => {
    const trained = ended(withLr('1'), [saved(600, NOW)]);
    const idle = ended(withLr('2'), []);
    expect(resumption([trained, idle], {}, withLr('1')).changed).toEqual([]);
    expect(resumption([trained, idle], {}, withLr('2')).changed).toEqual(['hyperParameters.lr']);
    expect(resumption([idle], {}, withLr('3')).changed).toEqual(['hyperParameters.lr']);
  });

  it('is whatever the training is given: image, words, variables, hyperparameters and data', () => {
    const { job } = RUN;
    const changes = (fresh: Partial<typeof job>, old: Partial<typeof job> = {}) =>
      resumption(
        [ended({ ...RUN, job: { ...job, ...old } }, [saved(1, NOW)])],
        {},
        { ...RUN, job: { ...job, ...fresh } },
      ).changed;
    expect(changes({})).toEqual([]);
    expect(changes({ entryPoint: [], arguments: [] })).toEqual([]);
    expect(changes({ image: 'another:2' })).toEqual(['image']);
    expect(changes({ entryPoint: ['a', 'b'] }, { entryPoint: ['ab'] })).toEqual(['entryPoint']);
    expect(changes({ arguments: ['a', 'b'] }, { arguments: ['ab'] })).toEqual(['arguments']);
    expect(changes({ environment: { A: '1' } })).toEqual(['environment.A']);
    expect(changes({}, { environment: { A: '1' } })).toEqual(['environment.A']);
    const other = { uri: 's3://data/other/', inputMode: 'File' as const, distribution: 'FullyReplicated' as const };
    expect(changes({ channels: { train: other } })).toEqual(['channels.train']);
  });
});

describe('speedRatio', () => {
  const [slow, fast] = [aCapacity(ON_DEMAND), aCapacity(OTHER_ON_DEMAND, { relativeSpeed: 4 })];

  it.each([
    ['1 on the same machine, whatever it is called fast', [aCapacity(ON_DEMAND, { relativeSpeed: 9 })], [slow], 1],
    ['the ratio of the speeds that the pipeline gives them', [fast], [slow], 4],
    ['and the other way round', [slow], [fast], 0.25],
    [
      'unknown for a machine that the pipeline does not have',
      [aCapacity('on-demand:ml.p3.2xlarge')],
      [slow],
      undefined,
    ],
    ['unknown for one that it has no longer', [slow], [aCapacity('on-demand:ml.p3.2xlarge')], undefined],
    ['unknown for several of a machine of which it has one', [aCapacity(`${ON_DEMAND}:2`)], [slow], undefined],
  ])('is %s', (_, from, to, ratio) => {
    expect(speedRatio(from, to, [slow, fast])).toBe(ratio);
  });
});
