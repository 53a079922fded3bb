// The functions of a sweep at their edges: repeated calls, starts that failed, runs that nobody is attached to.
import { describe, expect, it } from '@jest/globals';
import { withDryPool } from '../../domain/sweep/account.ts';
import type { SweepStateChange } from '../../domain/sweep/events.ts';
import { trialExecutionName } from '../../domain/sweep/trial.ts';
import { formatInstant } from '../../domain/time.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { createAcceptSweep } from '../../lambdas/accept-sweep/accept-sweep.ts';
import { createAdmitTrial } from '../../lambdas/admit-trial/admit-trial.ts';
import { createCloseAbandonedSweep, createCloseSweep } from '../../lambdas/close-sweep/close-sweep.ts';
import { createPrepareRegistration } from '../../lambdas/prepare-registration/prepare-registration.ts';
import { createSelectBest } from '../../lambdas/select-best/select-best.ts';
import { createSettleTrial } from '../../lambdas/settle-trial/settle-trial.ts';
import { aPipeline, SPOT } from '../support/builders.ts';
import { aSweepRequest } from '../support/sweeps.ts';
import { advance, aJob, ports, START, type TestPorts } from './support.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:churn-training-run';
const SWEEP_ARN = 'arn:aws:states:us-east-1:000000000000:execution:churn-sweep:one';
const pipeline = aPipeline();

const acceptInput = (request: unknown = aSweepRequest()) => ({
  pipeline,
  request,
  execution: { arn: SWEEP_ARN, name: 'one', startedAt: new Date(START * 1_000).toISOString() },
});

async function aSweepIn(testPorts: TestPorts) {
  const plan = await createAcceptSweep(testPorts)(acceptInput());
  if (plan.next !== 'trials') throw new Error(plan.reason);
  const lines = (await testPorts.objects.readText(`s3://${plan.trials.bucket}/${plan.trials.key}`)) ?? '';
  const items = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { trial: number; hyperParameters: Record<string, string> });
  const key = (trial: number) => ({ sweepId: plan.sweepId, round: 1, trial });
  const admit = (trial: number, asked = 0) =>
    createAdmitTrial(testPorts)({ key: key(trial), item: items[trial - 1], asked, stateMachineArn: MACHINE });
  const settle = (trial: number, asked = 0, task: object = {}) =>
    createSettleTrial(testPorts)({ key: key(trial), stateMachineArn: MACHINE, asked, task });
  /** The run that an admitted trial starts. */
  const start = async (trial: number) => {
    const admission = await admit(trial);
    if (admission.verdict !== 'start') throw new Error(admission.reason);
    const name = admission.executionName;
    const arn = `${MACHINE.replace(':stateMachine:', ':execution:')}:${name}`;
    const startedAt = new Date(START * 1_000).toISOString();
    return createAcceptRun(testPorts)({ pipeline, request: admission.request, execution: { arn, name, startedAt } });
  };
  return { plan, items, key, admit, settle, start };
}

describe('accept-sweep', () => {
  it('writes the trials where the map reads them, and answers a repeated call the same', async () => {
    const testPorts = ports();
    const { plan, items } = await aSweepIn(testPorts);
    expect(items).toHaveLength(8);
    expect(items[0]).toEqual({ trial: 1, hyperParameters: { x: expect.stringMatching(/^0\./) } });
    expect(plan).toMatchObject({ round: 1, maxConcurrency: 4, results: { bucket: 'artifacts' } });
    await advance(testPorts, 60);
    expect(await createAcceptSweep(testPorts)(acceptInput())).toEqual(plan);
  });

  it('says what is wrong, ready for the bus', async () => {
    const answer = await createAcceptSweep(ports())(acceptInput({}));
    expect(answer).toMatchObject({ next: 'rejected', announcement: { status: 'REJECTED', leaderboard: [] } });
  });
});

