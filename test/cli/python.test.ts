// The program of docs/python.md, run as it stands there against a boto3 that answers what a simulated run answered.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simulate } from '../../cli/simulation/simulation.ts';
import { RunStateChange } from '../../domain/events.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { aPipeline, aScenario } from '../support/builders.ts';
import { scratch } from './spotrelay.ts';

const place = scratch();
afterAll(() => place.remove());

const page = readFileSync(join(packageRoot(), 'docs/python.md'), 'utf8');
const [, program = ''] = /```python\n([\s\S]*?)```/.exec(page) ?? [];

/** Only the calls and the parameters that boto3 has for Step Functions; each answer is taken from a list in a file. */
const BOTO3 = `
import json, os

class StepFunctions:
    def __init__(self):
        with open(os.environ["ANSWERS"]) as file:
            self.answers = json.load(file)

    def start_execution(self, *, stateMachineArn, name, input):
        print(json.dumps({"start": json.loads(input), "name": name, "machine": stateMachineArn}))
        return {"executionArn": "arn:run"}

    def describe_execution(self, *, executionArn):
        assert executionArn == "arn:run"
        return self.answers.pop(0)

def client(service):
    assert service == "stepfunctions"
    return StepFunctions()
`;

interface Ended {
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

async function ended(request: unknown): Promise<Ended> {
  const { execution } = await simulate({
    pipeline: aPipeline(),
    scenario: aScenario({}),
    request: request as RunRequest,
  });
  const last = execution?.history.at(-1) as {
    readonly executionSucceededEventDetails?: Ended;
    readonly executionFailedEventDetails?: Ended;
  };
  return last.executionSucceededEventDetails ?? last.executionFailedEventDetails ?? {};
}

function run(answers: readonly unknown[]) {
  const env = { ...process.env, PYTHONPATH: join(place.folder, 'stub'), ANSWERS: join(place.folder, 'answers.json') };
  writeFileSync(env.ANSWERS, JSON.stringify(answers));
  // As it stands, but for the minute between two looks.
  const quick = program.replace('poll_seconds=60', 'poll_seconds=0');
  return spawnSync('python3', ['-c', quick], { env, encoding: 'utf8' });
}

const hasPython = spawnSync('python3', ['--version']).status === 0;
const describeWithPython = hasPython ? describe : describe.skip;

describeWithPython('the program of docs/python.md (needs python3)', () => {
  beforeAll(() => {
    mkdirSync(join(place.folder, 'stub'));
    writeFileSync(join(place.folder, 'stub/boto3.py'), BOTO3);
  });

  it('starts a run with its request, waits for it, and reads model and receipt', async () => {
    const request = { deadline: '36h', expectedTrainingTime: '10h' };
    const { output = '' } = await ended(request);
    const { status, stdout, stderr } = run([{ status: 'RUNNING' }, { status: 'SUCCEEDED', output }]);
    const [start = '', modelUri, summary] = stdout.split('\n');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(start)).toMatchObject({ start: request, name: 'nightly-2026-03-01' });
    expect(modelUri).toBe(RunStateChange.parse(JSON.parse(output)).modelUri);
    expect(summary).toMatch(/^1 attempts, 0 interruptions, attempt 1 on spot:ml\.g5\.xlarge completed/);
  });

  it('says why a run ended without a model', async () => {
    const failed = await ended({ deadlin: '36h' });
    const { status, stderr } = run([{ status: 'FAILED', ...failed }]);

    expect(status).toBe(1);
    expect(stderr).toMatch(/RuntimeError: Spotrelay\.RunRejected: deadlin: is not a known field/);
  });
});

describe('the page about Python', () => {
  it('has the program that is run here', () => {
    expect(program).toContain('start_execution');
    expect(program).toContain('poll_seconds=60');
  });
});
