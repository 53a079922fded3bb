// The capacity policy in random markets, under random settings: whatever happens, it is never late.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { slackReserve } from '../../../bench/policy/contestants.ts';
import { play } from '../../../bench/policy/e2.ts';
import type { Contestant, Job, WorldConfig } from '../../../bench/policy/e2/terms.ts';
import { settings } from '../../../bench/policy/grid.ts';
import { advise } from '../../../domain/policy.ts';
import type { Observation, PolicyAction, PolicyEvent } from '../../../domain/policy/observation.ts';
import type { Sightings } from '../../../domain/policy/sightings.ts';
import { looksApartSeconds } from '../../../domain/policy/slack-account.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';
import { availabilityOf } from '../../../simulator/markets/availability.ts';

const seconds = (max: number): fc.Arbitrary<number> => fc.nat({ max });

const anyConfig = fc
  .record({
    spotPriceRatio: fc.double({ min: 0.05, max: 1.2, noNaN: true }),
    startupSeconds: fc.integer({ min: 60, max: 600 }),
    restoreSeconds: seconds(1_800),
    stopSeconds: fc.integer({ min: 10, max: 240 }),
    checkpointIntervalSeconds: fc.integer({ min: 60, max: 3_600 }),
    eventLatencySeconds: fc.oneof(seconds(300), fc.integer({ min: -600, max: -30 })),
    marginSeconds: fc.integer({ min: 60, max: 600 }),
    returnToSpot: fc.boolean(),
    handOver: fc.constantFrom('probe', 'live'),
    cancelBilledSeconds: seconds(300),
    canaries: fc.record({
      pauseSeconds: fc.integer({ min: 60, max: 1_800 }),
      upBreakEvens: fc.double({ min: 0, max: 2, noNaN: true }),
    }),
  })
  .map((drawn) => settings('10 min', drawn));

const anyEvent = fc.record({
  at: seconds(400_000),
  kind: fc.constantFrom<PolicyEvent['kind'][]>('spot_running', 'spot_interrupted', 'spot_stopped', 'on_demand_running'),
  pool: seconds(3),
  queuedSince: seconds(400_000),
});

const anyObservation: fc.Arbitrary<Observation> = fc.record({
  now: seconds(400_000),
  deadline: seconds(500_000),
  remainingWorkSeconds: seconds(200_000),
  unsavedWorkSeconds: seconds(3_600),
  spot: fc.constantFrom('none', 'pending', 'running'),
  spotSince: seconds(400_000),
  onDemand: fc.constantFrom('none', 'starting', 'running'),
  trainer: fc.constantFrom('none', 'spot', 'on_demand'),
  phase: fc.constantFrom('none', 'restoring', 'training', 'stopping'),
  phaseSince: seconds(400_000),
  events: fc.array(anyEvent, { maxLength: 4 }),
});

const anySightings: fc.Arbitrary<Sightings> = fc.record({
  lastUpAt: seconds(400_000),
  upSince: seconds(400_000),
  upPool: seconds(3),
  askedAt: seconds(400_000),
  lastStartAt: seconds(400_000),
  probeNotBefore: seconds(400_000),
});

const anyJob = fc.record({ hours: fc.double({ min: 0.05, max: 30, noNaN: true }), slack: seconds(150_000) });

/** One that On-Demand alone could just finish, and `slack` seconds more. */
function aJob({ hours, slack }: { readonly hours: number; readonly slack: number }, config: WorldConfig): Job {
  const workSeconds = hours * HOUR_SECONDS;
  return { workSeconds, deadlineSeconds: workSeconds + config.startupSeconds + config.restoreSeconds + slack };
}

const anyLooks = fc.record({ lookSeconds: fc.integer({ min: 1, max: 600 }), pollSeconds: fc.constant(21_600) });

/** Spot that comes and goes, sometimes faster than a start takes. */
const anyMarket = fc
  .array(
    fc.tuple(
      fc.oneof(seconds(900), seconds(6 * HOUR_SECONDS)),
      fc.oneof(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1, max: 8 * HOUR_SECONDS })),
    ),
    { maxLength: 80 },
  )
  .map((pieces) => {
    let at = 0;
    return availabilityOf(
      pieces.map(([away, up]) => {
        const from = at + away + 1;
        at = from + up;
        return [from, at];
      }),
    );
  });

