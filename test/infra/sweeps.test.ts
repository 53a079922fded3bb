// What a pipeline with sweeps has beside the rest, and that a pipeline without them has none of it.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Stack } from 'aws-cdk-lib/core';
import { Capacity, TrainingPipeline } from '../../infra/index.ts';
import { compilePattern } from '../../simulator/event-pattern.ts';
import { ensureBundles, newStack, resolved, Synthesized } from './synthesized.ts';

const aPipelineIn = (stack: Stack, sweeps: boolean | undefined): TrainingPipeline =>
  new TrainingPipeline(stack, 'Penguins', {
    pipelineName: 'penguins',
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/penguins:1.2',
    capacity: [Capacity.spot('ml.g5.xlarge'), Capacity.onDemand('ml.g5.xlarge')],
    encryptionKey: new Key(stack, 'Key'),
    ...(sweeps === undefined ? {} : { sweeps }),
  });

const pipelineWith = (sweeps: boolean | undefined): Synthesized => {
  const stack = newStack();
  aPipelineIn(stack, sweeps);
  // Throws on a cycle between resources.
  return new Synthesized(stack);
};

beforeAll(ensureBundles, 60_000);

describe('a pipeline with sweeps', () => {
  let synthesized: Synthesized;
  beforeAll(() => {
    synthesized = pipelineWith(true);
  });

  const allowedTo = (action: string): readonly string[] =>
    synthesized
      .statements()
      .filter(({ owner, actions }) => owner.startsWith('PenguinsSweepRole') && actions.includes(action))
      .flatMap(({ resources }) =>
        resources.map((resource) => resource.replace(/^.*?:(?=[a-zA-Z]+:penguins|rule)/, '')),
      );

  it('lets its machine run itself, for the map, and the runs, for the trials, and nothing else', () => {
    expect(allowedTo('states:StartExecution')).toEqual([
      'stateMachine:penguins-sweep',
      'stateMachine:penguins-training-run',
    ]);
    expect(allowedTo('states:StopExecution')).toEqual([
      'execution:penguins-sweep/Trials:*',
      'execution:penguins-sweep:*',
      'execution:penguins-training-run:*',
    ]);
    expect(allowedTo('states:RedriveExecution')).toEqual(['execution:penguins-sweep/Trials:*']);
  });

  it('has the label of its map in the permissions', () => {
    const machine = synthesized.one('AWS::StepFunctions::StateMachine', 'penguins-sweep');
    expect(synthesized.definition(machine)).toContain('"Label":"Trials"');
  });

  it('lets its machine read and write the files of sweeps alone', () => {
    expect(allowedTo('s3:PutObject')).toEqual([expect.stringMatching(/\/penguins\/models\/sweeps\/\*$/)]);
    expect(allowedTo('s3:GetObject')).toEqual([expect.stringMatching(/\/penguins\/models\/sweeps\/\*$/)]);
  });

  it('registers the best of a sweep, and not a run that is a trial', () => {
    const rules = synthesized
      .all('AWS::Events::Rule')
      .filter(({ properties }) => String(properties['Description']).startsWith('Registers'));
    const matching = (event: unknown) =>
      rules.filter(({ properties }) => compilePattern(resolved(properties['EventPattern']))(event)).length;
    const detail = { pipeline: 'penguins', status: 'SUCCEEDED', runId: 'penguins--0123456789' };
    const run = { source: 'spotrelay', 'detail-type': 'Training Run State Change', detail };
    const sweepId = 'penguins--abcdef0123';
    expect(matching(run)).toBe(1);
    expect(matching({ ...run, detail: { ...detail, sweepId, trial: 3 } })).toBe(0);
    expect(matching({ ...run, 'detail-type': 'Sweep State Change', detail: { ...detail, sweepId } })).toBe(1);
    expect(matching({ ...run, 'detail-type': 'Sweep State Change', detail: { ...detail, status: 'CANCELLED' } })).toBe(
      0,
    );
  });
});

describe('what a pipeline with sweeps tells', () => {
  it('has a rule for sweeps that failed, and none of their trials is a failed run', () => {
    const stack = newStack();
    const pipeline = aPipelineIn(stack, true);
    pipeline.onSweepFailed('SweepFailed', new SnsTopic(new Topic(stack, 'Topic')));
    pipeline.onRunFailed('RunFailed', new SnsTopic(new Topic(stack, 'Runs')));
    const synthesized = new Synthesized(stack);
    const detail = { pipeline: 'penguins', status: 'EXHAUSTED', sweepId: 'penguins--abcdef0123' };
    const sweep = { source: 'spotrelay', 'detail-type': 'Sweep State Change', detail };
    const trial = { source: 'spotrelay', 'detail-type': 'Training Run State Change', detail: { ...detail, trial: 3 } };
    const told = (event: unknown): readonly string[] =>
      synthesized
        .all('AWS::Events::Rule')
        .filter(({ properties }) => compilePattern(resolved(properties['EventPattern']))(event))
        .map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''));
    expect(told(sweep)).toEqual(['PenguinsSweepFailed']);
    expect(told({ ...sweep, detail: { ...detail, status: 'CANCELLED' } })).toEqual([]);
    expect(told(trial)).toEqual([]);
  });

  it('has an alarm and a row of the dashboard for them', () => {
    const synthesized = pipelineWith(true);
    const [alarm] = synthesized.all('AWS::CloudWatch::Alarm').filter(({ id }) => id.includes('SweepFailed'));
    expect(alarm?.properties).toMatchObject({
      Namespace: 'Spotrelay',
      MetricName: 'SweepsFailed',
      Dimensions: [{ Name: 'Pipeline', Value: 'penguins' }],
    });
    const [dashboard] = synthesized.all('AWS::CloudWatch::Dashboard');
    expect(JSON.stringify(dashboard?.properties)).toContain('SweepTrialsCompleted');
  });

  it('names the metrics of sweeps', () => {
    const pipeline = aPipelineIn(newStack(), true);
    expect(pipeline.metricSweepsEnded().metricName).toBe('SweepsEnded');
    expect(pipeline.metricSweepsFailed().metricName).toBe('SweepsFailed');
    expect(pipeline.metricTrialsFailed().metricName).toBe('TrialsFailed');
  });

  it('says that a pipeline without sweeps has none that could fail', () => {
    const stack = newStack();
    const pipeline = aPipelineIn(stack, undefined);
    const tell = (): unknown => pipeline.onSweepFailed('SweepFailed', new SnsTopic(new Topic(stack, 'Topic')));
    expect(tell).toThrow('sweeps: must be true for onSweepFailed');
  });
});

it('adds no machine, no function and no rule for sweeps unasked', () => {
  const text = JSON.stringify(pipelineWith(undefined).template.toJSON());
  expect(text).not.toMatch(/penguins-sweep|accept-sweep|admit-trial|Sweep State Change|SweepsFailed/);
});
