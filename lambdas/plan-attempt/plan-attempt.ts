// Asks the domain what next, and writes a planned attempt down before its job is created, so that nothing is ever started
// that the ledger does not know.
import type { Attempt } from '../../domain/attempt.ts';
import { isSpot } from '../../domain/capacity.ts';
import { decide } from '../../domain/decide.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import { plannedAttempt } from '../../domain/planned-attempt.ts';
import { firstSleepSeconds } from '../../domain/review.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { AcceptedRun } from '../../domain/run.ts';
import { withPlaceMoved } from '../../domain/sweep/account.ts';
import { poolOf } from '../../domain/sweep/places.ts';
import { DAY_SECONDS, HOUR_SECONDS, type Instant } from '../../domain/time.ts';
import { renderTrainingJob } from '../../domain/training-job.ts';
import { PlanAttemptInput, PlanAttemptOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock, Ledger } from '../ports.ts';
import { readRun } from '../read-run.ts';
import type { SweepLedger } from '../sweep-ports.ts';

export interface PlanPorts {
  readonly ledger: Ledger;
  readonly sweeps: Pick<SweepLedger, 'replaceTrialStart'>;
  readonly clock: Clock;
}

export const createPlanAttempt = ({ ledger, sweeps, clock }: PlanPorts) =>
  defineFunction('plan-attempt', { input: PlanAttemptInput, output: PlanAttemptOutput })(async ({ runId }) => {
    const now = clock.now();
    const history = await readRun(ledger, runId);
    const decision = decide(history, now);
    switch (decision.next) {
      case 'wait':
      case 'end':
        return decision;
      // Our own reply was lost, or we were: the same attempt again, under the same job name.
      case 'follow':
        await movePlace(sweeps, history.run, decision.attempt);
        return trainingPlan(history, decision.attempt, now);
      case 'attempt': {
        const attempt = await ledger.planAttempt(plannedAttempt(history.run, decision, now));
        // Whoever closes the run of an execution that was stopped did so after we had read it: somebody has set it going again.
        if (attempt === undefined) return standingEnd(await readRun(ledger, runId), now);
        await movePlace(sweeps, history.run, attempt);
        return trainingPlan(history, attempt, now);
      }
    }
  });

function standingEnd(history: RunHistory, now: Instant): PlanAttemptOutput {
  const decision = decide(history, now);
  if (decision.next !== 'end')
    throw new InvariantViolation(`run ${history.run.runId} takes no further attempt, and has no end`);
  return decision;
}

/** What is taken of a rung's quota the other trials of a sweep have to know. Writes nothing where the trial is there already. */
async function movePlace(sweeps: PlanPorts['sweeps'], { sweep }: AcceptedRun, { capacity }: Attempt): Promise<void> {
  if (sweep === undefined) return;
  await sweeps.replaceTrialStart(sweep, (account, standing) => withPlaceMoved(account, standing, poolOf(capacity)));
}

function trainingPlan(history: RunHistory, attempt: Attempt, now: Instant): PlanAttemptOutput {
  return {
    next: isSpot(attempt.capacity) ? 'spot' : 'on-demand',
    reason: attempt.reason,
    ...(attempt.judgement === undefined ? {} : { judgement: attempt.judgement }),
    attemptNumber: attempt.number,
    // The contract's arrays are mutable types; nobody changes them.
    job: renderTrainingJob(history.run, attempt) as Extract<PlanAttemptOutput, { next: 'spot' | 'on-demand' }>['job'],
    taskTimeoutSeconds: taskTimeoutSeconds(attempt),
    firstSleepSeconds: firstSleepSeconds(history, attempt, now),
    lookedAt: now,
  };
}

/** Above every limit of the job itself: a task time-out leaves a job that nobody is attached to. */
function taskTimeoutSeconds(attempt: Attempt): number {
  const queue = attempt.maxWaitSeconds === undefined ? DAY_SECONDS : 0;
  return (attempt.maxWaitSeconds ?? attempt.maxRuntimeSeconds) + queue + HOUR_SECONDS;
}
