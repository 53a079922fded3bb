import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { simulate, type SimulationResult } from '../../cli/simulation/simulation.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import { renderTrainingRun } from '../../statemachines/render.ts';
import { World } from '../../simulator/world.ts';
import { aPipeline, aScenario, ON_DEMAND, SPOT } from '../support/builders.ts';
import {
  executionArn,
  FAKE_ENVIRONMENT,
  fakeAws,
  type FakeAws,
  type FakeExecution,
  type FakeState,
} from './fake-aws.ts';
import { scratch, spotrelay, type Ran } from './spotrelay.ts';

jest.setTimeout(60_000);

const place = scratch();
afterAll(() => place.remove());

const MACHINE = 'churn-training-run';
const REQUEST = { deadline: '12h', expectedTrainingTime: '4h' };
const pipeline = aPipeline({ allowedDataUris: ['s3://uploads/churn/'] });

let interrupted: SimulationResult;
let aws: FakeAws | undefined;

beforeAll(async () => {
  const market = { [SPOT]: [{ at: '2h', available: false }] };
  interrupted = await simulate({ pipeline, scenario: aScenario({ market }), request: REQUEST });
});
afterEach(async () => {
  await aws?.close();
  aws = undefined;
});

const history = () => interrupted.execution?.history ?? [];
const anExecution = (overrides: Partial<FakeExecution> = {}): FakeExecution => ({
  name: 'simulation',
  status: 'SUCCEEDED',
  startedAt: history()[0]?.timestamp ?? '',
  stoppedAt: history().at(-1)?.timestamp ?? '',
  history,
  ...overrides,
});

async function start(executions: FakeExecution[] = [anExecution()], state: Partial<FakeState> = {}): Promise<FakeAws> {
  aws = await fakeAws({
    machines: { [MACHINE]: { definition: renderTrainingRun(pipeline), executions } },
    jobs: interrupted.recording.jobs,
    ...state,
  });
  return aws;
}

const ask = (...args: readonly string[]): Promise<Ran> =>
  spotrelay([...args, '--endpoint-url', aws?.url ?? ''], { env: FAKE_ENVIRONMENT });

/** Its run half way: what was told up to the first look of the watch at a running job. */
function aRunUnderWay(): { execution: FakeExecution; job: JobDescription } {
  const [job] = interrupted.recording.jobs;
  if (job === undefined) throw new Error('the run had no job');
  const events = history();
  const submitted = events.findIndex(({ type }) => type === 'TaskSubmitted');
  const execution = anExecution({ status: 'RUNNING', history: () => events.slice(0, submitted + 1) });
  return { execution, job: { ...job, status: 'InProgress', secondaryStatus: 'Training' } };
}

describe('ls', () => {
  it('lists runs with their ids, and as JSON', async () => {
    await start([anExecution(), anExecution({ name: 'second', status: 'RUNNING' })]);
    const { code, stdout } = await ask('ls');
    const list = JSON.parse((await ask('ls', '--json', '--status', 'running')).stdout) as object[];

    expect(code).toBe(0);
    expect(stdout).toMatch(/churn--[0-9a-f]{10} +SUCCEEDED/);
    expect(stdout).toContain(interrupted.receipt?.runId);
    expect(list).toMatchObject([{ pipeline: 'churn', name: 'second', status: 'RUNNING' }]);
  });
});

describe('describe', () => {
  it('shows where a run stands, by its run id', async () => {
    const { execution, job } = aRunUnderWay();
    await start([execution], { jobs: [job] });
    const { code, stdout } = await ask('describe', interrupted.receipt?.runId ?? '');

    expect(code).toBe(0);
    expect(stdout).toContain('RUNNING');
    expect(stdout).toContain('last       plan:');
    expect(stdout).toMatch(/churn--\S+-001 +spot:ml\.g5\.xlarge +InProgress\/Training/);
  });
});

