// What a look at a trial's job under way tells the other trials of its pool. An attempt that queues for hours ends only after
// hours, and by then hundreds of others would queue there as well.
import type { Attempt } from '../attempt.ts';
import { capacityStretches, waitingSince, type JobDescription } from '../job-description.ts';
import type { AcceptedRun } from '../run.ts';
import { HOUR_SECONDS, type Instant } from '../time.ts';
import { withCapacity, withQueueing, type SweepAccount } from './account.ts';
import { poolOf } from './places.ts';

const DRY_SECONDS_MIN = 900;
/** A look is this late at the most. */
const LATE_SECONDS = 120;
const LOOK_SECONDS_MAX = 6 * HOUR_SECONDS;

/** A start under way is never mistaken for a dry pool. */
const drySeconds = ({ timing }: Pick<AcceptedRun, 'timing'>): number =>
  Math.max(DRY_SECONDS_MIN, 3 * timing.startupSeconds);

/** The very account where there is no news. */
export function withSighting(
  account: SweepAccount,
  run: Pick<AcceptedRun, 'timing'>,
  { capacity }: Pick<Attempt, 'capacity'>,
  job: JobDescription,
  now: Instant,
): SweepAccount {
  const pool = poolOf(capacity);
  const breaker = account.breakers[pool];
  const waiting = waitingSince(job);
  if (waiting !== undefined) {
    if (now - waiting < drySeconds(run)) return account;
    const until = now + secondsToNextLook(run, waiting, now) + LATE_SECONDS;
    // Of fifty that queue together the others have no news.
    const known = breaker !== undefined && breaker.drySince <= waiting && until <= breaker.openUntil + LATE_SECONDS;
    return known ? account : withQueueing(account, pool, now, waiting, until);
  }
  const capacitySince = capacityStretches(job).at(-1)?.startedAt;
  const isNews = breaker !== undefined && capacitySince !== undefined && capacitySince > breaker.openedAt;
  return isNews ? withCapacity(account, pool) : account;
}

/** For how long to leave a trial that waits, for the sake of the others; undefined where it does not wait. */
export function nextSightingSeconds(
  run: Pick<AcceptedRun, 'timing'>,
  job: JobDescription,
  now: Instant,
): number | undefined {
  const waiting = waitingSince(job);
  return waiting === undefined ? undefined : secondsToNextLook(run, waiting, now);
}

/** Each wait is twice as long as the one before, so that a drought of weeks has a short history. */
function secondsToNextLook(run: Pick<AcceptedRun, 'timing'>, waiting: Instant, now: Instant): number {
  const waited = now - waiting;
  return waited < drySeconds(run) ? drySeconds(run) - waited : Math.min(LOOK_SECONDS_MAX, waited);
}
