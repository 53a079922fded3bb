// A request for a sweep against its pipeline, and the run that each of its trials is.
import { describe, expect, it } from '@jest/globals';
import { formatProblem } from '../../../domain/errors.ts';
import {
  acceptSweep,
  AcceptedSweep,
  resultsUri,
  roundOf,
  sweepReceiptUri,
  trialRequest,
  trialsOf,
  trialsUri,
} from '../../../domain/sweep/sweep.ts';
import { SweepRequest } from '../../../domain/sweep/sweep-request.ts';
import type { TrialStart } from '../../../domain/sweep/trial.ts';
import { aPipeline, ON_DEMAND, SPOT } from '../../support/builders.ts';
import { aSweepAccepted, aSweepRequest, NOW, sweepContext } from '../../support/sweeps.ts';

const HOUR = 3_600;
const sweep = aSweepAccepted();
const halving = { hyperParameter: 'epochs', minimum: 1, maximum: 9 };

const rejectionOf = (changes: object, pipeline: Parameters<typeof aPipeline>[0] = {}) => {
  const acceptance = acceptSweep({ ...aSweepRequest(), ...changes }, aPipeline(pipeline), sweepContext);
  return acceptance.kind === 'rejected' ? acceptance.problems : [];
};
const problemsOf = (changes: object, pipeline: Parameters<typeof aPipeline>[0] = {}): string[] =>
  rejectionOf(changes, pipeline).map(formatProblem);

