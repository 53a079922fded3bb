import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { SweepReceipt } from '../../domain/sweep/receipt.ts';
import { freshAccount } from '../../domain/sweep/account.ts';
import { leaderboard } from '../../domain/sweep/leaderboard.ts';
import { leaderboardText, progressText } from '../../cli/sweep/text.ts';
import { aSweepAccepted, aTrialResult } from '../support/sweeps.ts';
import { scratch, spotrelay, type Ran } from './spotrelay.ts';

jest.setTimeout(120_000);

const place = scratch();
afterAll(() => place.remove());

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:churn-sweep';
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:churn-sweep:one';

const aRequest = (changes: object = {}) => ({
  search: { method: 'random', trials: 6, parameters: { learning_rate: { kind: 'log', min: 0.001, max: 0.1 } } },
  objective: { metric: 'validation:accuracy', goal: 'maximize' },
  ...changes,
});
const requestFile = (name: string, changes: object = {}) => place.file(name, JSON.stringify(aRequest(changes)));

describe('a rehearsed sweep of the example', () => {
  const out = join(place.folder, 'sweep');
  let ran: Ran;
  let receipt: SweepReceipt;
  let seconds: number;
  beforeAll(async () => {
    const startedAt = performance.now();
    ran = await spotrelay(['sweep', 'rehearse', '--json', '--out', out]);
    seconds = (performance.now() - startedAt) / 1_000;
    receipt = JSON.parse(ran.stdout) as SweepReceipt;
  });

  it('trains twelve real trials, interruptions included, in under two minutes', () => {
    expect(ran.code).toBe(0);
    expect(receipt).toMatchObject({ status: 'SUCCEEDED', trials: { planned: 12, completed: 12 } });
    expect(receipt.interruptionCount).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(120);
  });

  it('continues its survivors from their own checkpoints', () => {
    expect(receipt.rounds.map(({ completed }) => completed)).toEqual([12, 4, 1]);
    const logs = readdirSync(join(out, 'containers')).map((name) => join(out, 'containers', name, 'training.log'));
    const resumed = logs
      .filter((log) => existsSync(log))
      .filter((log) => readFileSync(log, 'utf8').includes('resumed from epoch 120'));
    expect(resumed.length).toBeGreaterThanOrEqual(1);
  });

  it('leaves its receipt, and the models in the local bucket', () => {
    expect(JSON.parse(readFileSync(join(out, 'receipt.json'), 'utf8'))).toEqual(receipt);
    expect(existsSync(join(out, 's3/rehearsal/models/sweeps', receipt.sweepId, 'receipt.json'))).toBe(true);
  });
});

describe('a simulated sweep', () => {
  it('says what it would take, cost and save', async () => {
    const ran = await spotrelay(['sweep', 'simulate', requestFile('six.json'), '--training-time', '2h']);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/SUCCEEDED[\s\S]*trials +6 of 6[\s\S]*saved +\d+ %[\s\S]*rank +trial/);
  });

  it('leaves a page about it', async () => {
    const report = join(place.folder, 'pages/sweep.html');
    const ran = await spotrelay(['sweep', 'simulate', requestFile('paged.json'), '--report', report]);
    expect(ran.code).toBe(0);
    expect(readFileSync(report, 'utf8')).toMatch(/^<!doctype html>[\s\S]*Leaderboard[\s\S]*Trials over time/);
  });

  it('is the same for the same seed', async () => {
    const file = requestFile('same.json');
    const [one, other] = await Promise.all([1, 2].map(() => spotrelay(['sweep', 'simulate', '--json', file])));
    expect(one?.stdout).toBe(other?.stdout);
  });

  it.each([
    ['a file that is not there', ['nope.json'], 'nope.json'],
    ['an unknown field', [requestFile('typo.json', { budjet: 1 })], 'budjet: is not a known field'],
    ['a time that is none', [requestFile('time.json'), '--training-time', 'long'], '--training-time'],
    ['a budget that pays for no trial', [requestFile('poor.json', { budget: { usd: 1 } })], 'pays for no trial'],
  ])('refuses %s', async (_, args, message) => {
    const ran = await spotrelay(['sweep', 'simulate', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(message);
  });
});

describe('a tuning job', () => {
  it('is converted into a request that can be simulated', async () => {
    const tuning = {
      HyperParameterTuningJobConfig: {
        Strategy: 'Bayesian',
        HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'auc' },
        ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2 },
        ParameterRanges: { ContinuousParameterRanges: [{ Name: 'x', MinValue: '0', MaxValue: '1' }] },
      },
    };
    const converted = await spotrelay(['sweep', 'convert', place.file('tuning.json', JSON.stringify(tuning))]);
    expect(converted).toMatchObject({ code: 0, stderr: expect.stringContaining('note: a Bayesian search') });
    const ran = await spotrelay(['sweep', 'simulate', place.file('converted.json', converted.stdout)]);
    expect(ran.stdout).toContain('4 of 4');
  });
});