describe('watch', () => {
  it('tells what happens while it happens, and exits with the outcome', async () => {
    const events = history();
    let looks = 0;
    const execution = anExecution({
      status: 'RUNNING',
      history: () => {
        looks += 1;
        if (looks === 2) execution.status = 'SUCCEEDED';
        return looks === 1 ? events.slice(0, 40) : events;
      },
    });
    await start([execution]);
    const { code, stdout } = await ask('watch', '--pipeline', 'churn', '--interval', '0.1');

    expect(code).toBe(0);
    expect(stdout.match(/ plan +/g)?.length).toBeGreaterThanOrEqual(3);
    expect(stdout).toContain('falling back to On-Demand to make the deadline');
    expect(stdout).toContain('Receipt of churn--');
    expect(stdout.match(/accept +run churn--/g)).toHaveLength(1);
  });

  it('exits with 1 when the run did not succeed', async () => {
    const crashed = await simulate({
      pipeline,
      scenario: aScenario({ script: { failsAfter: '1h' } }),
      request: REQUEST,
    });
    await start([anExecution({ status: 'FAILED', history: () => crashed.execution?.history ?? [] })]);
    const { code, stdout } = await ask('watch', '--pipeline', 'churn');

    expect(code).toBe(1);
    expect(stdout).toContain('FAILED');
  });

  it('leaves the run alone when it is left', async () => {
    const { execution } = aRunUnderWay();
    const { url, calls } = await start([execution]);
    const { code, stderr } = await spotrelay(['watch', '--pipeline', 'churn', '--endpoint-url', url], {
      env: FAKE_ENVIRONMENT,
      signalAfter: { text: 'accept', signal: 'SIGINT' },
    });

    expect(code).toBe(130);
    expect(stderr).toContain('the run goes on');
    expect(calls.filter((call) => call.startsWith('Stop'))).toEqual([]);
  });
});

