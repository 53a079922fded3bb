// The watch beside a job listens for news while it sleeps. What is known of its listening is one small fact per attempt,
// changed by two who may come in either order: the watch that lies down, and the news that arrives. Lost, late, early and
// repeated news all end well: at worst the watch sleeps until its timer, at worst it looks once too often.
import * as z from 'zod';
import type { RunHistory } from './run-history.ts';
import { DAY_SECONDS, type Instant } from './time.ts';

export const Watch = z.object({
  attemptNumber: z.int().min(1),
  /** Of the listening task; one that is over answers nobody. */
  taskToken: z.string().optional(),
  /** When the watch last looked at the job: older news is none. */
  lookedAt: z.number(),
  /** When the newest news came about. */
  newsAt: z.number().optional(),
  /** Whether the present listening has been woken. */
  woken: z.boolean(),
  /** The newest news that woke it: when that is repeated it is none. */
  wokenFor: z.number().optional(),
  wakeCount: z.int().min(0),
});
export type Watch = z.infer<typeof Watch>;

export const freshWatch = (attemptNumber: number): Watch => ({
  attemptNumber,
  lookedAt: 0,
  woken: false,
  wakeCount: 0,
});

/** Clocks of services differ by seconds; what came about so shortly before a look was perhaps not yet to be seen. */
const CLOCK_SKEW_SECONDS = 5;

const NEVER = Number.NEGATIVE_INFINITY;

const isNews = ({ newsAt = NEVER, wokenFor = NEVER }: Watch, lookedAt: Instant): boolean =>
  newsAt > Math.max(lookedAt - CLOCK_SKEW_SECONDS, wokenFor);

const wake = (watch: Watch): Watch => ({
  ...watch,
  woken: true,
  wakeCount: watch.wakeCount + 1,
  wokenFor: watch.newsAt,
});

/** The watch listens; news that came since its look has it woken at once. */
export function listening(watch: Watch, taskToken: string, lookedAt: Instant): Watch {
  const listens = { ...watch, taskToken, lookedAt, woken: false };
  return isNews(watch, lookedAt) ? wake(listens) : listens;
}

/** News came: the watch is to be woken if it listens and has not seen it. */
export function heard(watch: Watch, newsAt: Instant): Watch {
  const after = { ...watch, newsAt: Math.max(newsAt, watch.newsAt ?? 0) };
  return watch.taskToken === undefined || watch.woken || !isNews(after, watch.lookedAt) ? after : wake(after);
}

/** The first changes of a job come in a row; they may all be looked at. */
const WAKES_AT_ONCE = 40;
const WAKES_OVER_DEADLINE = 600;
const WAKES_MAX = 800;
const HORIZON_MIN_SECONDS = DAY_SECONDS / 2;

/**
 * Whether the watch may listen, or only sleep: spot that flaps for weeks would have it woken more often than the history of
 * one execution can hold (a wake costs 15 of 25,000 events). Forty wakes, and 600 more spread over the time to the deadline;
 * 800 whatever happens.
 */
export function mayListen({ run, watches = [] }: RunHistory, now: Instant): boolean {
  const horizon = Math.max(
    HORIZON_MIN_SECONDS,
    (run.deadline ?? run.acceptedAt + run.spotPatienceSeconds) - run.acceptedAt,
  );
  const allowed = WAKES_AT_ONCE + (WAKES_OVER_DEADLINE * (now - run.acceptedAt)) / horizon;
  const woken = watches.reduce((sum, { wakeCount }) => sum + wakeCount, 0);
  return woken < Math.min(WAKES_MAX, allowed);
}