describe('admit-trial', () => {
  it('admits the same trial again after a lost reply, and reserves once', async () => {
    const testPorts = ports();
    const { plan, admit } = await aSweepIn(testPorts);
    const first = await admit(1);
    expect(await admit(1)).toEqual(first);
    expect((await testPorts.sweeps.readSweep(plan.sweepId))?.account).toMatchObject({ live: 1, started: 1 });
  });

  it('looks at the probe of a dry pool while others wait, and lets them in when it trains', async () => {
    const testPorts = ports();
    const { plan, admit, start, key } = await aSweepIn(testPorts);
    await testPorts.sweeps.updateAccount(plan.sweepId, (account) => withDryPool(account, SPOT, START));
    expect(await admit(1)).toMatchObject({ verdict: 'wait' });
    await advance(testPorts, 901);
    const { runId } = await start(1);
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({ probes: SPOT });
    expect(await admit(2, 1)).toMatchObject({ verdict: 'wait' });
    const history = await testPorts.ledger.readRun(runId);
    const [capacity] = history?.run.ladder ?? [];
    if (capacity === undefined) throw new Error('no ladder');
    const jobName = `${runId}-001`;
    const attempt = {
      runId,
      number: 1,
      jobName,
      rung: 0,
      capacity,
      plannedAt: START,
      reason: '',
      maxRuntimeSeconds: 60,
    };
    await testPorts.ledger.planAttempt(attempt);
    testPorts.jobs.current = aJob(jobName, { secondaryStatus: 'Starting' });
    expect(await admit(2, 1)).toMatchObject({ verdict: 'wait' });
    testPorts.jobs.current = aJob(jobName);
    await admit(2, 1);
    expect(await admit(2, 2)).toMatchObject({ verdict: 'start' });
  });
});

describe('settle-trial', () => {
  it('repeats a start that failed, and calls it a failure in the end', async () => {
    const { admit, settle } = await aSweepIn(ports());
    await admit(1);
    const task = { error: 'StepFunctions.ExecutionLimitExceededException', cause: 'too many' };
    expect(await settle(1, 0, task)).toMatchObject({ verdict: 'again', waitSeconds: 30 });
    expect(await settle(1, 8, task)).toMatchObject({
      verdict: 'settled',
      result: { outcome: 'failed', code: 'NotStarted' },
    });
  });

  it('waits for a run that goes on, however long', async () => {
    const testPorts = ports();
    const { start, settle } = await aSweepIn(testPorts);
    await start(1);
    testPorts.executions.description = { status: 'RUNNING' };
    expect(await settle(1, 500)).toMatchObject({ verdict: 'wait', waitSeconds: 900 });
  });

  it('waits a while for the end of a run whose execution is over, and releases what was reserved', async () => {
    const testPorts = ports();
    const { plan, start, settle } = await aSweepIn(testPorts);
    await start(1);
    testPorts.executions.description = { status: 'ABORTED' };
    expect(await settle(1, 3)).toMatchObject({ verdict: 'wait' });
    expect(await settle(1, 60)).toMatchObject({ verdict: 'settled', result: { outcome: 'failed', code: 'ABORTED' } });
    expect((await testPorts.sweeps.readSweep(plan.sweepId))?.account).toMatchObject({
      live: 0,
      failed: 1,
      reserved: { usd: 0, billableSeconds: 0 },
    });
  });

  it('says again under which name a stopped trial goes on, where the first reply was lost', async () => {
    const testPorts = ports();
    const { admit, settle, key } = await aSweepIn(testPorts);
    await admit(1);
    testPorts.executions.description = { status: 'ABORTED' };
    const taken = { error: 'StepFunctions.ExecutionAlreadyExistsException', cause: 'the name is taken' };
    const first = await settle(1, 0, taken);
    expect(first).toMatchObject({ verdict: 'anew', reason: expect.stringMatching(/-r1-t00001-2$/) });
    // Of the new name there is no execution yet.
    testPorts.executions.description = undefined;
    expect(await settle(1, 0, taken)).toEqual(first);
    expect(await testPorts.sweeps.readTrialStart(key(1))).toMatchObject({ restartCount: 1 });
  });

  it('calls a run that was refused at the door a failed trial, with the reason', async () => {
    const testPorts = ports();
    const { admit, settle } = await aSweepIn(testPorts);
    await admit(1);
    testPorts.executions.description = {
      status: 'FAILED',
      error: 'Spotrelay.RunRejected',
      cause: 'channels: must lie under',
    };
    expect(await settle(1)).toMatchObject({
      result: { outcome: 'failed', code: 'RunRejected', reason: expect.stringContaining('channels: must lie under') },
    });
    testPorts.executions.description = undefined;
    expect(await settle(1)).toMatchObject({ result: { code: 'RunRejected' } });
  });
});

describe('select-best', () => {
  it('does not judge a round whose results it cannot read', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    const input = { sweepId: plan.sweepId, round: 1, manifest: { Bucket: 'artifacts', Key: 'nothing.json' } };
    await expect(createSelectBest(testPorts)(input)).rejects.toThrow('s3://artifacts/nothing.json is not there');
  });
});

