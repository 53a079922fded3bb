// The safety net: what no event has brought about, somebody looks for, and nothing else.
import { describe, expect, it } from '@jest/globals';
import { RUN_STATE_CHANGE } from '../../domain/events.ts';
import { SWEEP_STATE_CHANGE } from '../../domain/sweep/events.ts';
import { ANNOUNCEMENTS_MAX, endedRun, REGISTRATION_PATIENCE_SECONDS } from '../../domain/unfinished.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import type { ExecutionDescription } from '../../lambdas/ports.ts';
import { createReconcile, GRACE_SECONDS } from '../../lambdas/reconcile/reconcile.ts';
import { aPipeline } from '../support/builders.ts';
import {
  acceptedRun,
  acceptInput,
  advance,
  aJob,
  completedAttempt,
  plannedAttempt,
  ports,
  START,
  type TestPorts,
} from './support.ts';
import { aSweepIn } from './sweep-support.ts';

const look = (testPorts: TestPorts, changes: Partial<Parameters<typeof createReconcile>[0]> = {}) =>
  createReconcile({ ...testPorts, batches: testPorts.executions, newId: () => 'look', ...changes })({});
const foundBy = async (...args: Parameters<typeof look>) => (await look(...args)).found;
const published = ({ events }: TestPorts) => events.published.map(({ type }) => type);

/** A run that has ended so, its execution over. */
async function endedAs(
  testPorts: TestPorts,
  status: 'SUCCEEDED' | 'FAILED',
  execution: ExecutionDescription | undefined,
): Promise<string> {
  const runId = await completedAttempt(testPorts);
  await createCloseRun(testPorts)({ runId, status, code: 'Code', reason: 'why' });
  testPorts.jobs.current = undefined;
  testPorts.executions.description = execution;
  return runId;
}

describe('a look at everything', () => {
  it('finds nothing where there is nothing, and counts it', async () => {
    const testPorts = ports();

    expect(await look(testPorts)).toEqual({ found: [], openRuns: 0, reason: 'nothing was left to do' });
    expect(testPorts.metrics.runs).toEqual([
      {
        pipeline: 'churn',
        at: START,
        metrics: [
          { name: 'Reconciled', unit: 'Count', value: 0 },
          { name: 'OpenRuns', unit: 'Count', value: 0 },
          { name: 'LongestWait', unit: 'Seconds', value: 0 },
        ],
      },
    ]);
  });

  it('mends the rest where one thing cannot be mended, and says what it was', async () => {
    const testPorts = ports();
    const first = await acceptedRun(testPorts);
    const { runId: second } = await createAcceptRun(testPorts)(acceptInput({}, aPipeline(), '2026-01-01T01:00:00Z'));
    testPorts.executions.description = { status: 'ABORTED' };
    const readRun = testPorts.ledger.readRun.bind(testPorts.ledger);
    testPorts.ledger.readRun = (runId) => (runId === first ? Promise.reject(new TypeError('torn')) : readRun(runId));
    const answer = await look(testPorts);

    expect(new Set(answer.found.map(({ what, name }) => `${what} ${name}`))).toEqual(
      new Set([`failed ${first}`, `run-closed ${second}`]),
    );
    expect(answer.openRuns).toBe(2);
    for (const part of [`failed ${first}: TypeError: torn`, '; ', `run-closed ${second}: `])
      expect(answer.reason).toContain(part);
  });

  it('says also what was thrown that is no error', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    testPorts.executions.describe = () => Promise.reject('throttled');

    expect(await foundBy(testPorts)).toEqual([{ what: 'failed', name: runId, reason: 'throttled' }]);
  });
});

