import { afterAll, describe, expect, it, jest } from '@jest/globals';
import type { Plan } from '../../cli/plan/plan.ts';
import { aPipeline, ON_DEMAND, SPOT } from '../support/builders.ts';
import { scratch, spotrelay } from './spotrelay.ts';

jest.setTimeout(60_000);

const place = scratch();
afterAll(() => place.remove());

const pipeline = place.file('pipeline.json', JSON.stringify(aPipeline()));
const REQUEST = ['--request', '{"deadline":"24h","expectedTrainingTime":"10h"}'];

const plan = async (...args: readonly string[]): Promise<Plan> => {
  const { code, stdout, stderr } = await spotrelay(['plan', '--json', ...args]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Plan;
};

describe('a plan', () => {
  it('has ladder, limits, forecast, failures, quotas and what it assumes, and ends with the answer', async () => {
    const { code, stdout } = await spotrelay([
      'plan',
      '--pipeline',
      pipeline,
      ...REQUEST,
      '--runs',
      '3',
      '--market',
      'steady',
    ]);

    expect(code).toBe(0);
    for (const text of [
      'Ladder',
      'At worst',
      'Forecast',
      'When an attempt fails',
      'ml.g5.xlarge for spot training job usage',
      'Assumed',
    ])
      expect(stdout).toContain(text);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^with a 24 h deadline this 10 h job is expected to cost \d+ % of On-Demand \(95 %: \d+ %\), missed in 0 of 3 simulated runs, assuming On-Demand starts within 5 min and spot is steady$/,
    );
  });

  it('is the same for the same seed, and another for another', async () => {
    const args = ['--pipeline', pipeline, ...REQUEST, '--runs', '4', '--market', 'tidal'];
    const [first, second, other] = await Promise.all([plan(...args), plan(...args), plan(...args, '--seed', '2')]);

    expect(first).toEqual(second);
    expect(other.forecasts[0]?.wallClockSeconds).not.toEqual(first.forecasts[0]?.wallClockSeconds);
  });

  it('does not depend on how many cores play the runs', async () => {
    const args = [
      '--pipeline',
      pipeline,
      '--request',
      '{"deadline":"5h","expectedTrainingTime":"2h"}',
      '--market',
      'tidal',
    ];
    const [few, many] = await Promise.all([plan(...args, '--runs', '30'), plan(...args, '--runs', '90')]);

    expect(few.forecasts[0]?.runCount).toBe(30);
    expect(many.forecasts[0]).toMatchObject({ runCount: 90, missedCount: 0, unfinishedCount: 0 });
  });

  it('keeps the deadline without spot, at the price of On-Demand', async () => {
    const { withoutSpot, onDemandUsd = 0 } = await plan(
      '--pipeline',
      pipeline,
      ...REQUEST,
      '--runs',
      '1',
      '--market',
      'steady',
    );

    expect(withoutSpot?.missed).toBe(false);
    expect(withoutSpot?.fellBack).toBe(true);
    expect(withoutSpot?.usd).toBeCloseTo(onDemandUsd, 1);
  });

  it('reads a trace in the public format', async () => {
    const trace = place.file(
      'us-east-1a.json',
      JSON.stringify({ metadata: { gap_seconds: 600 }, data: [1, 1, 1, 1, 1, 1, 0, 0] }),
    );
    const { forecasts } = await plan('--pipeline', pipeline, ...REQUEST, '--runs', '2', '--market', trace);

    expect(forecasts[0]?.market).toBe('as in us-east-1a.json');
    expect(forecasts[0]?.interruptions).toBeGreaterThan(3);
  });

  it('invents no price: it says what is missing, and that the cost is unknown', async () => {
    const unpriced = aPipeline({ capacity: [SPOT, 'spot:ml.p4de.24xlarge', ON_DEMAND] });
    const file = place.file('unpriced.json', JSON.stringify(unpriced));
    const args = ['plan', '--pipeline', file, ...REQUEST, '--runs', '1', '--market', 'steady'];
    const { stdout } = await spotrelay(args);

    expect(stdout).toContain('no price is known for spot:ml.p4de.24xlarge: set usdPerHour');
    expect(stdout).toContain('unknown');
    expect((await plan(...args.slice(1))).worst.usd).toBeUndefined();
  });

  it('takes a budget for the worst that can happen', async () => {
    const { worst } = await plan(
      '--pipeline',
      pipeline,
      '--request',
      '{"expectedTrainingTime":"2h","budgetUsd":5}',
      '--runs',
      '1',
      '--market',
      'steady',
    );

    expect(worst).toMatchObject({ usd: 5, bound: 'budgetUsd' });
  });
});

describe('bad input', () => {
  it.each([
    ['no pipeline', [], ['--pipeline']],
    ['a request without an estimate of its work', ['--pipeline', pipeline], ['expectedTrainingTime', '10h']],
    [
      'a request that would be refused',
      ['--pipeline', pipeline, '--request', '{"deadline":"1h","expectedTrainingTime":"4h"}'],
      ['would be refused', 'cannot be met'],
    ],
    ['a market that nobody knows', ['--pipeline', pipeline, ...REQUEST, '--market', 'stormy'], ['steady', 'stormy']],
    [
      'a trace that is none',
      ['--pipeline', pipeline, ...REQUEST, '--market', place.file('none.json', '{"data":[]}')],
      ['is no spot trace', 'metadata'],
    ],
    ['no runs at all', ['--pipeline', pipeline, ...REQUEST, '--runs', '0'], ['--runs', '0']],
  ])('%s ends with exit code 2 and says what is wrong', async (_, args, texts) => {
    const { code, stdout, stderr } = await spotrelay(['plan', ...args]);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const text of texts) expect(stderr).toContain(text);
  });
});
