import { describe, expect, it } from '@jest/globals';
import type { Attempt, AttemptOutcome } from '../../../domain/attempt.ts';
import { formatProblem } from '../../../domain/errors.ts';
import type { JobDescription } from '../../../domain/job-description.ts';
import {
  freshAccount,
  withCapacity,
  withDryPool,
  withObservation,
  withResult,
  type SweepAccount,
} from '../../../domain/sweep/account.ts';
import { admit } from '../../../domain/sweep/admission.ts';
import { withRecovery } from '../../../domain/sweep/places.ts';
import { withSighting } from '../../../domain/sweep/sighting.ts';
import { breakerState, openedBy, probedBy } from '../../../domain/sweep/breaker.ts';
import { rounds } from '../../../domain/sweep/halving.ts';
import { leaderboard, nextRound } from '../../../domain/sweep/leaderboard.ts';
import { sweepEnd, sweepReceipt } from '../../../domain/sweep/receipt.ts';
import { acceptSweep, trialRequest } from '../../../domain/sweep/sweep.ts';
import { aPipeline, ON_DEMAND, SPOT } from '../../support/builders.ts';
import { aSweepAccepted, aSweepRequest, aTrialResult, NOW, sweepContext } from '../../support/sweeps.ts';

const HOUR = 3_600;
const sweep = aSweepAccepted();
const key = (trial: number, round = 1) => ({ sweepId: sweep.sweepId, round, trial });

const problemsOf = (changes: object, pipeline: Parameters<typeof aPipeline>[0] = {}): string[] => {
  const acceptance = acceptSweep({ ...aSweepRequest(), ...changes }, aPipeline(pipeline), sweepContext);
  return acceptance.kind === 'rejected' ? acceptance.problems.map(formatProblem) : [];
};

describe('a request for a sweep', () => {
  it('is accepted with what every trial will have', () => {
    expect(sweep).toMatchObject({
      rounds: [{ number: 1, resource: 0, trials: 8 }],
      worstCase: { billableSeconds: 3_780, usd: expect.closeTo(1.478, 2) },
      failuresMax: 4,
      filesUri: expect.stringMatching(/^s3:\/\/artifacts\/churn\/models\/sweeps\/churn--[0-9a-f]{10}\/$/),
    });
  });

  it.each<[string, object, string]>([
    [
      'a metric that nobody reports',
      { objective: { metric: 'f1', goal: 'maximize' } },
      'objective.metric: must be one of',
    ],
    [
      'no trials',
      { search: { method: 'random', parameters: { x: { kind: 'linear', min: 0, max: 1 } } } },
      'trials: is needed',
    ],
    [
      'a wrong run, with the field of the run',
      { run: { capacity: ['spot:ml.p5.48xlarge'] } },
      'run.capacity.0: must be a rung',
    ],
    ['a budget that pays for no trial', { budget: { usd: 1 } }, 'pays for no trial: one may need 1.48'],
    [
      'a trial smuggled in',
      { run: { sweep: { sweepId: 'x', round: 1, trial: 1 } } },
      'run.sweep: is not a known field',
    ],
    [
      'halving over what is searched',
      { halving: { hyperParameter: 'x', minimum: 1, maximum: 9 } },
      'halving.hyperParameter: is set by halving',
    ],
  ])('is refused for %s', (_, changes, message) => {
    expect(problemsOf(changes).join('; ')).toContain(message);
  });

  it('is refused for halving without checkpoints', () => {
    const pipeline = aPipeline();
    const { checkpointUri: _, ...job } = pipeline.job;
    const halving = { hyperParameter: 'epochs', minimum: 1, maximum: 9 };
    const acceptance = acceptSweep(aSweepRequest({ halving }), { ...pipeline, job }, sweepContext);
    expect(acceptance.kind === 'rejected' && acceptance.problems.map(formatProblem).join()).toContain(
      'halving: continues survivors',
    );
  });
});

describe('rounds', () => {
  it('leave a third with three times the training each', () => {
    expect(rounds(27, { hyperParameter: 'epochs', minimum: 10, maximum: 270, factor: 3 })).toEqual([
      { number: 1, resource: 10, trials: 27 },
      { number: 2, resource: 30, trials: 9 },
      { number: 3, resource: 90, trials: 3 },
      { number: 4, resource: 270, trials: 1 },
    ]);
  });

  it('end with the maximum, also when one is left early', () => {
    expect(rounds(3, { hyperParameter: 'epochs', minimum: 1, maximum: 100, factor: 3 }).at(-1)).toEqual({
      number: 2,
      resource: 100,
      trials: 1,
    });
    expect(rounds(8, undefined)).toEqual([{ number: 1, resource: 0, trials: 8 }]);
  });
});