describe('an open run', () => {
  const closed = (runId: string) => [{ what: 'run-closed', name: runId, reason: expect.any(String) }];

  it.each<[string, ExecutionDescription]>([
    ['goes on', { status: 'RUNNING' }],
    ['is to be redriven', { status: 'PENDING_REDRIVE' }],
    ['was stopped a short while ago, so that its event is under way', { status: 'ABORTED', stoppedAt: START }],
  ])('is left alone whose execution %s', async (_, description) => {
    const testPorts = ports();
    await acceptedRun(testPorts);
    await advance(testPorts, GRACE_SECONDS - 1);
    testPorts.executions.description = description;

    expect(await look(testPorts)).toMatchObject({ found: [], openRuns: 1 });
  });

  it('is closed whose execution has been over for ten minutes, or for as long as nobody knows', async () => {
    for (const stoppedAt of [START, undefined]) {
      const testPorts = ports();
      const runId = await acceptedRun(testPorts);
      await advance(testPorts, stoppedAt === undefined ? 0 : GRACE_SECONDS);
      testPorts.executions.description = { status: 'ABORTED', stoppedAt };

      expect(await foundBy(testPorts)).toEqual(closed(runId));
      expect((await testPorts.ledger.readRun(runId))?.end).toMatchObject({ status: 'CANCELLED' });
      expect(published(testPorts)).toEqual([RUN_STATE_CHANGE]);
    }
  });

  it('is closed whose execution nobody knows, once that cannot be a start under way', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    await advance(testPorts, GRACE_SECONDS - 1);
    expect(await foundBy(testPorts)).toEqual([]);
    await advance(testPorts, 1);

    expect(await foundBy(testPorts)).toEqual(closed(runId));
    expect((await testPorts.ledger.readRun(runId))?.end).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('Spotrelay.ExecutionGone: Step Functions knows no such execution'),
    });
  });

  it('may have ended by itself since the list was read: then it is no finding, unless nobody was told', async () => {
    for (const [error, found] of [
      ['Spotrelay.RunFailed', []],
      ['States.Runtime', ['end-announced']],
    ] as const) {
      const testPorts = ports();
      const runId = await endedAs(testPorts, 'FAILED', { status: 'FAILED', error });
      const run = { pipeline: 'churn', runId, executionArn: 'arn', acceptedAt: START };
      testPorts.ledger.openRuns = async () => [run];
      testPorts.ledger.endedRuns = async () => [];

      expect((await foundBy(testPorts)).map(({ what }) => what)).toEqual(found);
    }
  });
});

describe('the longest wait of an open run', () => {
  const waited = async (testPorts: TestPorts, seconds = 1_000) => {
    testPorts.executions.description = { status: 'RUNNING' };
    await advance(testPorts, seconds);
    await look(testPorts);
    return testPorts.metrics.runs.at(-1)?.metrics.at(-1)?.value;
  };

  it('is that of whichever has been without capacity for longest', async () => {
    const testPorts = ports();
    await plannedAttempt(testPorts);
    await advance(testPorts, 400);
    await createAcceptRun(testPorts)(acceptInput({}, aPipeline(), '2026-01-01T01:00:00Z'));

    expect(await waited(testPorts, 600)).toBe(1_000);
  });

  it('is counted from when it was accepted where it has had no attempt yet', async () => {
    const testPorts = ports();
    await acceptedRun(testPorts);

    expect(await waited(testPorts)).toBe(1_000);
  });

  it('is nothing while its job trains', async () => {
    const testPorts = ports();
    const { jobName } = await plannedAttempt(testPorts);
    testPorts.jobs.current = aJob(jobName);

    expect(await waited(testPorts)).toBe(0);
  });

  it('does not ask for the job of an attempt that has ended', async () => {
    const testPorts = ports();
    await completedAttempt(testPorts);
    testPorts.jobs.describe = () => Promise.reject(new Error('nobody has asked for it'));

    expect(await waited(testPorts)).toBe(1_000);
  });

  it('is nothing where it cannot be found out, and where it has ended meanwhile', async () => {
    const testPorts = ports();
    await plannedAttempt(testPorts);
    testPorts.jobs.describe = () => Promise.reject(new Error('throttled'));
    expect(await waited(testPorts)).toBe(0);

    const others = ports();
    const runId = await endedAs(others, 'FAILED', { status: 'RUNNING' });
    others.ledger.openRuns = async () => [{ pipeline: 'churn', runId, executionArn: 'arn', acceptedAt: START }];
    expect(await waited(others)).toBe(0);
    others.ledger.openRuns = async () => [{ pipeline: 'churn', runId: 'gone', executionArn: 'arn', acceptedAt: START }];
    expect(await waited(others)).toBe(0);
  });
});

