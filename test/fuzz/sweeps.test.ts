import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { acceptSweep } from '../../domain/sweep/sweep.ts';
import { fromTuningJob, TuningJob } from '../../domain/sweep/tuning-job.ts';
import { createAcceptSweep } from '../../lambdas/accept-sweep/accept-sweep.ts';
import { createAdmitTrial } from '../../lambdas/admit-trial/admit-trial.ts';
import { createCloseAbandonedSweep, createCloseSweep } from '../../lambdas/close-sweep/close-sweep.ts';
import type { LambdaFunction } from '../../lambdas/define-function.ts';
import { createSelectBest } from '../../lambdas/select-best/select-best.ts';
import { createSettleTrial } from '../../lambdas/settle-trial/settle-trial.ts';
import { EXECUTION_ARN, ports, START } from '../lambdas/support.ts';
import { aPipeline } from '../support/builders.ts';
import { aSweepRequest, sweepContext } from '../support/sweeps.ts';
import { anyTrick, anyValue, deepValues, hugeText, mostly, refusalOf } from './hostile.ts';

const pipeline = aPipeline();
/** An item of a map carries it, and a person reads it. */
const REASON_LENGTH_MAX = 20_000;

const anyNumber = fc.oneof(fc.integer({ min: -5, max: 500 }), fc.double(), fc.constantFrom(0, -0, 1e308, 1e-308));
const anyRange = fc.oneof(
  mostly({ kind: fc.constantFrom('linear', 'log', 'integer', 'integer-log'), min: anyNumber, max: anyNumber }),
  mostly({ kind: fc.constant('categorical'), values: fc.array(fc.oneof(fc.string(), anyTrick), { maxLength: 4 }) }),
);
const anySearch = mostly({
  method: fc.constantFrom('grid', 'random', 'quasi-random'),
  trials: anyNumber,
  parameters: fc.dictionary(fc.oneof(fc.constantFrom('depth', '__proto__', 'constructor'), fc.string()), anyRange, {
    maxKeys: 4,
  }),
  seed: anyNumber,
});
const anySweep = mostly({
  search: fc.oneof(fc.constant(aSweepRequest().search), anySearch),
  objective: mostly({ metric: fc.string(), goal: fc.constantFrom('maximize', 'minimize') }),
  halving: mostly({ factor: anyNumber, resource: fc.string(), minimum: anyNumber, maximum: anyNumber }),
  run: mostly({ deadline: fc.constantFrom('9h', '0s'), hyperParameters: fc.dictionary(fc.string(), fc.string()) }),
  maxConcurrency: anyNumber,
  startsPerSecond: anyNumber,
  budget: fc.oneof(mostly({ usd: anyNumber }), mostly({ billedHours: anyNumber })),
  toleratedFailures: fc.oneof(mostly({ count: anyNumber }), mostly({ percentage: anyNumber })),
});