describe('admission', () => {
  const start = (account: SweepAccount, trial: number, now = NOW, of = sweep): SweepAccount => {
    const admission = admit(of, account, key(trial), 0, now);
    if (admission.verdict !== 'start') throw new Error(admission.reason);
    return admission.account;
  };

  it('staggers starts and reserves the worst case', () => {
    const admission = admit(sweep, start(freshAccount(sweep), 1), key(2), 0, NOW);
    expect(admission).toMatchObject({ verdict: 'start', start: { startAt: NOW + 0.5 }, account: { live: 2 } });
  });

  it('makes a trial wait while as many as are allowed are under way, longer each time', () => {
    const full = { ...freshAccount(sweep), live: 4 };
    const waits = [0, 1, 5, 9]
      .map((asked) => admit(sweep, full, key(9), asked, NOW))
      .map((one) => 'waitSeconds' in one && one.waitSeconds);
    expect(waits).toEqual([30, 60, 900, 900]);
  });

  it('waits for money that trials under way may not need, and stops when there is none left', () => {
    const poor = aSweepAccepted({ budget: { usd: 2 } });
    const one = start(freshAccount(poor), 1, NOW, poor);
    expect(admit(poor, one, key(2), 0, NOW)).toMatchObject({
      verdict: 'wait',
      reason: expect.stringContaining('reserved'),
    });
    const spent = withResult(one, poor, { ...aTrialResult(1, 0.5), estimatedUsd: 1 }, undefined);
    expect(admit(poor, { ...spent, reserved: { usd: 0, billableSeconds: 0 } }, key(2), 0, NOW)).toMatchObject({
      verdict: 'skip',
      code: 'BudgetUsedUp',
      reason: '1.00 of 2 USD are spent, and one more trial may need 1.48: no new trials',
    });
  });

  it('counts a budget in billed hours likewise', () => {
    const hours = aSweepAccepted({ budget: { billedHours: 2 } });
    const account = { ...freshAccount(hours), spent: { usd: 0, billableSeconds: HOUR } };
    expect(admit(hours, account, key(2), 0, NOW)).toMatchObject({ verdict: 'skip', code: 'BudgetUsedUp' });
  });

  it('stops when more have failed than are tolerated, for good', () => {
    const failing = { ...freshAccount(sweep), failed: 5 };
    const admission = admit(sweep, failing, key(6), 0, NOW);
    expect(admission).toMatchObject({ verdict: 'skip', code: 'TooManyFailures', account: { stopped: { at: NOW } } });
  });
});

describe('the breaker of a pool', () => {
  const dry = (at = NOW) => withDryPool(freshAccount(sweep), SPOT, at);

  it('opens when a pool is dry, lets one probe through after the pause, and closes when it trains', () => {
    const breaker = openedBy(undefined, NOW);
    expect(breakerState(undefined, NOW)).toBe('closed');
    expect(breakerState(breaker, NOW + 60)).toBe('open');
    expect(breakerState(breaker, NOW + 900)).toBe('half-open');
    expect(breakerState(probedBy(breaker, NOW + 900), NOW + 960)).toBe('open');
    expect(breakerState(probedBy(breaker, NOW + 900), NOW + 900 + 2 * HOUR)).toBe('half-open');
    expect(withCapacity(dry(), SPOT).breakers).toEqual({});
  });

  it('hears the same news from fifty trials once, and pauses longer after each probe that failed', () => {
    const once = openedBy(undefined, NOW);
    expect(openedBy(once, NOW + 5)).toBe(once);
    expect(openedBy(once, NOW + 1_000)).toEqual({
      dryInARow: 2,
      drySince: NOW,
      openedAt: NOW + 1_000,
      openUntil: NOW + 1_000 + 1_800,
    });
  });

  it('makes trials wait while spot is dry, and lets them go On-Demand when patience is over', () => {
    const { spotPatienceSeconds } = sweep;
    expect(admit(sweep, dry(), key(1), 0, NOW + 60)).toMatchObject({ verdict: 'wait', waitSeconds: 840 });
    const later = {
      ...dry(),
      breakers: { [SPOT]: { dryInARow: 3, drySince: NOW, openedAt: NOW, openUntil: NOW + spotPatienceSeconds + 99 } },
    };
    expect(admit(sweep, later, key(1), 0, NOW + spotPatienceSeconds)).toMatchObject({
      verdict: 'start',
      start: { capacity: [ON_DEMAND] },
    });
  });

  it('sends one probe for all', () => {
    const probe = admit(sweep, dry(), key(1), 0, NOW + 1_000);
    expect(probe).toMatchObject({
      verdict: 'start',
      start: { probes: SPOT },
      account: { probes: { [SPOT]: expect.stringContaining('-t00001') } },
    });
    const after = probe.verdict === 'start' ? probe.account : dry();
    expect(admit(sweep, after, key(2), 0, NOW + 1_001)).toMatchObject({ verdict: 'wait' });
  });
});

