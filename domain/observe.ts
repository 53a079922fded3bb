// What the capacity policy is told at a look, from the facts of a run. Its times are seconds since the run was accepted,
// its work is in seconds of the fallback; `undefined` for a run without a deadline or without an estimate of its work.
import { isSpot } from './capacity.ts';
import type { Attempt } from './attempt.ts';
import { isSettledCanary } from './canary/canary.ts';
import type { CanarySight } from './canary/outcome.ts';
import {
  capacityStretches,
  isTraining,
  isWaitingForCapacity,
  waitingSince,
  type CapacityStretch,
  type JobDescription,
} from './job-description.ts';
import { fallbackSpeed } from './policy-settings.ts';
import type { Observation, PolicyConfig, PolicyEvent } from './policy/observation.ts';
import { NOTHING_SEEN, type Sightings } from './policy/sightings.ts';
import { answerSeconds } from './policy/waiting-reserve.ts';
import { settledAttempts, type RunHistory } from './run-history.ts';
import type { AcceptedRun } from './run.ts';
import type { Instant } from './time.ts';
import { measureDurable, unsavedSeconds, workAfter, workOf, type CheckpointObservation } from './work.ts';

const NOBODY = {
  spot: 'none',
  onDemand: 'none',
  trainer: 'none',
  phase: 'none',
} as const satisfies Partial<Observation>;

/** Between two attempts. */
export function observeIdle(history: RunHistory, now: Instant): Observation | undefined {
  const remaining = workOf(history).remainingSeconds;
  return observe(history.run, { remaining, unsaved: 0, now }, { ...NOBODY, ...since(history.run, now) }, history);
}

/** While the job of an attempt is in progress; a canary is what shows spot beside one On-Demand. */
export function observeJob(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  checkpoint: CheckpointObservation,
  now: Instant,
  canary?: CanarySight,
): Observation | undefined {
  const { run } = history;
  const work = workUnderWay(history, attempt, job, checkpoint, now);
  const state = jobState(run, attempt, job, now);
  const beside = canary === undefined ? {} : { spot: canary.spot, spotSince: canary.since - run.acceptedAt };
  return observe(run, { ...work, now }, { ...state, ...beside }, history, {
    attempt,
    stretches: isSpot(attempt.capacity) ? capacityStretches(job) : [],
  });
}

/**
 * What is known before the events of an observation: whether the run has just given up On-Demand for spot, which then
 * gets its start-up before economy sends the run back.
 */
export function knownBefore(history: RunHistory, settings: PolicyConfig): Sightings {
  const last = settledAttempts(history).at(-1);
  if (last?.outcome.stopReason !== 'return-to-spot') return NOTHING_SEEN;
  return { ...NOTHING_SEEN, spotDueAt: last.outcome.settledAt - history.run.acceptedAt + answerSeconds(settings) };
}

interface WorkAtLook {
  /** On the reference rung, unsaved work counted as done. */
  readonly remaining: number | undefined;
  readonly unsaved: number;
  readonly now: Instant;
}

type JobState = Pick<Observation, 'spot' | 'spotSince' | 'onDemand' | 'trainer' | 'phase' | 'phaseSince'>;

interface SpotPast {
  readonly attempt: Pick<Attempt, 'rung'>;
  readonly stretches: readonly CapacityStretch[];
}

function observe(
  run: AcceptedRun,
  { remaining, unsaved, now }: WorkAtLook,
  state: JobState,
  history: RunHistory,
  present?: SpotPast,
): Observation | undefined {
  if (run.deadline === undefined || remaining === undefined) return undefined;
  const speed = fallbackSpeed(run);
  return {
    now: now - run.acceptedAt,
    deadline: run.deadline - run.acceptedAt,
    remainingWorkSeconds: remaining / speed,
    unsavedWorkSeconds: unsaved / speed,
    events: spotEvents(history, present),
    ...state,
  };
}