describe('close-sweep', () => {
  const ended = (status: string) => ({
    'detail-type': 'Step Functions Execution Status Change' as const,
    detail: { executionArn: SWEEP_ARN, status },
  });

  it('closes a sweep whose execution was stopped, and announces it', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    testPorts.executions.description = { status: 'ABORTED', cause: 'enough' };
    expect(await createCloseAbandonedSweep(testPorts)(ended('ABORTED'))).toMatchObject({ action: 'closed' });
    expect(testPorts.events.published).toMatchObject([
      { type: 'Sweep State Change', detail: { sweepId: plan.sweepId, status: 'CANCELLED', leaderboard: [] } },
    ]);
  });

  const stopped = (stoppedAt: number) => ({ status: 'ABORTED' as const, stoppedAt });
  const told = ({ events }: TestPorts) => events.published.map(({ detail }) => (detail as SweepStateChange).endedAt);

  it('writes one end and announces it once, where two calls close a stopped sweep side by side', async () => {
    const testPorts = ports();
    await aSweepIn(testPorts);
    testPorts.executions.description = stopped(START);
    // Both have read that there is no end before either of them writes its own, a second apart.
    const bothHaveRead = Promise.withResolvers<void>();
    let calls = 0;
    const sweeps: TestPorts['sweeps'] = {
      ...testPorts.sweeps,
      endSweep: async (...write) => {
        calls += 1;
        if (calls === 2) bothHaveRead.resolve();
        await bothHaveRead.promise;
        return testPorts.sweeps.endSweep(...write);
      },
    };
    const closeAt = (seconds: number) =>
      createCloseAbandonedSweep({ ...testPorts, sweeps, clock: { now: () => START + seconds } })(ended('ABORTED'));
    const answers = await Promise.all([closeAt(1), closeAt(2)]);
    expect(answers.map(({ action }) => action)).toEqual(['closed', 'ignored']);
    expect(told(testPorts)).toHaveLength(1);
    expect(testPorts.metrics.runs).toHaveLength(1);
  });

  it('announces the end that a call has written which died before it could announce it', async () => {
    const testPorts = ports();
    await aSweepIn(testPorts);
    testPorts.executions.description = stopped(START + 3);
    const events = {
      publish: async () => {
        throw new Error('killed');
      },
    };
    // A clock that is behind: the end is not before the stop for that.
    await expect(createCloseAbandonedSweep({ ...testPorts, events })(ended('ABORTED'))).rejects.toThrow('killed');
    await advance(testPorts, 60);
    expect(await createCloseAbandonedSweep(testPorts)(ended('ABORTED'))).toMatchObject({ action: 'closed' });
    expect(told(testPorts)).toEqual([formatInstant(START + 3)]);
    expect(testPorts.metrics.runs).toHaveLength(1);
  });

  it('has the end of a redriven sweep made again where the one of its stop is written in the same moment', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    testPorts.executions.description = stopped(START);
    const sweeps: TestPorts['sweeps'] = {
      ...testPorts.sweeps,
      readTrialResults: async (sweepId) => {
        await createCloseAbandonedSweep(testPorts)(ended('ABORTED'));
        return testPorts.sweeps.readTrialResults(sweepId);
      },
    };
    await advance(testPorts, 5);
    const clock = { now: () => START + 6 };
    await expect(createCloseSweep({ ...testPorts, sweeps, clock })({ sweepId: plan.sweepId })).rejects.toThrow(
      'was closed as stopped in this moment',
    );
    expect(await createCloseSweep({ ...testPorts, clock })({ sweepId: plan.sweepId })).toMatchObject({
      status: 'FAILED',
      announcement: { code: 'NoTrialCompleted' },
    });
  });

  it('leaves alone what is no sweep, and a sweep that has closed itself', async () => {
    const testPorts = ports();
    expect(await createCloseAbandonedSweep(testPorts)(ended('ABORTED'))).toMatchObject({ action: 'ignored' });
    const { plan } = await aSweepIn(testPorts);
    await createCloseSweep(testPorts)({ sweepId: plan.sweepId });
    testPorts.executions.description = { status: 'FAILED', error: 'Spotrelay.SweepFailed' };
    expect(await createCloseAbandonedSweep(testPorts)(ended('FAILED'))).toMatchObject({ action: 'ignored' });
    expect(testPorts.events.published).toEqual([]);
  });
});

describe('prepare-registration', () => {
  it('rejects the run of a trial that its sweep has not chosen, whoever announces it', async () => {
    const testPorts = ports();
    const { start } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    const registry = { findByRun: async () => undefined };
    expect(await createPrepareRegistration({ ...testPorts, registry })({ detail: { runId } })).toMatchObject({
      verdict: 'reject',
      reason: expect.stringContaining('not the one that it chose'),
    });
  });
});

it('gives a trial the same name and lineage whenever it is asked', () => {
  expect(trialExecutionName({ sweepId: 'churn--0123456789', round: 1, trial: 10_000 })).toHaveLength(27);
});