describe('what an attempt finds out', () => {
  const [spot, onDemand] = sweep.ladder;
  const outcome = (failureClass: string | undefined, text = '', trained = 0) =>
    ({
      kind: 'ended',
      settledAt: NOW,
      seconds: { waited: 0, downloaded: 0, trained, uploaded: 0, lost: 0 },
      ...(failureClass === undefined ? {} : { failure: { class: failureClass, evidence: { field: 'Cause', text } } }),
    }) as unknown as AttemptOutcome;
  const learn = (capacity: typeof spot, of: AttemptOutcome, account = freshAccount(sweep)) =>
    withObservation(account, { capacity, plannedAt: NOW - 600 } as Attempt, of, NOW);

  describe('of a quota', () => {
    const text =
      "The account-level service limit 'ml.g5.xlarge for spot training job usage' is 2 Instances, with current utilization of 2 Instances";
    const withPlaces = (places: Readonly<Record<string, number>>) => ({ ...freshAccount(sweep), places });
    const limitsOf = (capacity: typeof spot, answer: string, places: Readonly<Record<string, number>>) =>
      learn(capacity, outcome('Quota', answer), withPlaces(places)).quotas;

    it('lowers the places on its rung, and on no other, to what the answer says', () => {
      expect(limitsOf(spot, text, { [SPOT]: 4 })).toEqual({ [SPOT]: { limit: 2, told: 2, answeredAt: NOW } });
      expect(limitsOf(onDemand, text, { [SPOT]: 4 })).toEqual({ [ON_DEMAND]: { limit: 2, told: 2, answeredAt: NOW } });
    });

    it('goes below that where others use it too, or where the answer names no number', () => {
      expect(limitsOf(spot, text, { [SPOT]: 2 })[SPOT]).toMatchObject({ limit: 1 });
      expect(limitsOf(spot, 'no number', { [SPOT]: 4 })[SPOT]).toMatchObject({ limit: 3 });
      expect(limitsOf(spot, 'no number', {})).toEqual({});
    });

    it('comes back one by one, and beyond what was said only by the hour', () => {
      const quotas = { [SPOT]: { limit: 2, told: 3, answeredAt: NOW } };
      const after = (seconds: number, limit: number) =>
        withRecovery({ [SPOT]: { ...quotas[SPOT], limit, answeredAt: NOW } }, SPOT, 9, NOW + seconds)[SPOT]?.limit;
      expect([after(60, 2), after(301, 2), after(301, 3), after(3_601, 3)]).toEqual([2, 3, 3, 4]);
    });
  });

  it('slows the starts down after a throttle, and comes back as trials complete', () => {
    const slow = learn(spot, outcome('Throttling'));
    expect(slow.startIntervalSeconds).toBe(0.75);
    expect(withResult(slow, sweep, aTrialResult(1, 0.5), undefined).startIntervalSeconds).toBeCloseTo(0.675);
  });

  it('opens the breaker of a dry pool and closes it when something has trained there', () => {
    const dry = learn(spot, outcome('Capacity'));
    expect(dry.breakers[SPOT]).toMatchObject({ dryInARow: 1 });
    expect(learn(spot, outcome('Interruption', '', 60), dry)).toBe(dry);
    expect(learn(spot, outcome(undefined, '', 60), dry).breakers).toEqual({});
  });
});

