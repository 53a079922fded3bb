// What a sweep has spent and learned so far: counters and a few flags, however many trials there are. Changed by one trial
// after the other, each change made from what it was.
import * as z from 'zod';
import type { Attempt, AttemptOutcome } from '../attempt.ts';
import type { Instant } from '../time.ts';
import { Breaker, heldOpen, openedBy } from './breaker.ts';
import { compareValues } from './objective.ts';
import { LearnedQuota, poolOf, withQuotaAnswer, withRecovery } from './places.ts';
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
  /** Live trials by the rung on which they have their place, and what quotas have answered, by rung. */
  places: z.record(z.string(), z.int()).default({}),
  quotas: z.record(z.string(), LearnedQuota).default({}),
  breakers: z.record(z.string(), Breaker),
  /** The trial that probes a rung, by rung. */
  probes: z.record(z.string(), z.string()),
  best: z.object({ round: z.int(), trial: z.int(), runId: z.string(), value: z.number() }).optional(),
  /** Set once: no new trials from here on. */
  stopped: z.object({ code: z.string(), reason: z.string(), at: z.number() }).optional(),
});
export type SweepAccount = z.infer<typeof SweepAccount>;

export const freshAccount = ({ request: { startsPerSecond } }: AcceptedSweep): SweepAccount => ({
  live: 0,
  started: 0,
  completed: 0,
  failed: 0,
  skipped: 0,
  reserved: { usd: 0, billableSeconds: 0 },
  spent: { usd: 0, billableSeconds: 0 },
  nextStartAt: 0,
  startIntervalSeconds: 1 / startsPerSecond,
  places: {},
  quotas: {},
  breakers: {},
  probes: {},
});

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
    ...(start === undefined ? {} : { live: account.live - 1, places: withoutPlace(account.places, start.place) }),
    [outcome]: account[outcome] + 1,
    reserved: minus(account.reserved, released),
    spent: {
      usd: account.spent.usd + estimatedUsd - before.usd,
      billableSeconds: account.spent.billableSeconds + billableSeconds - before.billableSeconds,
    },
    ...(outcome === 'completed' ? recovered(account, sweep, start?.place, result.endedAt) : {}),
    ...betterOf(account, sweep, result),
  };
}

const minus = (one: z.infer<typeof Amount>, other: z.infer<typeof Amount>): z.infer<typeof Amount> => ({
  usd: Math.max(0, one.usd - other.usd),
  billableSeconds: Math.max(0, one.billableSeconds - other.billableSeconds),
});

/** A trial's run has moved on to another rung, and its place with it; undefined where it is there already. */
export function withPlaceMoved(
  account: SweepAccount,
  start: TrialStart,
  place: string,
): { readonly start: TrialStart; readonly account: SweepAccount } | undefined {
  if (start.place === place) return undefined;
  const places = withoutPlace(account.places, start.place);
  return {
    start: { ...start, place },
    account: { ...account, places: { ...places, [place]: (places[place] ?? 0) + 1 } },
  };
}

const withoutPlace = (places: SweepAccount['places'], pool: string | undefined): SweepAccount['places'] =>
  pool === undefined ? places : { ...places, [pool]: Math.max(0, (places[pool] ?? 0) - 1) };

const START_INTERVAL_SECONDS_MAX = 30;

/** What a quota or a throttle slowed down comes back step by step, as trials end well. */
const recovered = (
  account: SweepAccount,
  { request }: AcceptedSweep,
  place: string | undefined,
  now: Instant,
): Partial<SweepAccount> => ({
  quotas: { ...withRecovery(account.quotas, place, request.maxConcurrency, now) },
  startIntervalSeconds: Math.max(1 / request.startsPerSecond, account.startIntervalSeconds * 0.9),
});

/** As the leaderboard ranks them. */
function betterOf({ best }: SweepAccount, { request }: AcceptedSweep, result: TrialResult): Partial<SweepAccount> {
  const { outcome, value, runId, round, trial } = result;
  if (outcome !== 'completed' || value === undefined || runId === undefined) return {};
  const order = best === undefined ? -1 : compareValues(request.objective, value, best.value) || best.round - round;
  return order < 0 ? { best: { round, trial, runId, value } } : {};
}

/** What an attempt of one trial has found out on behalf of all. */
export function withObservation(
  account: SweepAccount,
  attempt: Pick<Attempt, 'capacity' | 'plannedAt'>,
  outcome: AttemptOutcome,
  now: Instant,
): SweepAccount {
  const { capacity, plannedAt } = attempt;
  const pool = poolOf(capacity);
  switch (outcome.failure?.class) {
    case 'Capacity':
      return withDryPool(account, pool, now, outcome.seconds.trained > 0 ? now : plannedAt);
    case 'Quota': {
      const { text } = outcome.failure.evidence;
      const quotas = withQuotaAnswer(account.quotas, capacity, account.places[pool] ?? 0, text, now);
      return { ...account, quotas: { ...quotas } };
    }
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

export function withDryPool(account: SweepAccount, pool: string, now: Instant, since = now): SweepAccount {
  const { [pool]: _probe, ...probes } = account.probes;
  return {
    ...account,
    probes,
    breakers: { ...account.breakers, [pool]: openedBy(account.breakers[pool], now, since) },
  };
}

/** While a job queues there in vain, it is the probe: the next look at it is due by `until`. */
export const withQueueing = (
  account: SweepAccount,
  pool: string,
  now: Instant,
  since: Instant,
  until: Instant,
): SweepAccount => ({
  ...account,
  breakers: { ...account.breakers, [pool]: heldOpen(account.breakers[pool], now, since, until) },
});

/** A job that trains shows that the pool gives capacity again. */
export function withCapacity(account: SweepAccount, pool: string): SweepAccount {
  if (account.breakers[pool] === undefined) return account;
  const { [pool]: _breaker, ...breakers } = account.breakers;
  const { [pool]: _probe, ...probes } = account.probes;
  return { ...account, breakers, probes };
}