describe('advise, whatever it is shown', () => {
  it('answers with a finite positive sleep and a reason', () => {
    fc.assert(
      fc.property(anyObservation, anySightings, anyConfig, (observation, sightings, config) => {
        const { action, wakeAfterSeconds, reason } = advise(observation, sightings, config);
        expect(['SPOT', 'ON_DEMAND', 'ON_DEMAND_WITH_PROBE']).toContain(action);
        expect(wakeAfterSeconds).toBeGreaterThan(0);
        expect(Number.isFinite(wakeAfterSeconds)).toBe(true);
        expect(reason).not.toMatch(/NaN|undefined/);
      }),
    );
  });

  it('never turns from spot to On-Demand because there is more slack', () => {
    fc.assert(
      fc.property(anyObservation, anySightings, anyConfig, seconds(200_000), (observation, sightings, config, more) => {
        const action = (deadline: number): PolicyAction =>
          advise({ ...observation, deadline }, sightings, config).action;
        if (action(observation.deadline) === 'SPOT') expect(action(observation.deadline + more)).toBe('SPOT');
      }),
    );
  });

  it('is never late where On-Demand comes up in time and the work is not underestimated', () => {
    fc.assert(
      fc.property(anyJob, anyConfig, fc.array(anyMarket, { minLength: 1, maxLength: 3 }), (drawn, config, pools) => {
        const job = aJob(drawn, config);
        const { finishedAt } = play(slackReserve.start(config), job, config, pools);
        expect(finishedAt).toBeLessThanOrEqual(job.deadlineSeconds + 1e-6);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never late where no event comes, looks are far apart and a sleep may last six hours', () => {
    fc.assert(
      fc.property(anyJob, anyConfig, anyLooks, fc.array(anyMarket, { minLength: 1, maxLength: 3 }), (...drawn) => {
        const [length, world, looks, pools] = drawn;
        const config = { ...world, ...looks };
        const job = aJob(length, config);
        const ours = slackReserve.start(config);
        // Whether the policy believes in events or not, none comes; looks are as far apart as it may ask them to be.
        const deaf = { ...config, eventLatencySeconds: -looksApartSeconds(config) };
        const { finishedAt } = play((request) => ours({ ...request, events: [] }), job, deaf, pools);
        expect(finishedAt).toBeLessThanOrEqual(job.deadlineSeconds + 1e-6);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never late on a ladder of types, told how slow they get and what the fastest may lose', () => {
    const anySpeeds = fc.array(fc.double({ min: 0.4, max: 2.5, noNaN: true }), { minLength: 3, maxLength: 3 });
    const anyPools = fc.array(anyMarket, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(anyJob, anyConfig, anySpeeds, anyPools, (drawn, config, speeds, markets) => {
        const pools = markets.map((market, index) => ({ ...market, speed: speeds[index] ?? 1 }));
        const speedMax = Math.max(1, ...speeds);
        const checkpointIntervalSeconds = config.checkpointIntervalSeconds * speedMax;
        const told = { ...config, checkpointIntervalSeconds, spotSpeedMin: Math.min(...speeds) };
        const job = aJob(drawn, config);
        const { finishedAt } = play(slackReserve.start(told), job, config, pools);
        expect(finishedAt).toBeLessThanOrEqual(job.deadlineSeconds + 1e-6);
      }),
      { numRuns: 1_000 },
    );
  });

  it('with live hand-over never has spot train beside On-Demand, and sends canaries no faster than their pause', () => {
    fc.assert(
      fc.property(anyJob, anyConfig, fc.array(anyMarket, { minLength: 1, maxLength: 3 }), (drawn, settled, pools) => {
        const config: WorldConfig = { ...settled, handOver: 'live', returnToSpot: true };
        let canaryAt = Number.NEGATIVE_INFINITY;
        const ours = slackReserve.start(config);
        const watched: Contestant = (request) => {
          const { onDemand, spot, spotSince, trainer } = request;
          if (trainer === 'spot') expect(onDemand).toBe('none');
          // Each stretch On-Demand begins with a canary of its own.
          if (onDemand === 'none') canaryAt = Number.NEGATIVE_INFINITY;
          else if (spot === 'running' && spotSince !== canaryAt) {
            expect(spotSince - canaryAt).toBeGreaterThanOrEqual(config.canaries?.pauseSeconds ?? 0);
            canaryAt = spotSince;
          }
          return ours(request);
        };
        play(watched, aJob(drawn, config), config, pools);
      }),
      { numRuns: 500 },
    );
  });
});