describe('what a look at a waiting job finds out', () => {
  const [spot] = sweep.ladder;
  const run = { timing: aPipeline().timing };
  const jobs = (statuses: readonly (readonly [string, number])[]): JobDescription => ({
    jobName: 'churn--0123456789-001',
    jobArn: '',
    status: 'InProgress',
    secondaryStatus: statuses.at(-1)?.[0] ?? 'Starting',
    spot: true,
    createdAt: NOW,
    transitions: statuses.map(([status, at], index) => {
      const next = statuses[index + 1]?.[1];
      return { status, startedAt: NOW + at, ...(next === undefined ? {} : { endedAt: NOW + next }) };
    }),
    metrics: {},
  });
  const see = (statuses: readonly (readonly [string, number])[], at: number, account = freshAccount(sweep)) => {
    if (spot === undefined) throw new Error('the ladder has a rung');
    return withSighting(account, run, { capacity: spot }, jobs(statuses), NOW + at);
  };
  const waiting = [['Starting', 0]] as const;

  it('opens the breaker long before the wait is given up, dry since the wait began', () => {
    expect(see(waiting, 600).breakers).toEqual({});
    expect(see(waiting, 900).breakers).toEqual({
      [SPOT]: { dryInARow: 1, drySince: NOW, openedAt: NOW + 900, openUntil: NOW + 1_920 },
    });
  });

  it('keeps it open until the next look at whoever queues, and is no news to those who know', () => {
    const known = see(waiting, 900);
    expect(see([['Starting', 5]], 905, known)).toBe(known);
    expect(see(waiting, 1_800, known).breakers[SPOT]).toMatchObject({ dryInARow: 1, openUntil: NOW + 3_720 });
  });

  it('sends probes that give up soon, as the others have waited for them already', () => {
    const item = { trial: 1, hyperParameters: {} };
    const start = {
      ...key(1),
      executionName: 'x',
      admittedAt: NOW,
      startAt: NOW,
      reserved: { usd: 1, billableSeconds: 1 },
    };
    expect(trialRequest(sweep, item, { ...start, probes: SPOT }).spotPatience).toBe('1800s');
    expect(trialRequest(sweep, item, start).spotPatience).toBeUndefined();
  });

  it('closes it when capacity has come since, and not for a job that has had its own all along', () => {
    const known = see(waiting, 900);
    const came = [...waiting, ['Downloading', 1_000], ['Training', 1_060]] as const;
    expect(see(came, 1_200, known).breakers).toEqual({});
    const hadIt = [...waiting, ['Downloading', 100], ['Training', 160]] as const;
    expect(see(hadIt, 1_200, known)).toBe(known);
  });
});

describe('quotas that the request names', () => {
  const ladderOf = (quotas: Readonly<Record<string, number>>) => aSweepAccepted({ quotas });

  it('bound the trials on each rung, and a full spot rung is waited for, not left for On-Demand', () => {
    const bounded = ladderOf({ [SPOT]: 1 });
    const first = admit(bounded, freshAccount(bounded), key(1), 0, NOW);
    expect(first).toMatchObject({ verdict: 'start', start: { place: SPOT } });
    if (first.verdict !== 'start') throw new Error('it may start');
    expect(admit(bounded, first.account, key(2), 0, NOW)).toMatchObject({
      verdict: 'wait',
      reason: `all places that the quotas leave are taken: 1 on ${SPOT}`,
    });
    const ended = withResult(first.account, bounded, aTrialResult(1, 0.9), first.start);
    expect(admit(bounded, ended, key(2), 0, NOW)).toMatchObject({ verdict: 'start' });
  });

  it('let whoever has waited long ask as often as whoever has just come, in the rhythm in which places come free', () => {
    const bounded = ladderOf({ [SPOT]: 1 });
    const waits = (billableSeconds: number) => {
      const spent = { usd: 0, billableSeconds: 4 * billableSeconds };
      const full = { ...freshAccount(bounded), places: { [SPOT]: 1 }, completed: 3, failed: 1, spent };
      return [0, 1, 9]
        .map((asked) => admit(bounded, full, key(2), asked, NOW))
        .map((one) => 'waitSeconds' in one && one.waitSeconds);
    };
    expect(waits(1_000)).toEqual([500, 500, 500]);
    expect(waits(10)).toEqual([30, 30, 30]);
    expect(waits(36_000)).toEqual([900, 900, 900]);
  });

  it('bound those that a dry pool sends On-Demand', () => {
    const bounded = ladderOf({ [ON_DEMAND]: 1 });
    const { spotPatienceSeconds } = bounded;
    const now = NOW + spotPatienceSeconds;
    const breaker = { dryInARow: 3, drySince: NOW, openedAt: NOW, openUntil: now + 99 };
    const first = admit(bounded, { ...freshAccount(bounded), breakers: { [SPOT]: breaker } }, key(1), 0, now);
    expect(first).toMatchObject({ verdict: 'start', start: { place: ON_DEMAND } });
    if (first.verdict === 'start')
      expect(admit(bounded, first.account, key(2), 0, now)).toMatchObject({ verdict: 'wait' });
  });

  it('are refused where they are of no rung', () => {
    expect(() => ladderOf({ 'spot:ml.p4d.24xlarge': 4 })).toThrow(
      'quotas.spot:ml.p4d.24xlarge: is no rung of the ladder',
    );
  });
});

