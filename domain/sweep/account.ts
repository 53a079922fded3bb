// What a sweep has spent and learned so far: counters and a few flags, however many trials there are. Changed by one trial
// after the other, each change made from what it was.
import * as z from 'zod';
import type { Attempt, AttemptOutcome } from '../attempt.ts';
import type { Capacity } from '../capacity.ts';
import type { Instant } from '../time.ts';
import { Breaker, openedBy } from './breaker.ts';
import { compareValues } from './objective.ts';
import type { AcceptedSweep } from './sweep.ts';
import type { TrialResult, TrialStart } from './trial.ts';

const Amount = z.object({ usd: z.number(), billableSeconds: z.number() });

export const SweepAccount = z.object({
  /** Admitted and not settled. */
  live: z.int(),
  started: z.int(),
  completed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** Worst cases of what is live. */
  reserved: Amount,
  spent: Amount,
  /** When the next start may be. */
  nextStartAt: z.number(),
  startIntervalSeconds: z.number(),
  /** Live trials at most, for now: lower than asked for after a quota answered. */
  limit: z.int(),
  quotaAnsweredAt: z.number().optional(),
  breakers: z.record(z.string(), Breaker),
  /** The trial that probes a rung, by rung. */
  probes: z.record(z.string(), z.string()),
  best: z.object({ round: z.int(), trial: z.int(), runId: z.string(), value: z.number() }).optional(),
  /** Set once: no new trials from here on. */
  stopped: z.object({ code: z.string(), reason: z.string(), at: z.number() }).optional(),
});
export type SweepAccount = z.infer<typeof SweepAccount>;

export const freshAccount = ({ request: { maxConcurrency, startsPerSecond } }: AcceptedSweep): SweepAccount => ({
  live: 0,
  started: 0,
  completed: 0,
  failed: 0,
  skipped: 0,
  reserved: { usd: 0, billableSeconds: 0 },
  spent: { usd: 0, billableSeconds: 0 },
  nextStartAt: 0,
  startIntervalSeconds: 1 / startsPerSecond,
  limit: maxConcurrency,
  breakers: {},
  probes: {},
});

/** A pool knows types and purchase options; how many instances one asks for is another matter. */
export const poolOf = ({ purchaseOption, instanceType }: Pick<Capacity, 'purchaseOption' | 'instanceType'>): string =>
  `${purchaseOption}:${instanceType}`;

/** `start` is absent when the trial was never admitted. */
export function withResult(
  account: SweepAccount,
  sweep: AcceptedSweep,
  result: TrialResult,
  start: TrialStart | undefined,
): SweepAccount {
  const { outcome, billableSeconds, estimatedUsd = 0 } = result;
  const released = start?.reserved ?? { usd: 0, billableSeconds: 0 };
  // Of a trial that was started anew, what it spent before is counted already.
  const before = { usd: start?.before?.estimatedUsd ?? 0, billableSeconds: start?.before?.billableSeconds ?? 0 };
  return {
    ...account,
    ...(start === undefined ? {} : { live: account.live - 1 }),
    [outcome]: account[outcome] + 1,
    reserved: minus(account.reserved, released),
    spent: {
      usd: account.spent.usd + estimatedUsd - before.usd,
      billableSeconds: account.spent.billableSeconds + billableSeconds - before.billableSeconds,
    },
    ...(outcome === 'completed' ? recovered(account, sweep, result.endedAt) : {}),
    ...betterOf(account, sweep, result),
  };
}

const minus = (one: z.infer<typeof Amount>, other: z.infer<typeof Amount>): z.infer<typeof Amount> => ({
  usd: Math.max(0, one.usd - other.usd),
  billableSeconds: Math.max(0, one.billableSeconds - other.billableSeconds),
});

const QUOTA_REST_SECONDS = 300;
const START_INTERVAL_SECONDS_MAX = 30;

/** What a quota or a throttle slowed down comes back step by step, as trials end well. */
function recovered(account: SweepAccount, { request }: AcceptedSweep, now: Instant): Partial<SweepAccount> {
  const rested = now >= (account.quotaAnsweredAt ?? Number.NEGATIVE_INFINITY) + QUOTA_REST_SECONDS;
  return {
    limit: rested ? Math.min(request.maxConcurrency, account.limit + 1) : account.limit,
    startIntervalSeconds: Math.max(1 / request.startsPerSecond, account.startIntervalSeconds * 0.9),
  };
}

/** As the leaderboard ranks them. */
function betterOf({ best }: SweepAccount, { request }: AcceptedSweep, result: TrialResult): Partial<SweepAccount> {
  const { outcome, value, runId, round, trial } = result;
  if (outcome !== 'completed' || value === undefined || runId === undefined) return {};
  const order = best === undefined ? -1 : compareValues(request.objective, value, best.value) || best.round - round;
  return order < 0 ? { best: { round, trial, runId, value } } : {};
}

/** What an attempt of one trial has found out on behalf of all; `ladder` is that trial's. */
export function withObservation(
  account: SweepAccount,
  attempt: Pick<Attempt, 'capacity'>,
  outcome: AttemptOutcome,
  ladder: readonly Capacity[],
  now: Instant,
): SweepAccount {
  const pool = poolOf(attempt.capacity);
  switch (outcome.failure?.class) {
    case 'Capacity':
      return withDryPool(account, pool, now);
    case 'Quota':
      // The quota of a rung to fall back to says nothing of how many may train on the first one.
      if (ladder[0] === undefined || poolOf(ladder[0]) !== pool) return account;
      return {
        ...account,
        limit: Math.max(1, Math.min(account.limit, quotaLeft(outcome, attempt.capacity) ?? account.limit - 1)),
        quotaAnsweredAt: now,
      };
    case 'Throttling':
      return {
        ...account,
        startIntervalSeconds: Math.min(START_INTERVAL_SECONDS_MAX, account.startIntervalSeconds * 1.5),
      };
    case 'Interruption':
      return account;
    default:
      return outcome.seconds.trained > 0 ? withCapacity(account, pool) : account;
  }
}

export function withDryPool(account: SweepAccount, pool: string, now: Instant): SweepAccount {
  const { [pool]: _probe, ...probes } = account.probes;
  return { ...account, probes, breakers: { ...account.breakers, [pool]: openedBy(account.breakers[pool], now) } };
}

/** A job that trains shows that the pool gives capacity again. */
export function withCapacity(account: SweepAccount, pool: string): SweepAccount {
  if (account.breakers[pool] === undefined) return account;
  const { [pool]: _breaker, ...breakers } = account.breakers;
  const { [pool]: _probe, ...probes } = account.probes;
  return { ...account, breakers, probes };
}

/** The refusal says how much there is in all; other users of the account are found out by being refused again. */
function quotaLeft(
  { failure }: AttemptOutcome,
  { instanceCount }: Pick<Capacity, 'instanceCount'>,
): number | undefined {
  const limit = Number(/ is (\d+) Instances/.exec(failure?.evidence.text ?? '')?.[1]);
  return Number.isNaN(limit) ? undefined : Math.floor(limit / instanceCount);
}
