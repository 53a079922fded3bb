// What a pipeline with sweeps has beside the rest, and that a pipeline without them has none of it.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Capacity, TrainingPipeline } from '../../infra/index.ts';
import { compilePattern } from '../../simulator/event-pattern.ts';
import { ensureBundles, newStack, resolved, Synthesized } from './synthesized.ts';

const pipelineWith = (sweeps: boolean | undefined): Synthesized => {
  const stack = newStack();
  new TrainingPipeline(stack, 'Penguins', {
    pipelineName: 'penguins',
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/penguins:1.2',
    capacity: [Capacity.spot('ml.g5.xlarge'), Capacity.onDemand('ml.g5.xlarge')],
    encryptionKey: new Key(stack, 'Key'),
    ...(sweeps === undefined ? {} : { sweeps }),
  });
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

it('adds no machine, no function and no rule for sweeps unasked', () => {
  const text = JSON.stringify(pipelineWith(undefined).template.toJSON());
  expect(text).not.toMatch(/penguins-sweep|accept-sweep|admit-trial|Sweep State Change/);
});