describe('receipt', () => {
  it('is read from the run, and drawn as a page with the phases of its jobs', async () => {
    await start();
    const page = join(place.folder, 'receipt.html');
    const { code, stdout } = await ask('receipt', executionArn(MACHINE, 'simulation'), '--report', page);

    expect(code).toBe(0);
    expect(stdout).toContain(`Receipt of ${interrupted.receipt?.runId}`);
    expect(readFileSync(page, 'utf8')).not.toContain('transitions of some jobs are not known');
  });

  it('is found beside the model when the execution was stopped', async () => {
    const { execution } = aRunUnderWay();
    const { runId = '' } = interrupted.receipt ?? {};
    await start([{ ...execution, status: 'ABORTED' }], {
      objects: { [`artifacts/churn/models/${runId}/receipt.json`]: JSON.stringify(interrupted.receipt) },
    });
    const { code, stdout } = await ask('receipt', '--pipeline', 'churn', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(interrupted.receipt);
  });

  it('of a run that goes on is not there yet: exit code 5', async () => {
    await start([aRunUnderWay().execution]);
    const { code, stderr } = await ask('receipt', '--pipeline', 'churn');

    expect(code).toBe(5);
    expect(stderr).toContain('spotrelay watch');
  });

  it('in a file needs no account', async () => {
    const file = place.file('receipt.json', JSON.stringify(interrupted.receipt));
    const page = join(place.folder, 'file.html');
    const { code } = await spotrelay(['receipt', file, '--report', page]);

    expect(code).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('transitions of some jobs are not known');
  });
});

describe('cancel', () => {
  it('stops the execution first, then its job, and says what is kept', async () => {
    const { execution, job } = aRunUnderWay();
    const { calls } = await start([execution], { jobs: [job] });
    const { code, stdout } = await ask('cancel', '--pipeline', 'churn');

    expect(code).toBe(0);
    expect(calls.filter((call) => call.startsWith('Stop'))).toEqual([
      'StopExecution simulation',
      `StopTrainingJob ${job.jobName}`,
    ]);
    expect(stdout).toContain(`kept: checkpoints under s3://artifacts/churn/checkpoints/${interrupted.receipt?.runId}/`);
    expect(stdout).toContain('receipt.json');
  });

  it('of a run that has ended stops nothing', async () => {
    const { calls } = await start();
    const { code, stderr } = await ask('cancel', '--pipeline', 'churn');

    expect(code).toBe(3);
    expect(stderr).toContain('already ended SUCCEEDED');
    expect(calls.filter((call) => call.startsWith('Stop'))).toEqual([]);
  });
});

describe('start', () => {
  const args = ['start', '--pipeline', 'churn', '--request', JSON.stringify(REQUEST)];

  it('shows the plan and starts the run', async () => {
    const { calls } = await start([]);
    const { code, stdout } = await ask(...args, '-y', '--name', 'nightly');

    expect(code).toBe(0);
    expect(stdout).toContain('Ladder');
    expect(stdout).toContain('with a 12 h deadline this 4 h job is expected to cost');
    expect(stdout).toContain(`spotrelay watch ${executionArn(MACHINE, 'nightly')}`);
    expect(calls).toContain('StartExecution nightly');
  });

  it('starts nothing where nobody can be asked', async () => {
    const { calls } = await start([]);
    const { code, stderr } = await ask(...args);

    expect(code).toBe(2);
    expect(stderr).toContain('add -y');
    expect(calls).not.toContain('StartExecution nightly');
  });

  it('starts nothing that would be refused', async () => {
    const { calls } = await start([]);
    const { code, stderr } = await ask(
      'start',
      '--pipeline',
      'churn',
      '-y',
      '--request',
      '{"deadline":"1h","expectedTrainingTime":"4h"}',
    );

    expect(code).toBe(2);
    expect(stderr).toContain('cannot be met even On-Demand');
    expect(calls.some((call) => call.startsWith('StartExecution'))).toBe(false);
  });
});

describe('resume', () => {
  /** A world in which a run has used up its budget; what is started in the account is played there. */
  async function exhausted(): Promise<{ readonly calls: readonly string[]; readonly runId: string }> {
    const world = new World({ pipeline, scenario: aScenario() });
    const first = world.startRun({ ...REQUEST, budgetUsd: 2, capacity: [ON_DEMAND] }, 'first');
    await world.run();
    const resumed = world.startRun(
      { resume: await world.ledger.runIdOfExecution(first?.arn ?? ''), budgetUsd: 9 },
      'other',
    );
    await world.run();
    const runId = (await world.ledger.runIdOfExecution(first?.arn ?? '')) ?? '';
    const { calls } = await start(
      [anExecution({ name: 'first', status: 'FAILED', history: () => first?.history ?? [] })],
      {
        jobs: world.sagemaker.all(),
        onStart: (_, input) => {
          started = input;
          return { history: () => resumed?.history ?? [] };
        },
      },
    );
    return { calls, runId };
  }
  let started: unknown;

  it('goes on from a run with what is to be different, and tells what it was accepted as', async () => {
    const { calls, runId } = await exhausted();
    const { code, stdout, stderr } = await ask(
      'resume',
      runId,
      '--request',
      '{"budgetUsd":9}',
      '-y',
      '--name',
      'again',
    );

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(started).toEqual({ budgetUsd: 9, resume: runId });
    expect(calls).toContain('StartExecution again');
    expect(stdout).toContain(`${runId} ended EXHAUSTED (BudgetUsedUp)`);
    expect(stdout).toContain(`goes on from run ${runId} (BudgetUsedUp) from its checkpoint of`);
    expect(stdout).toContain(`spotrelay watch ${executionArn(MACHINE, 'again')}`);
  });

  it('starts nothing where nobody can be asked', async () => {
    const { calls, runId } = await exhausted();
    const { code, stderr } = await ask('resume', runId);

    expect(code).toBe(2);
    expect(stderr).toContain('resuming a run spends money, and nobody is there to be asked: add -y');
    expect(calls.filter((call) => call.startsWith('StartExecution'))).toEqual([]);
  });

  it.each<[string, () => FakeExecution, number, string]>([
    ['a run that has a model', () => anExecution(), 3, 'has succeeded, and its model is trained'],
    ['a run that goes on', () => aRunUnderWay().execution, 5, 'spotrelay extend gives it more'],
    [
      'a run whose end is not written yet',
      () => ({ ...aRunUnderWay().execution, status: 'ABORTED' }),
      5,
      'has no receipt yet: its job may still be stopping',
    ],
  ])('refuses %s', async (_, execution, exitCode, text) => {
    const { calls } = await start([execution()]);
    const { code, stderr } = await ask('resume', '--pipeline', 'churn', '-y');

    expect(code).toBe(exitCode);
    expect(stderr).toContain(text);
    expect(calls.filter((call) => call.startsWith('StartExecution'))).toEqual([]);
  });

  it('says why the new run was refused', async () => {
    const refused = await simulate({ pipeline, scenario: aScenario(), request: { resume: 'churn--0123456789' } });
    const onStart = () => ({ history: () => refused.execution?.history ?? [] });
    const crashed = await simulate({
      pipeline,
      scenario: aScenario({ script: { failsAfter: '1h' } }),
      request: REQUEST,
    });
    await start([anExecution({ status: 'FAILED', history: () => crashed.execution?.history ?? [] })], { onStart });
    const { code, stderr } = await ask('resume', '--pipeline', 'churn', '-y');

    expect(code).toBe(2);
    expect(stderr).toContain('the request was refused: resume: is no run that the ledger knows');
  });
});

describe('extend', () => {
  const EXTENDER = 'churn-extend-run';
  let asked: unknown;

  /** A run under way, and a machine beside it whose executions end so. */
  async function underWay(ends: Partial<FakeExecution>): Promise<FakeAws> {
    const { execution, job } = aRunUnderWay();
    asked = undefined;
    return start([], {
      jobs: [job],
      machines: {
        [MACHINE]: { definition: renderTrainingRun(pipeline), executions: [execution] },
        [EXTENDER]: { definition: {}, executions: [] },
      },
      onStart: (machine, input) => {
        if (machine !== EXTENDER) throw new Error(`nobody asked for ${machine}`);
        asked = input;
        return ends;
      },
    });
  }

  it('gives a run that goes on what it asks for, and tells what the run has now', async () => {
    const { runId } = interrupted.receipt ?? {};
    await underWay({ status: 'SUCCEEDED', output: '{"reason":"run x: deadline a -> b"}' });
    const args = ['--deadline', '20h', '--budget', '80', '--max-runtime', '48h', '--why', 'the release moved'];
    const { code, stdout, stderr } = await ask('extend', runId ?? '', ...args, '-y');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(asked).toEqual({ runId, deadline: '20h', budgetUsd: 80, maxRuntime: '48h', why: 'the release moved' });
    expect(stdout).toBe('run x: deadline a -> b\n');
  });

  it('says why the run was not extended', async () => {
    await underWay({ status: 'FAILED', cause: 'deadline: must be more than 2026-01-02T00:00:00Z' });
    const { code, stderr } = await ask('extend', '--pipeline', 'churn', '--deadline', '1h', '-y');

    expect(code).toBe(2);
    expect(stderr).toContain('the run was not extended: deadline: must be more than');
  });

  it('refuses a run that has ended, with the way on', async () => {
    const { calls } = await start();
    const { code, stderr } = await ask('extend', '--pipeline', 'churn', '--deadline', '20h', '-y');

    expect(code).toBe(3);
    expect(stderr).toContain('spotrelay resume goes on from its checkpoint');
    expect(calls.filter((call) => call.startsWith('StartExecution'))).toEqual([]);
  });

  it.each([
    ['nothing', [], 'add --deadline, --budget or --max-runtime'],
    ['a budget that is no number', ['--budget', 'much'], 'budgetUsd'],
    ['without anybody to ask', ['--budget', '80'], 'add -y'],
  ])('gives %s with exit code 2', async (_, args, text) => {
    await underWay({});
    const { code, stderr } = await ask('extend', '--pipeline', 'churn', ...args);

    expect(code).toBe(2);
    expect(stderr).toContain(text);
    expect(asked).toBeUndefined();
  });
});

describe('what goes wrong on the way', () => {
  it.each([
    [
      'expired credentials',
      { error: { name: 'ExpiredTokenException', message: 'The security token included in the request is expired' } },
      ['ls'],
      'the credentials have expired',
    ],
    [
      'invalid credentials',
      { error: { name: 'UnrecognizedClientException', message: 'The security token is invalid' } },
      ['ls'],
      'the credentials are not valid',
    ],
    [
      'a missing permission',
      { error: { name: 'AccessDeniedException', message: 'not authorized to perform: states:ListStateMachines' } },
      ['ls'],
      'states:ListStateMachines',
    ],
    ['an unknown run', {}, ['describe', executionArn(MACHINE, 'nobody')], 'there is no such run or pipeline here'],
    ['an unknown run id', {}, ['receipt', 'churn--0123456789'], 'there is no run churn--0123456789'],
    ['an unknown pipeline', {}, ['watch', '--pipeline', 'chrun'], 'there are churn'],
  ] as const)('%s ends with exit code 3 and a way out', async (_, state, args, text) => {
    await start([anExecution()], state);
    const { code, stdout, stderr } = await ask(...args);

    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(text);
  });

  it.each([
    [
      'a run in another Region',
      ['describe', executionArn(MACHINE, 'simulation'), '--region', 'eu-west-1'],
      'give --region us-east-1',
    ],
    ['no run at all', ['describe'], 'give an execution ARN'],
    [
      'an ARN of something else',
      ['describe', 'arn:aws:states:us-east-1:000000000000:stateMachine:x'],
      'not the ARN of an execution',
    ],
    ['a status that does not exist', ['ls', '--status', 'gone'], 'SUCCEEDED'],
  ])('%s ends with exit code 2', async (_, args, text) => {
    await start();
    const { code, stderr } = await ask(...args);

    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });

  it('no Region, no credentials and no network are told apart', async () => {
    const nowhere = {
      ...FAKE_ENVIRONMENT,
      AWS_REGION: '',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const noKeys = { ...nowhere, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const closed = ['--endpoint-url', 'http://127.0.0.1:9'];
    const [region, credentials, network] = await Promise.all([
      spotrelay(['ls', ...closed], { env: nowhere }),
      spotrelay(['ls', ...closed], { env: noKeys }),
      spotrelay(['ls', ...closed], { env: FAKE_ENVIRONMENT }),
    ]);

    expect([region.code, credentials.code, network.code]).toEqual([3, 3, 3]);
    expect(region.stderr).toContain('no Region is set');
    expect(credentials.stderr).toContain('no credentials were found');
    expect(network.stderr).toContain('could not be reached');
  });
});