function workUnderWay(
  history: RunHistory,
  attempt: Attempt,
  job: JobDescription,
  checkpoint: CheckpointObservation,
  now: Instant,
): Pick<WorkAtLook, 'remaining' | 'unsaved'> {
  const { run } = history;
  const settled = settledAttempts(history).map(({ capacity, outcome }) => ({ capacity, progress: outcome.durable }));
  const progress = measureDurable(job, run, checkpoint, now);
  const { remainingSeconds: remaining } = workAfter(run, [...settled, { capacity: attempt.capacity, progress }]);
  if (remaining === undefined) return { remaining, unsaved: 0 };
  // Unsaved work counts as done only as far as the script is believed to save: one that does not save as often as it
  // should looks slower and slower, and is moved while the work that is safe can still make the deadline.
  const believed = run.checkpointUri === undefined ? Number.POSITIVE_INFINITY : run.timing.checkpointIntervalSeconds;
  const unsaved = Math.min(unsavedSeconds(job, checkpoint, now), believed) * attempt.capacity.relativeSpeed;
  return { remaining: Math.max(0, remaining - unsaved), unsaved: Math.min(remaining, unsaved) };
}

function jobState(run: AcceptedRun, { capacity }: Attempt, job: JobDescription, now: Instant): JobState {
  const waits = isWaitingForCapacity(job);
  const phaseSince = (waits ? waitingSince(job) : job.transitions.at(-1)?.startedAt) ?? now;
  const stretch = capacityStretches(job).at(-1);
  const phase = waits ? 'none' : isTraining(job) || job.secondaryStatus === 'Uploading' ? 'training' : 'restoring';
  const at = since(run, phaseSince);
  if (!isSpot(capacity)) {
    return { ...NOBODY, ...at, onDemand: waits ? 'starting' : 'running', trainer: waits ? 'none' : 'on_demand', phase };
  }
  const spotSince = waits || stretch === undefined ? at.spotSince : stretch.startedAt - run.acceptedAt;
  return { ...NOBODY, ...at, spotSince, spot: waits ? 'pending' : 'running', trainer: waits ? 'none' : 'spot', phase };
}

const since = (run: AcceptedRun, instant: Instant): Pick<Observation, 'spotSince' | 'phaseSince'> => ({
  spotSince: instant - run.acceptedAt,
  phaseSince: instant - run.acceptedAt,
});

/** All that the run's jobs have shown of spot, oldest first: Describe keeps the times, so no event need be heard. */
function spotEvents(history: RunHistory, present?: SpotPast): readonly PolicyEvent[] {
  const { canaries = [] } = history;
  const sent = canaries.filter(isSettledCanary).map(
    ({ rung, plannedAt, outcome: { startedAt, endedAt } }): SpotPast => ({
      attempt: { rung },
      stretches:
        startedAt === undefined
          ? []
          : [{ queuedAt: plannedAt, startedAt, endedAt: endedAt ?? startedAt, interrupted: false }],
    }),
  );
  const past = settledAttempts(history).map(
    (attempt): SpotPast => ({ attempt, stretches: attempt.outcome.stretches ?? [] }),
  );
  return [...past, ...sent, ...(present === undefined ? [] : [present])]
    .flatMap(({ attempt, stretches }) => stretches.flatMap((stretch) => eventsOf(history.run, attempt.rung, stretch)))
    .toSorted((one, other) => one.at - other.at);
}

function eventsOf(
  { acceptedAt }: AcceptedRun,
  pool: number,
  { queuedAt, startedAt, endedAt, interrupted }: CapacityStretch,
): readonly PolicyEvent[] {
  const event = { pool, queuedSince: queuedAt - acceptedAt };
  const up: PolicyEvent = { ...event, at: startedAt - acceptedAt, kind: 'spot_running' };
  if (endedAt === undefined) return [up];
  return [up, { ...event, at: endedAt - acceptedAt, kind: interrupted ? 'spot_interrupted' : 'spot_stopped' }];
}
