// This project's own training-run machine over 48 virtual hours. One run of the simulated world gives the answers of the
// functions; the machine is then run with those answers alone, so that what is measured is the engine and not handlers.

import { parseCapacity } from '../domain/capacity.ts';
import { Pipeline } from '../domain/pipeline.ts';
import { VirtualClock } from '../simulator/clock/virtual-clock.ts';
import {
  compile,
  type Execution,
  type Json,
  type Machine,
  startExecution,
  type TaskCall,
} from '../simulator/machine/index.ts';
import { parseScenario } from '../simulator/scenario.ts';
import { World } from '../simulator/world.ts';
import { renderTrainingRun } from '../statemachines/render.ts';

const spot = 'spot:ml.g5.xlarge';
const runSeconds = 48 * 3_600;

const pipeline = Pipeline.parse({
  name: 'bench',
  job: {
    image: '111111111111.dkr.ecr.us-east-1.amazonaws.com/train:1',
    roleArn: 'arn:aws:iam::111111111111:role/bench-training',
    channels: { train: { uri: 's3://data/bench/' } },
    outputUri: 's3://artifacts/bench/models/',
    checkpointUri: 's3://artifacts/bench/checkpoints/',
  },
  capacity: [parseCapacity(spot), parseCapacity('on-demand:ml.g5.xlarge')],
});

export interface Replay {
  readonly attemptCount: number;
  readonly sleepSeconds: number;
  run(): Promise<Execution>;
}

type Answers = ReadonlyMap<string, Json>;

/** Attempts of equal length that fill 48 hours; in each the watch wakes as often as the sleep allows. */
export async function replayOf(attemptCount: number, wakeCount: number): Promise<Replay> {
  const answers = await recordAnswers();
  const machine = compile(renderTrainingRun(pipeline));
  const attemptSeconds = Math.floor(runSeconds / attemptCount);
  // A second more than an exact share, so that the last wake of an attempt does not fall on its end.
  const sleepSeconds = Math.floor(attemptSeconds / (wakeCount / attemptCount + 1)) + 1;
  return {
    attemptCount,
    sleepSeconds,
    run: () => replay({ machine, answers, attemptCount, attemptSeconds, sleepSeconds }),
  };
}

/** What each function answered in a world where the first attempt is interrupted. */
async function recordAnswers(): Promise<Answers> {
  const answers = new Map<string, Json>();
  const scenario = parseScenario({ name: 'bench', script: { trainingTime: '9h' } });
  const world = new World({
    pipeline,
    scenario,
    observers: {
      onFunctionResult: (name, _input, output) => {
        const plain = JSON.parse(JSON.stringify(output)) as Json;
        const key = name === 'PlanAttempt' && isEnd(plain) ? 'PlanEnd' : name;
        if (!answers.has(key)) answers.set(key, plain);
      },
    },
  });
  world.startRun();
  await world.run();
  return answers;
}

function isEnd(plan: Json): boolean {
  const { next } = membersOf(plan);
  return next !== 'spot' && next !== 'on-demand' && next !== 'wait';
}

interface ReplayOptions {
  readonly machine: Machine;
  readonly answers: Answers;
  readonly attemptCount: number;
  readonly attemptSeconds: number;
  readonly sleepSeconds: number;
}

async function replay(options: ReplayOptions): Promise<Execution> {
  const { machine, answers, attemptCount, attemptSeconds, sleepSeconds } = options;
  const clock = new VirtualClock();
  let planned = 0;
  const answerOf = (name: string): Json => {
    const answer = answers.get(name) ?? {};
    if (name === 'PlanAttempt') {
      planned += 1;
      if (planned > attemptCount) return answers.get('PlanEnd') ?? {};
      return { ...membersOf(answer), firstSleepSeconds: sleepSeconds };
    }
    if (name === 'ReviewAttempt') return { verdict: 'watch', sleepSeconds, reason: 'leave it alone' };
    return answer;
  };
  const invoke = (call: TaskCall): void => {
    const { FunctionName } = call.arguments as { readonly FunctionName: string };
    const name = /\$\{(\w+)FunctionArn\}/.exec(FunctionName)?.[1] ?? FunctionName;
    call.succeed({ ExecutedVersion: '$LATEST', Payload: answerOf(name), StatusCode: 200 });
  };
  const execution = startExecution({
    machine,
    clock,
    integrations: {
      'lambda:invoke': invoke,
      'sagemaker:createTrainingJob.sync': (call) => {
        call.submitted({ TrainingJobArn: 'arn:aws:sagemaker:us-east-1:111111111111:training-job/bench' });
        clock.after(attemptSeconds, () => call.succeed({ TrainingJobStatus: 'Stopped' }));
      },
      'events:putEvents': (call) => call.succeed({ Entries: [{ EventId: 'e-1' }], FailedEntryCount: 0 }),
    },
    input: {},
    name: 'two-days',
    stateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:bench-training-run',
    seed: 1,
  });
  await clock.run();
  return execution;
}

function membersOf(value: Json): { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
