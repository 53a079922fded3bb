import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import validate from 'asl-validator';
import { ERROR_NAMES } from '../../domain/errors.ts';
import { TrainingJobArguments } from '../../lambdas/contracts.ts';
import { compile } from '../../simulator/machine/index.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import {
  loadDefinition,
  placeholders,
  renderExtendRun,
  renderModelRegistration,
  renderSweep,
  renderTrainingRun,
  renderUploadBatch,
  substitute,
  type Definition,
} from '../../statemachines/render.ts';
import { aPipeline } from '../support/builders.ts';

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Arguments?: Record<string, unknown>;
  readonly Seconds?: unknown;
  readonly Assign?: unknown;
  readonly Error?: string;
  readonly Next?: string;
  readonly Choices?: readonly { readonly Condition: string }[];
  readonly TimeoutSeconds?: unknown;
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly Next: string;
    readonly Output?: unknown;
  }[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly ItemProcessor?: { readonly States: Readonly<Record<string, State>> };
  readonly Branches?: readonly { readonly StartAt: string; readonly States: Readonly<Record<string, State>> }[];
}

type States = Readonly<Record<string, State>>;

const pipeline = aPipeline();
const functions = readdirSync(join(packageRoot(), 'lambdas'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'adapters')
  .map(({ name }) => `${name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())}FunctionArn`);
const values: Readonly<Record<string, string>> = {
  EventBusName: 'default',
  TrainingRunStateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:churn-training-run',
  ...Object.fromEntries(functions.map((name) => [name, `arn:aws:lambda:us-east-1:000000000000:function:${name}`])),
};
const rendered: Readonly<Record<string, Definition>> = {
  'training-run': renderTrainingRun(pipeline),
  'model-registration': renderModelRegistration(),
  'upload-batch': renderUploadBatch(),
  'extend-run': renderExtendRun(),
  sweep: renderSweep(pipeline),
};

function allStates(states: States): readonly (readonly [string, State])[] {
  return Object.entries(states).flatMap(([name, state]) => [
    [name, state] as const,
    ...[...(state.Branches ?? []), ...(state.ItemProcessor === undefined ? [] : [state.ItemProcessor])].flatMap(
      (flow) => allStates(flow.States),
    ),
  ]);
}

const statesOf = (definition: Definition): States => definition.States as States;

describe.each(Object.entries(rendered))('%s', (_, definition) => {
  it('is valid Amazon States Language', () => {
    const { isValid, errorsText } = validate(structuredClone(substitute(definition, (name) => values[name])));
    expect(isValid ? '' : errorsText('\n')).toBe('');
  });

  it('is accepted by the interpreter, which checks reachability and expressions', () => {
    expect(() => compile(substitute(definition, (name) => values[name]))).not.toThrow();
  });

  it('says in every state what it waits for or decides', () => {
    const silent = allStates(statesOf(definition)).filter(([, { Comment }]) => (Comment ?? '').length < 15);
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it('raises and catches only names that exist', () => {
    const own: readonly string[] = Object.values(ERROR_NAMES);
    const names = allStates(statesOf(definition)).flatMap(([, state]) => [
      ...(state.Error === undefined ? [] : [state.Error]),
      ...[...(state.Catch ?? []), ...(state.Retry ?? [])].flatMap(({ ErrorEquals }) => ErrorEquals),
    ]);
    expect(names.filter((name) => !own.includes(name) && !name.startsWith('States.'))).toEqual([]);
  });

  it('names no function that does not exist', () => {
    expect(placeholders(definition).filter((name) => !(name in values))).toEqual([]);
  });
});

describe('the job tasks', () => {
  const jobs = ['TrainOnSpot', 'TrainOnDemand'].map((name) => {
    const branch = statesOf(renderTrainingRun(pipeline))[name]?.Branches?.[0];
    return branch?.States[branch.StartAt]?.Arguments ?? {};
  });

  it('send only fields of CreateTrainingJob, as literal keys', () => {
    const known = Object.keys(TrainingJobArguments.shape);
    for (const job of jobs) expect(Object.keys(job).filter((key) => !known.includes(key))).toEqual([]);
  });

  it('differ in the purchase option alone', () => {
    const [spot, onDemand] = jobs;
    expect(spot?.['EnableManagedSpotTraining']).toBe(true);
    expect(onDemand?.['EnableManagedSpotTraining']).toBe(false);
    expect({ ...spot, EnableManagedSpotTraining: false }).toEqual(onDemand);
  });

  it('leave out the keys that a pipeline never sends', () => {
    const { checkpointUri: _, channels: __, ...job } = pipeline.job;
    const text = JSON.stringify(renderTrainingRun({ ...pipeline, job: { ...job, channels: {} } }));
    expect(text).not.toContain('$plan.job.CheckpointConfig');
    expect(text).not.toContain('$plan.job.InputDataConfig');
    expect(text).not.toContain('$plan.job.VpcConfig');
  });

  it('keep VpcConfig for a pipeline in a VPC', () => {
    const vpc = { subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };
    expect(JSON.stringify(renderTrainingRun({ ...pipeline, job: { ...pipeline.job, vpc } }))).toContain(
      '$plan.job.VpcConfig',
    );
  });
});

const CHECKED = '{% $states.input.sleepSeconds %}';

// An error in Wait, Choice or Succeed has no Catch: it would fail the branch, and with it stop the job beside it.
describe.each(['TrainOnSpot', 'TrainOnDemand'])('the watch of %s cannot kill the job', (name) => {
  const watch = (loadDefinition('training-run').States as States)[name]?.Branches?.[1]?.States ?? {};
  const of = (type: string) => Object.entries(watch).filter(([, state]) => state.Type === type);

  it('because only its tasks compute', () => {
    expect(new Set(Object.values(watch).map(({ Type }) => Type))).toEqual(
      new Set(['Wait', 'Task', 'Choice', 'Succeed']),
    );
    expect(Object.values(watch).filter(({ Assign }) => Assign !== undefined)).toEqual([]);
  });

  it('because every task catches everything into a wait whose seconds are literal or have been checked before', () => {
    expect(of('Task')).not.toHaveLength(0);
    for (const [, task] of of('Task')) {
      const { ErrorEquals, Next = '', Output } = task.Catch?.at(-1) ?? {};
      expect(ErrorEquals).toEqual(['States.ALL']);
      const seconds = watch[Next]?.Seconds;
      expect(typeof seconds === 'number' || (seconds === CHECKED && Output === '{% $states.input %}')).toBe(true);
    }
  });

  it('because a task that listens lets time alone end the sleep', () => {
    const listens = of('Task').filter(([, { Resource }]) => Resource?.endsWith('.waitForTaskToken'));
    expect(listens).toHaveLength(1);
    for (const [, { TimeoutSeconds, Catch, Next }] of listens) {
      expect(TimeoutSeconds).toBe(CHECKED);
      expect(Catch?.[0]).toEqual({ ErrorEquals: ['States.Timeout'], Output: {}, Next });
    }
  });

  it('because a wait reads one integer and a choice one word, both checked by the function that gave them', () => {
    for (const [, { Seconds }] of of('Wait')) expect([60, CHECKED]).toContain(Seconds);
    for (const [, { Choices }] of of('Choice')) {
      for (const { Condition } of Choices ?? [])
        expect(Condition).toMatch(/^\{% \$states\.input\.verdict = '[a-z]+' %\}$/);
    }
  });
});

describe('a trial of a sweep cannot fail its place in the map, which would end without it and without a word', () => {
  const trial = Object.entries(statesOf(renderSweep(pipeline))['RunTrials']?.ItemProcessor?.States ?? {});

  it('because every task catches everything', () => {
    const tasks = trial.filter(([, { Type }]) => Type === 'Task');
    expect(tasks.map(([name]) => name)).toEqual(['AdmitTrial', 'RunTrial', 'SettleTrial']);
    for (const [, { Catch }] of tasks) expect(Catch?.map(({ ErrorEquals }) => ErrorEquals)).toEqual([['States.ALL']]);
  });

  it('and none of its states fails', () => {
    expect(trial.filter(([, { Type }]) => Type === 'Fail')).toEqual([]);
  });
});
