// The watch's eyes: looks at a job under way and stops it when the domain says so. The intent is written before the stop,
// so that a job found Stopped can be told from one that a person stopped.
import type { Attempt } from '../../domain/attempt.ts';
import { isTerminal, type JobDescription } from '../../domain/job-description.ts';
import { followedSleepSeconds } from '../../domain/pace.ts';
import { reviewAttempt } from '../../domain/review.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import { withSighting } from '../../domain/sweep/sighting.ts';
import type { Instant } from '../../domain/time.ts';
import { mayListen } from '../../domain/watch.ts';
import { ReviewAttemptInput, ReviewAttemptOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import { lookAtCanary, sendCanary, stopCanary } from '../canaries.ts';
import { observeCheckpoint } from '../observe-checkpoint.ts';
import { attemptOf, readRun } from '../read-run.ts';
import type { SettlePorts } from '../settle-attempt.ts';
import type { SweepLedger } from '../sweep-ports.ts';

/** SIGTERM, then at most 120 s until the container is gone: the second look finds the job ended. */
const STOPPING_SLEEP_SECONDS = 60;
/** Only FollowAttempt sleeps after this verdict, before InspectAttempt settles what has ended. */
const ENDED_SLEEP_SECONDS = 1;

export type ReviewPorts = SettlePorts & { readonly sweeps: Pick<SweepLedger, 'readSweep' | 'updateAccount'> };

export const createReviewAttempt = ({ ledger, jobs, objects, clock, sweeps }: ReviewPorts) =>
  defineFunction('review-attempt', { input: ReviewAttemptInput, output: ReviewAttemptOutput })(
    async ({ runId, attemptNumber, following = false }) => {
      const found = await readRun(ledger, runId);
      const attempt = attemptOf(found, attemptNumber);
      const [job, checkpoint, canary] = await Promise.all([
        jobs.describe(attempt.jobName),
        observeCheckpoint(objects, found.run.checkpointUri),
        lookAtCanary({ ledger, jobs }, found, clock.now()),
      ]);
      const { history } = canary;
      const now = clock.now();
      const lookedAt = now;
      if (job !== undefined && !isTerminal(job)) await tellTheSweep(sweeps, history, attempt, job, now);

      const intended = history.stopIntents.find(({ jobName }) => jobName === attempt.jobName);
      if (intended !== undefined && job !== undefined && !isTerminal(job)) {
        await jobs.stop(attempt.jobName);
        return { verdict: 'stopping', sleepSeconds: STOPPING_SLEEP_SECONDS, lookedAt, reason: intended.explanation };
      }
      const review = reviewAttempt(history, attempt, job, checkpoint, now, canary.sight);
      const wantsCanary = review.verdict === 'watch' && review.canary;
      if (wantsCanary && canary.live === undefined) await sendCanary({ ledger, jobs }, history, attempt, now);
      if (!wantsCanary && canary.live !== undefined) await stopCanary({ ledger, jobs }, canary.live);
      if (review.verdict === 'watch') {
        const { canary: _, ...watch } = review;
        const sleepSeconds = following
          ? Math.min(watch.sleepSeconds, followedSleepSeconds(history.run, attempt, now))
          : watch.sleepSeconds;
        return { ...watch, sleepSeconds, verdict: mayListen(history, now) ? 'listen' : 'watch', lookedAt };
      }
      if (review.verdict === 'ended') return { ...review, sleepSeconds: ENDED_SLEEP_SECONDS, lookedAt };
      const judgement = review.judgement === undefined ? {} : { judgement: review.judgement };
      await ledger.recordStopIntent({
        runId,
        jobName: attempt.jobName,
        reason: review.stopReason,
        explanation: review.reason,
        ...judgement,
        by: 'review-attempt',
        at: now,
      });
      await jobs.stop(attempt.jobName);
      return {
        verdict: 'stopping',
        sleepSeconds: STOPPING_SLEEP_SECONDS,
        lookedAt,
        reason: review.reason,
        ...judgement,
      };
    },
  );

/** Read first: of fifty trials that wait, one has news. */
async function tellTheSweep(
  sweeps: ReviewPorts['sweeps'],
  { run }: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  now: Instant,
): Promise<void> {
  if (run.sweep === undefined) return;
  const { sweepId } = run.sweep;
  const account = (await sweeps.readSweep(sweepId))?.account;
  if (account === undefined || withSighting(account, run, attempt, job, now) === account) return;
  await sweeps.updateAccount(sweepId, (before) => withSighting(before, run, attempt, job, now));
}