describe('a sweep request', () => {
  it('is accepted with trials that a run can be made of, or refused with field, value and reason', () => {
    fc.assert(
      fc.property(fc.oneof(anySweep, anySweep, anyValue), (request) => {
        const acceptance = acceptSweep(request, pipeline, sweepContext);
        if (acceptance.kind === 'accepted') {
          expect(acceptance.sweep.rounds.every(({ trials }) => Number.isInteger(trials) && trials > 0)).toBe(true);
          return;
        }
        expect(acceptance.problems.length).toBeGreaterThan(0);
        for (const { field, message, value } of acceptance.problems)
          expect([field, message, value].every((text) => text !== '' && text.length < 1_500)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('may be as deep and as large as a parser takes', async () => {
    const execution = { arn: EXECUTION_ARN, name: 'one', startedAt: new Date(START * 1_000).toISOString() };
    for (const value of [...deepValues, hugeText]) {
      for (const request of [
        value,
        { search: value },
        { ...aSweepRequest(), run: { hyperParameters: { a: value } } },
      ]) {
        const answer = await createAcceptSweep(ports())({ pipeline, request, execution });
        expect(answer.next).toBe('rejected');
        expect(JSON.stringify(answer).length).toBeLessThan(REASON_LENGTH_MAX);
      }
    }
  });
});

describe('a tuning job', () => {
  const anyNumberRange = mostly({
    Name: fc.oneof(fc.string(), anyTrick),
    MinValue: fc.oneof(fc.constantFrom('0', '1e-4', '-5', 'NaN', '', '1e999'), fc.string()),
    MaxValue: fc.oneof(fc.constantFrom('1', '0.1', '0', 'Infinity'), fc.string()),
    ScalingType: fc.constantFrom('Auto', 'Linear', 'Logarithmic', 'ReverseLogarithmic', 'Else'),
  });
  const anyTuningJob = mostly({
    HyperParameterTuningJobConfig: mostly({
      Strategy: fc.constantFrom('Bayesian', 'Random', 'Hyperband', 'Grid', 'New'),
      HyperParameterTuningJobObjective: mostly({
        Type: fc.constantFrom('Maximize', 'Minimize'),
        MetricName: fc.string(),
      }),
      ResourceLimits: mostly({ MaxNumberOfTrainingJobs: anyNumber, MaxParallelTrainingJobs: anyNumber }),
      ParameterRanges: mostly({
        ContinuousParameterRanges: fc.array(anyNumberRange, { maxLength: 3 }),
        IntegerParameterRanges: fc.array(anyNumberRange, { maxLength: 3 }),
        CategoricalParameterRanges: fc.array(mostly({ Name: fc.string(), Values: fc.array(fc.string()) }), {
          maxLength: 2,
        }),
      }),
    }),
    TrainingJobDefinition: mostly({ StaticHyperParameters: fc.dictionary(fc.string(), fc.string()) }),
  });

  it('is refused, or becomes a request that a sweep accepts or refuses by name, and says what it left out', () => {
    fc.assert(
      fc.property(fc.oneof(anyTuningJob, anyTuningJob, anyValue), (input) => {
        const parsed = TuningJob.safeParse(input);
        if (!parsed.success) return;
        const { request, notes } = fromTuningJob(parsed.data, 'epochs');
        const acceptance = acceptSweep(request, pipeline, sweepContext);
        if (acceptance.kind === 'rejected') expect(acceptance.problems.length).toBeGreaterThan(0);
        expect(notes.every((note) => note !== '' && note.length < REASON_LENGTH_MAX)).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([...deepValues, hugeText].map((value, index) => [index, value] as const))(
    'may be as deep and as large as a parser takes (%i)',
    (_, value) => {
      expect(TuningJob.safeParse(value).success).toBe(false);
      expect(TuningJob.safeParse({ HyperParameterTuningJobConfig: value }).success).toBe(false);
    },
  );
});

/** Errors that a person can read. */
const NAMED = new Set(['ContractViolation', 'SweepNotFound', 'RunNotFound', 'InvariantViolation']);

const testPorts = ports();
const functions: Readonly<Record<string, LambdaFunction<unknown>>> = {
  AcceptSweep: createAcceptSweep(testPorts),
  AdmitTrial: createAdmitTrial(testPorts),
  SettleTrial: createSettleTrial(testPorts),
  SelectBest: createSelectBest(testPorts),
  CloseSweep: createCloseSweep(testPorts),
  CloseAbandonedSweep: createCloseAbandonedSweep(testPorts),
};

describe.each(Object.entries(functions))('%s', (_name, invoke) => {
  const anyKey = mostly({ sweepId: fc.oneof(fc.string(), anyTrick), round: anyNumber, trial: anyNumber });
  const anyEvent = mostly({
    key: anyKey,
    item: mostly({ trial: anyNumber, hyperParameters: fc.dictionary(fc.string(), anyValue) }),
    asked: anyNumber,
    stateMachineArn: fc.string(),
    task: mostly({ error: fc.string(), cause: fc.oneof(fc.string(), anyTrick) }),
    sweepId: fc.oneof(fc.string(), anyTrick),
    round: anyNumber,
    manifest: mostly({ Bucket: fc.string(), Key: anyTrick }),
    'detail-type': fc.constant('Step Functions Execution Status Change'),
    detail: mostly({ executionArn: fc.string(), status: fc.constantFrom('FAILED', 'ABORTED', 'RUNNING') }),
  });

  it('answers any event, or refuses it with a named and short reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyEvent, anyEvent, anyValue), async (event) => {
        const refusal = await refusalOf(() => invoke(event));
        if (refusal === undefined) return;
        expect(NAMED.has(refusal.name) ? refusal.name : `${refusal.name}: ${refusal.message}`).toBe(refusal.name);
        expect(refusal.message.length).toBeLessThan(REASON_LENGTH_MAX);
      }),
      { numRuns: 150 },
    );
  });
});