describe('a run that has ended', () => {
  const unconfirmed = async ({ ledger }: TestPorts) => (await ledger.endedRuns('churn')).length;

  it('is left alone for ten minutes, and then confirmed where its execution has told the world', async () => {
    for (const execution of [{ status: 'FAILED', error: 'Spotrelay.RunFailed' }, undefined] as const) {
      const testPorts = ports();
      await endedAs(testPorts, 'FAILED', execution);
      await advance(testPorts, GRACE_SECONDS - 1);
      expect(await foundBy(testPorts)).toEqual([]);
      expect(await unconfirmed(testPorts)).toBe(1);
      await advance(testPorts, 1);

      expect(await foundBy(testPorts)).toEqual([]);
      expect(await unconfirmed(testPorts)).toBe(0);
      expect(published(testPorts)).toEqual([]);
    }
  });

  it('is announced whose execution broke before it could do so, once that is long enough ago', async () => {
    const testPorts = ports();
    const runId = await endedAs(testPorts, 'FAILED', {
      status: 'FAILED',
      error: 'States.Runtime',
      stoppedAt: START + 60,
    });
    await advance(testPorts, GRACE_SECONDS);
    expect(await foundBy(testPorts)).toEqual([]);
    expect(await unconfirmed(testPorts)).toBe(1);
    await advance(testPorts, 60);

    expect(await foundBy(testPorts)).toEqual([
      {
        what: 'end-announced',
        name: runId,
        reason: 'the execution ended before it had announced the end of its run',
      },
    ]);
    expect(testPorts.events.published).toMatchObject([{ type: RUN_STATE_CHANGE, detail: { status: 'FAILED' } }]);
    expect(await unconfirmed(testPorts)).toBe(0);
  });

  it('is on the list a moment before its end can be read: the next look will see it', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    testPorts.executions.description = { status: 'RUNNING' };
    testPorts.ledger.endedRuns = async () => [endedRun({ pipeline: 'churn', runId, endedAt: START })];
    await advance(testPorts, GRACE_SECONDS);

    expect(await foundBy(testPorts)).toEqual([]);
  });

  it('with a model is confirmed once that is in the registry, or was refused', async () => {
    const testPorts = ports();
    const runId = await endedAs(testPorts, 'SUCCEEDED', { status: 'SUCCEEDED' });
    await advance(testPorts, GRACE_SECONDS);
    await look(testPorts);
    expect(await unconfirmed(testPorts)).toBe(1);
    await testPorts.ledger.recordRegistration({ runId, status: 'rejected', reason: 'too bad', at: START });

    expect(await foundBy(testPorts)).toEqual([]);
    expect(await unconfirmed(testPorts)).toBe(0);
  });

  it('with a model is announced again until that is registered, after ever longer pauses', async () => {
    const testPorts = ports();
    const runId = await endedAs(testPorts, 'SUCCEEDED', { status: 'SUCCEEDED' });
    await advance(testPorts, REGISTRATION_PATIENCE_SECONDS - 1);
    expect(await foundBy(testPorts)).toEqual([]);
    await advance(testPorts, 1);
    expect(await foundBy(testPorts)).toEqual([
      { what: 'end-announced', name: runId, reason: 'its model is neither registered nor rejected' },
    ]);
    expect(await testPorts.ledger.endedRuns('churn')).toEqual([
      { pipeline: 'churn', runId, endedAt: START, repeatCount: 1, repeatedAt: START + REGISTRATION_PATIENCE_SECONDS },
    ]);
    await advance(testPorts, 2 * REGISTRATION_PATIENCE_SECONDS - 1);
    expect(await foundBy(testPorts)).toEqual([]);
    await advance(testPorts, 1);
    expect(await foundBy(testPorts)).toHaveLength(1);
    expect(published(testPorts)).toEqual([RUN_STATE_CHANGE, RUN_STATE_CHANGE]);
  });

  it('with a model is given up after seven announcements more', async () => {
    const testPorts = ports();
    const runId = await endedAs(testPorts, 'SUCCEEDED', { status: 'SUCCEEDED' });
    const ended = { pipeline: 'churn', runId, endedAt: START, repeatCount: ANNOUNCEMENTS_MAX };
    await testPorts.ledger.updateEndedRun(ended);
    await advance(testPorts, GRACE_SECONDS);

    expect(await foundBy(testPorts)).toEqual([
      {
        what: 'registration-given-up',
        name: runId,
        reason:
          'announced 8 times, and its model is still neither registered nor rejected: see the executions of the registration',
      },
    ]);
    expect(await unconfirmed(testPorts)).toBe(0);
    expect(published(testPorts)).toEqual([]);
  });
});