describe('the leaderboard', () => {
  const halved = aSweepAccepted({ halving: { hyperParameter: 'epochs', minimum: 1, maximum: 9, factor: 3 } });

  it('has the best round of each trial, and on equal values the later round, then the earlier trial', () => {
    const results = [aTrialResult(1, 0.8), aTrialResult(2, 0.9), aTrialResult(3, 0.8), aTrialResult(2, 0.7, 2)];
    const entries = leaderboard(halved, [...results, aTrialResult(3, 0.8, 2)]);
    expect(entries.map(({ rank, trial, round }) => [rank, trial, round])).toEqual([
      [1, 2, 1],
      [2, 3, 2],
      [3, 1, 1],
    ]);
  });

  it('knows the hyperparameters of each trial, the resource of its round among them', () => {
    const [first] = leaderboard(halved, [aTrialResult(2, 0.7, 2)]);
    expect(first?.hyperParameters).toMatchObject({ epochs: '3', x: expect.stringMatching(/^0\.\d+$/) });
  });

  it('sends the best on to the next round, in the order of their numbers', () => {
    const results = [1, 2, 3, 4, 5, 6, 7, 8].map((trial) => aTrialResult(trial, trial === 6 ? 0.1 : 1 / trial));
    expect(nextRound(halved, 1, results)?.items.map(({ trial }) => trial)).toEqual([1, 2]);
    expect(nextRound(sweep, 1, results)).toBeUndefined();
    expect(nextRound(halved, 1, [])).toBeUndefined();
  });

  it('prefers small values where the goal is to minimise', () => {
    const least = aSweepAccepted({ objective: { metric: 'accuracy', goal: 'minimize' } });
    expect(leaderboard(least, [aTrialResult(1, 0.9), aTrialResult(2, 0.1)])[0]?.trial).toBe(2);
  });
});

describe('the end of a sweep', () => {
  const account = freshAccount(sweep);

  it('is a success with what the best one reached', () => {
    const end = sweepEnd(sweep, { ...account, completed: 2 }, [aTrialResult(1, 0.9), aTrialResult(2, 0.95)], NOW);
    expect(end).toMatchObject({ status: 'SUCCEEDED', code: 'Completed', best: { trial: 2 } });
    expect(sweepReceipt(sweep, end, [aTrialResult(1, 0.9), aTrialResult(2, 0.95)])).toMatchObject({
      trials: { planned: 8, completed: 2 },
      seconds: { billable: 2_000 },
      estimatedUsd: 1,
      onDemandUsd: 3,
      savedFraction: expect.closeTo(2 / 3),
    });
  });

  it('says that the budget was used up, with the best so far', () => {
    const stopped = { code: 'BudgetUsedUp', reason: 'all is spent: no new trials', at: NOW };
    expect(sweepEnd(sweep, { ...account, stopped }, [aTrialResult(1, 0.9)], NOW)).toMatchObject({
      status: 'SUCCEEDED',
      code: 'BudgetUsedUp',
      reason: 'trial 1 is best with accuracy 0.9 of those that ran; all is spent: no new trials',
    });
    expect(sweepEnd(sweep, { ...account, stopped }, [], NOW)).toMatchObject({
      status: 'EXHAUSTED',
      code: 'BudgetUsedUp',
    });
  });

  it('is a failure when too many failed, or none completed', () => {
    expect(sweepEnd(sweep, { ...account, failed: 5 }, [aTrialResult(1, 0.9)], NOW)).toMatchObject({
      status: 'FAILED',
      code: 'TooManyFailures',
    });
    expect(sweepEnd(sweep, { ...account, failed: 2 }, [], NOW)).toMatchObject({
      status: 'FAILED',
      code: 'NoTrialCompleted',
    });
  });
});
