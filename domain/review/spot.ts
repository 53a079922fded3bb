// A look at a spot job. The sleep after it is the longest after which the deadline still holds: while spot is all there is,
// slack falls by at most one second per second, plus the unsaved work at an interruption, so the next look comes before it
// can fall below the reserve.
import { adviseRun } from '../advice.ts';
import type { Attempt } from '../attempt.ts';
import { isWaitingForCapacity, phaseSeconds, waitingSince, type JobDescription } from '../job-description.ts';
import { patienceJudgement } from '../judgement.ts';
import { observeJob } from '../observe.ts';
import { fallbackSpeed } from '../policy-settings.ts';
import { waitedForSpotSeconds } from '../preference.ts';
import { hasOther } from '../rungs.ts';
import { settledAttempts, type RunHistory } from '../run-history.ts';
import { formatDuration, type Instant } from '../time.ts';
import { losesAllItDoes, type CheckpointObservation } from '../work.ts';
import { rotation } from './rotation.ts';
import { describePhase, sleep, stop, type Review } from './verdict.ts';

export interface SpotLook {
  readonly history: RunHistory;
  readonly attempt: Attempt;
  readonly job: JobDescription;
  readonly checkpoint: CheckpointObservation;
  readonly now: Instant;
}

export function reviewSpot(look: SpotLook): Review {
  const { history, attempt, job, checkpoint, now } = look;
  const rotate = rotation(history, attempt, waitingSince(job), now);
  if (rotate.due) return stop('rotate', { reason: rotate.reason });
  if (!hasOther(history, attempt.rung, 'on-demand'))
    return sleep(history.run, rotate.sleepSeconds, now, { reason: 'no On-Demand rung to fall back to' });
  if (losesAllItDoes(history.run, job, checkpoint, now))
    return stop('no-progress', { reason: 'interrupted again and again, having trained long and saved nothing' });
  return byDeadline(look, rotate.sleepSeconds) ?? byPatience(look, rotate.sleepSeconds);
}

function byDeadline({ history, attempt, job, checkpoint, now }: SpotLook, rotateSleep: number): Review | undefined {
  const { run } = history;
  const observation = observeJob(history, attempt, job, checkpoint, now);
  if (observation === undefined) return undefined;
  const advice = adviseRun(history, attempt.capacity, observation, now);
  const { action, wakeAfterSeconds, reason, judgement } = advice;
  if (action === 'SPOT' || job.secondaryStatus === 'Uploading')
    return sleep(run, Math.min(rotateSleep, wakeAfterSeconds), now, { reason, judgement });
  if (isWaitingForCapacity(job))
    return stop('starving', { reason: `spot does not come in time: ${reason}`, judgement });
  const { startupSeconds, restoreSeconds, stopSeconds } = advice.settings;
  const slack = observation.deadline - observation.now - observation.remainingWorkSeconds;
  const tooLateToMove = slack < stopSeconds + startupSeconds + restoreSeconds;
  return tooLateToMove && attempt.capacity.relativeSpeed >= fallbackSpeed(run)
    ? sleep(run, wakeAfterSeconds, now, { reason: `moving would be too late, so it stays: ${reason}`, judgement })
    : stop('unsafe', { reason, judgement });
}

function byPatience({ history, attempt, job, now }: SpotLook, rotateSleep: number): Review {
  const { spotPatienceSeconds } = history.run;
  const waiting = waitingSince(job);
  const before = waitedForSpotSeconds(settledAttempts(history), attempt.plannedAt);
  // A job that was interrupted has waited more than once; one just created may show no transition yet.
  const waited = before + Math.max(phaseSeconds(job, now).waited, waiting === undefined ? 0 : now - waiting);
  const figures = `waited ${formatDuration(waited)} for spot of ${formatDuration(spotPatienceSeconds)} patience`;
  const left = spotPatienceSeconds - waited;
  const judgement = patienceJudgement(waited, spotPatienceSeconds, left > 0);
  if (waiting !== undefined && left <= 0)
    return stop('starving', { reason: `no deadline, but patience for spot is used up: ${figures}`, judgement });
  return sleep(history.run, Math.min(rotateSleep, Math.max(0, left)), now, {
    reason: `${describePhase(job, waiting, now)}; ${figures}`,
    judgement,
  });
}