describe('a job under way', () => {
  const named = (testPorts: TestPorts, jobName: string, changes: object = {}): void => {
    testPorts.jobs.current = aJob(jobName, changes);
  };

  it('of an open run is left alone', async () => {
    const testPorts = ports();
    const { jobName } = await plannedAttempt(testPorts);
    testPorts.executions.description = { status: 'RUNNING' };
    await advance(testPorts, 9_999);
    named(testPorts, jobName);

    expect(await foundBy(testPorts)).toEqual([]);
    expect(testPorts.jobs.stopped).toEqual([]);
  });

  it('of a run that ended ten minutes ago is stopped, and it is written down why before', async () => {
    const testPorts = ports();
    const runId = await endedAs(testPorts, 'FAILED', { status: 'FAILED', error: 'Spotrelay.RunFailed' });
    named(testPorts, `${runId}-002`);
    await advance(testPorts, GRACE_SECONDS - 1);
    expect(await foundBy(testPorts)).toEqual([]);
    await advance(testPorts, 1);

    expect(await foundBy(testPorts)).toEqual([
      { what: 'job-stopped', name: `${runId}-002`, reason: 'its run has ended' },
    ]);
    expect(testPorts.jobs.stopped).toEqual([`${runId}-002`]);
    expect((await testPorts.ledger.readRun(runId))?.stopIntents).toMatchObject([
      {
        jobName: `${runId}-002`,
        reason: 'run-closed',
        explanation: 'its run has ended',
        by: 'reconcile',
        at: START + GRACE_SECONDS,
      },
    ]);
  });

  it('of a run that the ledger does not know is stopped ten minutes after it was created', async () => {
    const testPorts = ports();
    named(testPorts, 'churn--0123456789-001');
    await advance(testPorts, GRACE_SECONDS - 1);
    expect(await foundBy(testPorts)).toEqual([]);
    await advance(testPorts, 1);

    expect(await foundBy(testPorts)).toMatchObject([{ what: 'job-stopped', reason: 'the ledger has no such run' }]);
  });

  it.each<[string, string, object]>([
    ['is called like no job of a run, and says of none that it is its own', 'churn--by-hand', { runId: undefined }],
    ['carries the id of another run, whatever it is called', 'churn--0123456789-001', { runId: 'somebody-else' }],
    ['has ended since the list was read', 'churn--0123456789-001', { status: 'Completed' }],
  ])('is left alone that %s', async (_, jobName, changes) => {
    const testPorts = ports();
    await advance(testPorts, 9_999);
    named(testPorts, jobName, changes);
    testPorts.jobs.namesInProgress = async () => [jobName];

    expect(await foundBy(testPorts)).toEqual([]);
    expect(testPorts.jobs.stopped).toEqual([]);
  });

  it('that is gone since the list was read is none', async () => {
    const testPorts = ports();
    testPorts.jobs.namesInProgress = async () => ['churn--0123456789-001'];

    expect(await foundBy(testPorts)).toEqual([]);
  });
});

describe('a sweep', () => {
  it('is closed whose execution has been over for ten minutes, before the runs that it stops', async () => {
    const testPorts = ports();
    const { plan, start } = await aSweepIn(testPorts);
    const { runId } = await start(1);
    testPorts.executions.description = { status: 'ABORTED', stoppedAt: START };
    await advance(testPorts, GRACE_SECONDS - 1);
    expect(await foundBy(testPorts)).toEqual([]);
    await advance(testPorts, 1);

    expect((await foundBy(testPorts)).map(({ what, name }) => [what, name])).toEqual([
      ['sweep-closed', plan.sweepId],
      ['run-closed', runId],
    ]);
    expect(published(testPorts)).toEqual([SWEEP_STATE_CHANGE, RUN_STATE_CHANGE]);
  });

  it('is closed whose execution nobody knows, once that cannot be a start under way', async () => {
    const testPorts = ports();
    const { plan } = await aSweepIn(testPorts);
    await advance(testPorts, GRACE_SECONDS - 1);
    expect(await foundBy(testPorts)).toEqual([]);
    await advance(testPorts, 1);

    expect(await foundBy(testPorts)).toMatchObject([{ what: 'sweep-closed', name: plan.sweepId }]);
    expect(testPorts.events.published).toMatchObject([
      { detail: { status: 'FAILED', reason: expect.stringContaining('Spotrelay.ExecutionGone') } },
    ]);
  });

  it('is left alone while it goes on', async () => {
    const testPorts = ports();
    await aSweepIn(testPorts);
    await advance(testPorts, 9_999);
    testPorts.executions.description = { status: 'RUNNING' };

    expect(await foundBy(testPorts)).toEqual([]);
  });
});