describe('a request for a sweep', () => {
  it('is accepted with what every trial will have', () => {
    expect(sweep).toEqual({
      version: 1,
      sweepId: expect.stringMatching(/^churn--[0-9a-f]{10}$/),
      pipeline: 'churn',
      executionArn: sweepContext.executionArn,
      executionName: 'one',
      acceptedAt: NOW,
      request: SweepRequest.parse(aSweepRequest()),
      rounds: [{ number: 1, resource: 0, trials: 8 }],
      ladder: [
        expect.objectContaining({ purchaseOption: 'spot', instanceType: 'ml.g5.xlarge' }),
        expect.objectContaining({ purchaseOption: 'on-demand', instanceType: 'ml.g5.xlarge' }),
      ],
      spotPatienceSeconds: 6 * HOUR,
      worstCase: { billableSeconds: 3_780, usd: expect.closeTo(1.478, 2) },
      failuresMax: 4,
      filesUri: expect.stringMatching(/^s3:\/\/artifacts\/churn\/models\/sweeps\/churn--[0-9a-f]{10}\/$/),
    });
    expect(sweep).not.toHaveProperty('budget');
    expect(AcceptedSweep.parse(sweep)).toEqual(sweep);
  });

  it('has rounds where it is halved, and a budget where it is given one', () => {
    const whole = aSweepAccepted({ halving, budget: { usd: 40 } });
    expect(whole).toMatchObject({
      rounds: [{ resource: 1 }, { resource: 3 }, { resource: 9 }],
      budget: { usd: 40 },
    });
    expect(AcceptedSweep.parse(whole)).toEqual(whole);
  });

  it('tolerates as many failures as it says, or that share of its trials, rounded down', () => {
    expect(aSweepAccepted({ toleratedFailures: { count: 2 } }).failuresMax).toBe(2);
    expect(aSweepAccepted({ toleratedFailures: { percentage: 30 } }).failuresMax).toBe(2);
    expect(aSweepAccepted({ toleratedFailures: { percentage: 100 } }).failuresMax).toBe(8);
  });

  it.each<[string, object, string[]]>([
    [
      'a metric that nobody reports',
      { objective: { metric: 'f1', goal: 'maximize' } },
      ['objective.metric: must be one of the pipeline\'s metricDefinitions: accuracy, got "f1"'],
    ],
    [
      'no trials',
      { search: { method: 'random', parameters: { x: { kind: 'linear', min: 0, max: 1 } } } },
      ['search.trials: is needed with the method "random", got nothing'],
    ],
    [
      'a trial smuggled in',
      { run: { sweep: { sweepId: 'x', round: 1, trial: 1 } } },
      ['run.sweep: is not a known field, got {"sweepId":"x","round":1,"trial":1}'],
    ],
    [
      'halving over what is searched',
      { halving: { ...halving, hyperParameter: 'x' } },
      ['halving.hyperParameter: is set by halving, so it cannot be searched as well, got "x"'],
    ],
    [
      'quotas that are of no rung',
      { quotas: { 'spot:ml.p4d.24xlarge': 4, [SPOT]: 9 } },
      [`quotas.spot:ml.p4d.24xlarge: is no rung of the ladder: ${SPOT}, ${ON_DEMAND}, got 4`],
    ],
    [
      'a budget that pays for no trial',
      { budget: { usd: 1 } },
      [
        'budget.usd: pays for no trial: one may need 1.48 (its maxRuntime at the On-Demand rate); raise the budget, or lower run.maxRuntime, got 1',
      ],
    ],
    [
      'a budget in hours that pays for no trial',
      { budget: { billedHours: 1 } },
      [
        'budget.billedHours: pays for no trial: one may need 1.05 (its maxRuntime at the On-Demand rate); raise the budget, or lower run.maxRuntime, got 1',
      ],
    ],
  ])('is refused for %s', (_, changes, problems) => {
    expect(problemsOf(changes)).toEqual(problems);
  });

  it('is refused for all that is wrong with it and with its run at once, with the fields of the run as its own', () => {
    const problems = problemsOf({
      objective: { metric: 'f1', goal: 'maximize' },
      run: { capacity: ['spot:ml.p5.48xlarge'] },
    });
    expect(problems).toEqual([
      expect.stringMatching(/^objective\.metric: must be one of/),
      expect.stringMatching(/^run\.capacity\.0: must be a rung/),
    ]);
  });

  it('that is none is refused with the fields that there are', () => {
    const acceptance = acceptSweep(undefined, aPipeline(), sweepContext);
    expect(acceptance).toMatchObject({
      kind: 'rejected',
      sweepId: sweep.sweepId,
      problems: [{ field: 'search' }, { field: 'objective' }],
    });
    expect(problemsOf({ serach: {} }).join()).toContain('serach: is not a known field; fields are search, objective');
  });

  it('is refused with twenty problems at most', () => {
    const wrong = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, 1]));
    expect(problemsOf(wrong)).toHaveLength(20);
  });

  it('may search by any metric where the pipeline defines none: built-in algorithms report their own', () => {
    const objective = { metric: 'validation:auc', goal: 'maximize' };
    expect(problemsOf({ objective }, { job: { metricDefinitions: [] } })).toEqual([]);
  });

  it('is refused for halving without checkpoints', () => {
    const pipeline = aPipeline();
    const { checkpointUri: _, ...job } = pipeline.job;
    const acceptance = acceptSweep(aSweepRequest({ halving }), { ...pipeline, job }, sweepContext);
    expect(acceptance.kind === 'rejected' && acceptance.problems.map(({ field }) => field)).toEqual(['halving']);
    expect(acceptSweep(aSweepRequest(), { ...pipeline, job }, sweepContext).kind).toBe('accepted');
  });

  describe('with a capacity of unknown price', () => {
    const unpriced = { capacity: ['spot:ml.new.large', ON_DEMAND] };

    it('needs a price for a budget in USD', () => {
      expect(problemsOf({ budget: { usd: 99 } }, unpriced)).toEqual([
        'budget.usd: needs a price for every capacity: set usdPerHour, or give the budget in billedHours, got 99',
      ]);
    });

    it('needs none for one in billed hours, or without a budget', () => {
      expect(problemsOf({ budget: { billedHours: 99 } }, unpriced)).toEqual([]);
      expect(problemsOf({}, unpriced)).toEqual([]);
      expect(aSweepAccepted({}, unpriced).worstCase.usd).toBeCloseTo(1.478, 2);
    });
  });
});

describe('the worst case of a trial', () => {
  it('is its maximum runtime, and what a stop takes, on the dearest rung and on all of its instances', () => {
    const several = aSweepAccepted({}, { capacity: ['spot:ml.g4dn.xlarge:3', ON_DEMAND] });
    expect(several.worstCase).toEqual({
      billableSeconds: 3 * 3_780,
      usd: expect.closeTo((3 * 0.7364 * 3_780) / HOUR, 2),
    });
  });

  it('is no more than its run may spend', () => {
    expect(aSweepAccepted({ run: { maxRuntime: '1h', budgetUsd: 1 } }).worstCase.usd).toBe(1);
  });

  it('may be just what the budget is', () => {
    const { usd, billableSeconds } = sweep.worstCase;
    expect(problemsOf({ budget: { usd } })).toEqual([]);
    expect(problemsOf({ budget: { billedHours: billableSeconds / HOUR } })).toEqual([]);
  });
});