describe('a deployed sweep', () => {
  interface Call {
    readonly action: string;
    readonly body: Record<string, unknown>;
  }

  async function withStepFunctions(
    args: readonly string[],
    answers: Readonly<Record<string, object>> = {},
  ): Promise<{ readonly ran: Ran; readonly calls: readonly Call[] }> {
    const calls: Call[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
        calls.push({ action, body: JSON.parse(text) as Record<string, unknown> });
        response.setHeader('content-type', 'application/x-amz-json-1.0');
        const answer =
          answers[action] ?? (action === 'StartExecution' ? { executionArn: EXECUTION, startDate: 0 } : {});
        if ('__type' in answer) response.statusCode = 400;
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('listens on a port');
    process.env['AWS_ACCESS_KEY_ID'] = 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
    try {
      return { ran: await spotrelay([...args, '--endpoint-url', `http://127.0.0.1:${address.port}`]), calls };
    } finally {
      server.close();
    }
  }

  it('is started with the request, defaults filled in', async () => {
    const { ran, calls } = await withStepFunctions([
      'sweep',
      'start',
      requestFile('start.json'),
      '--state-machine',
      MACHINE,
      '--name',
      'one',
    ]);
    expect(ran).toMatchObject({ code: 0, stdout: `started ${EXECUTION}\n` });
    expect(calls).toMatchObject([{ action: 'StartExecution', body: { stateMachineArn: MACHINE, name: 'one' } }]);
    expect(JSON.parse(String(calls[0]?.body['input']))).toMatchObject({ ...aRequest(), maxConcurrency: 10 });
  });

  it('is stopped with its cause', async () => {
    const { ran, calls } = await withStepFunctions(['sweep', 'cancel', EXECUTION, '--cause', 'enough']);
    expect(ran.code).toBe(0);
    expect(calls).toMatchObject([{ action: 'StopExecution', body: { executionArn: EXECUTION, cause: 'enough' } }]);
  });

  it('says in JSON what is stopped, or goes on', async () => {
    const stopped = await withStepFunctions(['sweep', 'cancel', EXECUTION, '--cause', 'enough', '--json']);
    expect(JSON.parse(stopped.ran.stdout)).toEqual({ executionArn: EXECUTION, cause: 'enough' });
    const redriven = await withStepFunctions(['sweep', 'redrive', EXECUTION, '--json'], {
      DescribeExecution: { status: 'ABORTED', error: 'Spotrelay.SweepCancelled' },
      RedriveExecution: { redriveDate: 0 },
    });
    expect(JSON.parse(redriven.ran.stdout)).toEqual({ executionArn: EXECUTION });
  });

  it('is redriven', async () => {
    const { ran, calls } = await withStepFunctions(['sweep', 'redrive', EXECUTION], {
      DescribeExecution: { status: 'ABORTED', error: 'Spotrelay.SweepCancelled' },
      RedriveExecution: { redriveDate: 0 },
    });
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`redriven ${EXECUTION}`) });
    expect(calls.map(({ action }) => action)).toEqual(['DescribeExecution', 'RedriveExecution']);
  });

  it.each([
    [
      'came to an end of its own',
      { DescribeExecution: { status: 'FAILED', error: 'Spotrelay.SweepFailed', cause: 'NoTrialCompleted' } },
      'Spotrelay.SweepFailed: NoTrialCompleted. Start a new one',
    ],
    [
      'ended too long ago',
      { RedriveExecution: { __type: 'ExecutionNotRedrivable', message: 'Execution redrivable period exceeded' } },
      'Execution redrivable period exceeded',
    ],
  ])('is not redriven where it %s', async (_, answers, message) => {
    const { ran } = await withStepFunctions(['sweep', 'redrive', EXECUTION], answers);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  it.each([
    [
      'start',
      ['start', requestFile('arn.json'), '--state-machine', 'churn-sweep'],
      '--state-machine reads arn:aws:states',
    ],
    ['cancel', ['cancel', 'one'], 'the execution reads arn:aws:states'],
    ['redrive', ['redrive', 'one'], 'the execution reads arn:aws:states'],
    ['watch', ['watch', 'one', '--table', 't'], 'the execution reads arn:aws:states'],
    ['leaderboard', ['leaderboard', EXECUTION], "required option '--table <name>'"],
  ])('%s names what is wrong with its arguments', async (_, args, message) => {
    const ran = await spotrelay(['sweep', ...args]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(message);
  });

  it('is shown while it runs: where it stands and who leads', () => {
    const sweep = aSweepAccepted();
    const account = {
      ...freshAccount(sweep),
      live: 3,
      completed: 2,
      quotas: { 'spot:ml.g5.xlarge': { limit: 2, answeredAt: 0 } },
      spent: { usd: 1, billableSeconds: 7_200 },
      best: { round: 1, trial: 2, runId: 'r', value: 0.91234567 },
    };
    expect(progressText(sweep, account)).toBe(
      '2 of 8 completed; 3 under way; slowed to 2 at once on spot:ml.g5.xlarge by a quota; billed 2 h; best: trial 2 with 0.91235',
    );
    expect(leaderboardText(leaderboard(sweep, [aTrialResult(2, 0.9)]), 'accuracy').split('\n')).toEqual([
      expect.stringMatching(/^rank +trial +round +accuracy +x$/),
      expect.stringMatching(/^ +1 +2 +1 +0\.9 +0\.\d+$/),
    ]);
    expect(leaderboardText([], 'accuracy')).toBe('no trial has completed yet');
  });
});