describe('checkpoints whose time is over', () => {
  it('are removed, which is no finding', async () => {
    const testPorts = ports();
    const uri = 's3://artifacts/churn/checkpoints/churn--0123456789/';
    testPorts.objects.put(`${uri}epoch-1`, 'saved');
    const lineageId = 'churn--0123456789';
    await testPorts.ledger.retainCheckpoints({ pipeline: 'churn', lineageId, uri, until: START + 100 });
    await look(testPorts);
    expect(testPorts.objects.get(`${uri}epoch-1`)).toBeDefined();
    await advance(testPorts, 100);

    expect(await foundBy(testPorts)).toEqual([]);
    expect(testPorts.objects.get(`${uri}epoch-1`)).toBeUndefined();
  });
});

describe('requests that wait', () => {
  const waiting = { pipeline: 'churn', executionName: 'next', request: {}, cause: 'a schedule', queuedAt: START };

  it('are started where nothing goes on: the end of a run should have done it', async () => {
    const testPorts = ports();
    await testPorts.triggers.queueRequest(waiting);

    expect(await foundBy(testPorts)).toEqual([
      { what: 'run-started', name: 'churn', reason: 'next waited, and nothing was going on' },
    ]);
    expect(testPorts.executions.started).toEqual(['next']);
  });

  it('go on waiting behind a run that goes on', async () => {
    const testPorts = ports();
    await acceptedRun(testPorts);
    testPorts.executions.description = { status: 'RUNNING' };
    await testPorts.triggers.queueRequest(waiting);

    expect(await foundBy(testPorts)).toEqual([]);
    expect(testPorts.executions.started).toEqual([]);
  });
});

describe('uploads that were collected', () => {
  const collected = async (testPorts: TestPorts, batchId = 'upload-1') => {
    await testPorts.triggers.joinBatch('churn', batchId, START);
    await testPorts.triggers.joinBatch('churn', 'upload-2', START + 60);
  };

  it('are looked at by whoever waits for them to pause: nobody else for ten minutes, or while that goes on', async () => {
    const testPorts = ports();
    await collected(testPorts);
    await advance(testPorts, GRACE_SECONDS - 1);
    expect(await foundBy(testPorts)).toEqual([]);
    await advance(testPorts, 9_999);
    testPorts.executions.description = { status: 'RUNNING' };

    expect(await foundBy(testPorts)).toEqual([]);
    expect(testPorts.executions.started).toEqual([]);
  });

  it('get somebody who waits where there is nobody, once', async () => {
    for (const description of [undefined, { status: 'FAILED' } as const]) {
      const testPorts = ports();
      await collected(testPorts);
      await advance(testPorts, GRACE_SECONDS);
      testPorts.executions.description = description;

      expect(await foundBy(testPorts)).toEqual([
        { what: 'batch-checked', name: 'churn', reason: 'nobody waited for the uploads of upload-1 to pause' },
      ]);
      expect(testPorts.executions.started).toEqual([`upload-1-again-${START + 60}`]);
      expect(await foundBy(testPorts)).toEqual([]);
    }
  });

  it('get one whose name says when the last came, as far as names are long', async () => {
    const testPorts = ports();
    const batchId = `upload-${'x'.repeat(90)}`;
    await collected(testPorts, batchId);
    await advance(testPorts, GRACE_SECONDS);
    const start = testPorts.executions.start.bind(testPorts.executions);
    testPorts.executions.start = async (executionName, input) => {
      expect(input).toEqual({ batchId });
      return start(executionName, input);
    };
    await look(testPorts);

    const [name = ''] = testPorts.executions.started;
    expect(name).toHaveLength(80);
    expect(name).toMatch(new RegExp(`x-again-${START + 60}$`));
  });
});
