// A look at an On-Demand job: whether it gets its capacity, and whether there is a way back to spot.
import { adviseRun } from '../advice.ts';
import type { CanarySight } from '../canary/outcome.ts';
import { waitingSince } from '../job-description.ts';
import { observeJob } from '../observe.ts';
import { shortestSleepSeconds } from '../pace.ts';
import { rungsToReturnTo } from '../preference.ts';
import { rotation } from './rotation.ts';
import type { SpotLook } from './spot.ts';
import { describePhase, sleep, stop, type Review } from './verdict.ts';

export interface OnDemandLook extends SpotLook {
  readonly canary: CanarySight | undefined;
}

export function reviewOnDemand(look: OnDemandLook): Review {
  const { history, attempt, job, now } = look;
  const waiting = waitingSince(job);
  const rotate = rotation(history, attempt, waiting, now);
  if (rotate.due) return stop('rotate', { reason: rotate.reason });
  return (
    reviewReturn(look, rotate.sleepSeconds) ??
    sleep(history.run, rotate.sleepSeconds, now, { reason: describePhase(job, waiting, now) })
  );
}

/** News of a canary may be lost: it is looked after by timers, as far apart as the pause between two of them. */
const CANARY_LOOK_SECONDS = 600;

/** Undefined where no return is thought of. */
function reviewReturn(
  { history, attempt, job, checkpoint, canary, now }: OnDemandLook,
  rotateSleep: number,
): Review | undefined {
  const { run } = history;
  const [rung] = rungsToReturnTo(history);
  if (run.returnToSpot !== true || rung === undefined || job.secondaryStatus === 'Uploading') return undefined;
  const observation = observeJob(history, attempt, job, checkpoint, now, canary);
  if (observation === undefined) return undefined;
  const { action, wakeAfterSeconds, reason, judgement } = adviseRun(history, run.ladder[rung.rung], observation, now);
  if (action === 'SPOT') return stop('return-to-spot', { reason, judgement });
  const asks = action === 'ON_DEMAND_WITH_PROBE';
  const lookAfter = asks ? Math.max(CANARY_LOOK_SECONDS, 2 * shortestSleepSeconds(run, now)) : wakeAfterSeconds;
  return sleep(run, Math.min(rotateSleep, wakeAfterSeconds, lookAfter), now, { reason, judgement, canary: asks });
}