describe('the run of a trial', () => {
  const start: TrialStart = {
    sweepId: sweep.sweepId,
    round: 1,
    trial: 7,
    executionName: 'x',
    admittedAt: NOW,
    startAt: NOW,
    reserved: { usd: 1.5, billableSeconds: 3_780 },
  };
  const item = { trial: 7, hyperParameters: { x: '0.5' } };

  it('has the terms of the sweep and the values of its trial', () => {
    expect(trialRequest(sweep, item, start)).toStrictEqual({
      maxRuntime: '1h',
      hyperParameters: { x: '0.5' },
      sweep: { sweepId: sweep.sweepId, round: 1, trial: 7 },
    });
  });

  it('has the rungs that it was admitted to, and may spend what was reserved for it', () => {
    const of = { ...sweep, budget: { usd: 40 } };
    expect(trialRequest(of, item, { ...start, capacity: [ON_DEMAND] })).toMatchObject({
      capacity: [ON_DEMAND],
      budgetUsd: 1.5,
    });
    expect(trialRequest({ ...sweep, budget: { billedHours: 40 } }, item, start)).not.toHaveProperty('budgetUsd');
  });

  it('gives up soon where it probes for all, as the others have waited already', () => {
    const probe = { ...start, probes: SPOT };
    const patient = (spotPatienceSeconds: number) =>
      trialRequest({ ...sweep, spotPatienceSeconds }, item, probe).spotPatience;
    expect(patient(6 * HOUR)).toBe('1800s');
    expect(patient(1_801)).toBe('1800s');
    expect(patient(1_800)).toBeUndefined();
    expect(trialRequest(sweep, item, start).spotPatience).toBeUndefined();
    const due = aSweepAccepted({ run: { maxRuntime: '2h', deadline: '9h', expectedTrainingTime: '1h' } });
    expect(trialRequest(due, item, probe).spotPatience).toBeUndefined();
  });
});

describe('the trials of a sweep', () => {
  const halved = aSweepAccepted({ halving, run: { maxRuntime: '1h', hyperParameters: { depth: '3', epochs: '99' } } });

  it('have fixed hyperparameters, values of their own, and the resource of their round', () => {
    const itemOf = trialsOf(halved);
    expect(itemOf(roundOf(halved, 2), 5)).toEqual({
      trial: 5,
      hyperParameters: { depth: '3', epochs: '3', x: expect.stringMatching(/^0\.\d+$/) },
    });
    const valueOf = (round: number, trial: number) => {
      const { x } = itemOf(roundOf(halved, round), trial).hyperParameters;
      return x;
    };
    expect(valueOf(3, 5)).toBe(valueOf(1, 5));
    expect(valueOf(1, 6)).not.toBe(valueOf(1, 5));
    expect(trialsOf(sweep)(roundOf(sweep, 1), 5).hyperParameters).toEqual({ x: expect.any(String) });
  });

  it('have rounds from the first to the last', () => {
    expect(roundOf(halved, 3)).toEqual({ number: 3, resource: 9, trials: 1 });
    expect(() => roundOf(halved, 4)).toThrow(`sweep ${halved.sweepId} has 3 round(s), not 4`);
  });

  it('are checked by the first of them: what is wrong with one is wrong with all', () => {
    const hyperParameters = { x: 'y'.repeat(9_999) };
    expect(problemsOf({ run: { maxRuntime: '1h', hyperParameters } }).join()).toContain('run.hyperParameters');
  });

  it('lie beside each other', () => {
    const { filesUri } = sweep;
    expect([trialsUri(sweep, 2), resultsUri(sweep, 2), sweepReceiptUri(sweep)]).toEqual([
      `${filesUri}round-2.jsonl`,
      `${filesUri}results-2`,
      `${filesUri}receipt.json`,
    ]);
  });
});

describe('what a request says', () => {
  it('is taken as it stands, and has defaults for the rest', () => {
    const whole = {
      ...aSweepRequest(),
      halving: { ...halving, factor: 3 },
      quotas: { [SPOT]: 4 },
      startsPerSecond: 5,
      budget: { billedHours: 40 },
      toleratedFailures: { percentage: 20 },
    };
    expect(SweepRequest.parse(whole)).toMatchObject(whole);
    const { maxConcurrency: _, run: __, ...least } = aSweepRequest();
    expect(SweepRequest.parse(least)).toMatchObject({
      run: {},
      maxConcurrency: 10,
      startsPerSecond: 2,
      toleratedFailures: { percentage: 50 },
    });
  });

  it.each<[string, object, string]>([
    ['budget', { budget: { eur: 1 } }, 'must read {"usd": 20}, or {"billedHours": 40}'],
    ['budget.usd', { budget: { usd: 0 } }, 'too small: expected number to be >0'],
    ['toleratedFailures', { toleratedFailures: 3 }, 'must read {"count": 3} or {"percentage": 20}'],
  ])('of its %s must be readable', (field, changes, message) => {
    expect(problemsOf(changes)[0]).toContain(`${field}: ${message}`);
  });
});
