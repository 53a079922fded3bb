import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { acceptRequest } from '../../domain/accept-request.ts';
import { REQUEST_FIELDS } from '../../domain/run-request.ts';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { parseScenario } from '../../simulator/scenario.ts';
import { acceptInput, EXECUTION_ARN, ports, START } from '../lambdas/support.ts';
import { aPipeline } from '../support/builders.ts';
import { anyTrick, anyValue, deepValues, hugeText, mostly, refusalOf } from './hostile.ts';

const context = { executionArn: EXECUTION_ARN, executionName: 'manual-1', startedAt: START, now: START };
const pipeline = aPipeline({ allowedDataUris: ['s3://data/churn/'] });

const anyDuration = fc.constantFrom('90m', '36h', '1d12h', 'PT36H', '2h', '400d', '0s');
const anyRequest = mostly({
  deadline: fc.oneof(anyDuration, fc.constant('2026-03-01T08:00:00Z')),
  expectedTrainingTime: anyDuration,
  maxRuntime: anyDuration,
  onDeadlineMissed: fc.constantFrom('finish', 'stop'),
  budgetUsd: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
  spotPatience: anyDuration,
  waitingUsdPerHour: fc.double({ min: 0.01, max: 100, noNaN: true }),
  hyperParameters: fc.dictionary(fc.string(), fc.string()),
  channels: fc.dictionary(fc.constantFrom('train', 'test', '__proto__', 'constructor'), anyTrick),
  capacity: fc.array(fc.constantFrom('spot:ml.g5.xlarge', 'on-demand:ml.g5.xlarge', 'spot:../..', ':::'), {
    maxLength: 3,
  }),
  acknowledgedGuards: fc.array(fc.string(), { maxLength: 3 }),
  resume: fc.constantFrom('churn--0123456789', '../..', 'churn--'),
  trigger: fc.constantFrom({ kind: 'manual' }, { kind: 'upload', bucket: 'b', key: '../x' }),
});

/** A state machine hands on 256 KiB at most, and a person reads it. */
const ANSWER_LENGTH_MAX = 20_000;

describe('a run request', () => {
  it('is accepted, or refused with field, value and reason', () => {
    fc.assert(
      fc.property(fc.oneof(anyRequest, anyRequest, anyValue), (request) => {
        const acceptance = acceptRequest(request, pipeline, context);
        if (acceptance.kind === 'accepted') {
          const { channels } = acceptance.run.job;
          for (const { uri } of Object.values(channels)) expect(uri).toMatch(/^s3:\/\/data\/churn\//);
          return;
        }
        expect(acceptance.problems.length).toBeGreaterThan(0);
        for (const { field, message, value } of acceptance.problems)
          expect([field, message, value].every((text) => text !== '' && text.length < 1_500)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([...deepValues, hugeText].map((value, index) => [index, value] as const))(
    'may be as deep and as large as a parser takes (%i)',
    async (_, value) => {
      for (const request of [
        value,
        { deadline: value },
        { hyperParameters: { a: value } },
        { [REQUEST_FIELDS[0] ?? '']: [value] },
      ]) {
        const answer = await createAcceptRun(ports())(acceptInput(request, pipeline));
        expect(answer.verdict).toBe('rejected');
        expect(JSON.stringify(answer).length).toBeLessThan(ANSWER_LENGTH_MAX);
      }
    },
  );

  it('reaches into nothing that it does not own', async () => {
    const request: unknown = JSON.parse(
      '{"channels": {"__proto__": "s3://elsewhere/x"}, "hyperParameters": {"__proto__": "1", "constructor": "2"}}',
    );
    const answer = await createAcceptRun(ports())(acceptInput(request, pipeline));
    expect(answer).toMatchObject({ verdict: 'rejected', reason: expect.stringContaining('__proto__') });
    expect({}).not.toHaveProperty('polluted');
  });

  it('cannot lead a run out of the data that its pipeline allows', () => {
    for (const uri of [
      's3://data/churn/../secret/',
      's3://data/churn-2/',
      's3://data/churn/./../x',
      's3://DATA/churn/',
    ]) {
      const { kind } = acceptRequest({ channels: { train: uri } }, pipeline, context);
      expect([uri, kind]).toEqual([uri, 'rejected']);
    }
  });
});

describe('a scenario file', () => {
  const anyScenario = mostly({
    name: fc.string({ minLength: 1 }),
    seed: fc.integer(),
    market: fc.dictionary(
      fc.constantFrom('spot:ml.g5.xlarge', 'on-demand:ml.g5.xlarge', '__proto__'),
      fc.array(mostly({ at: anyDuration, available: fc.boolean(), notice: anyDuration }), { maxLength: 3 }),
    ),
    startupTime: anyDuration,
    quotas: fc.dictionary(fc.string(), fc.nat()),
    createFaults: fc.dictionary(
      fc.constantFrom('1', '2', '0', 'constructor'),
      fc.constantFrom('throttled', 'quota', 'x'),
    ),
    script: mostly({ trainingTime: anyDuration, failsAfter: anyDuration, failureText: fc.string() }),
  });

  it('is read, or refused by name', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyScenario, anyScenario, anyValue), async (file) => {
        const refusal = await refusalOf(() => parseScenario(file));
        expect(refusal?.name ?? 'ScenarioError').toBe('ScenarioError');
      }),
      { numRuns: 300 },
    );
    for (const value of [...deepValues, hugeText])
      expect((await refusalOf(() => parseScenario({ name: 'x', market: value })))?.name).toBe('ScenarioError');
  });
});
