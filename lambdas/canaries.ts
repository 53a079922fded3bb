// Canaries beside an On-Demand attempt: sent, looked at and ended. Written down before their job is created and settled
// once, like attempts; but nothing ever waits for one.
import { isSettledCanary, type Canary } from '../domain/canary/canary.ts';
import { abandonedCanary, outcomeOfCanary, sightOfCanary, type CanarySight } from '../domain/canary/outcome.ts';
import { planCanary } from '../domain/canary/plan.ts';
import type { Attempt } from '../domain/attempt.ts';
import { classifyTaskFailure } from '../domain/classify.ts';
import { rungsToReturnTo } from '../domain/preference.ts';
import type { RunHistory } from '../domain/run-history.ts';
import type { Instant } from '../domain/time.ts';
import { renderCanary } from '../domain/training-job.ts';
import type { Ledger, TrainingJobs } from './ports.ts';

export interface CanaryPorts {
  readonly ledger: Ledger;
  readonly jobs: TrainingJobs;
}

export interface CanaryLook {
  /** With what the look has settled. */
  readonly history: RunHistory;
  readonly live: Canary | undefined;
  readonly sight: CanarySight | undefined;
}

export async function lookAtCanary(
  { ledger, jobs }: CanaryPorts,
  history: RunHistory,
  now: Instant,
): Promise<CanaryLook> {
  const canary = liveCanariesIn(history)[0];
  if (canary === undefined) return { history, live: undefined, sight: undefined };
  const job = await jobs.describe(canary.jobName);
  const outcome = outcomeOfCanary(canary, job, now);
  if (outcome === undefined) return { history, live: canary, sight: sightOfCanary(canary, job, now) };
  const settled = await ledger.settleCanary(canary, outcome);
  const canaries = (history.canaries ?? []).map((other) =>
    other.jobName === canary.jobName ? { ...canary, outcome: settled } : other,
  );
  return { history: { ...history, canaries }, live: undefined, sight: undefined };
}

/**
 * A call that is refused is a canary that found nothing; it costs the run no more than the next look. One whose reply is
 * lost may have made a job, which is then looked after like any other. The attempt may have ended while the call was under
 * way, and whoever ended its canaries could not know of this one's job.
 */
export async function sendCanary(
  ports: CanaryPorts,
  history: RunHistory,
  attempt: Attempt,
  now: Instant,
): Promise<void> {
  const planned = planCanary(history, attempt, rungsToReturnTo(history), now);
  if (planned === undefined) return;
  const canary = await ports.ledger.planCanary(planned);
  const refusal = await refusalOf(() => ports.jobs.create(renderCanary(history.run, canary)));
  if (refusal !== undefined) await ports.ledger.settleCanary(canary, { settledAt: now, reason: refusal });
  else if (await isOver(ports.ledger, attempt)) await ports.jobs.stop(canary.jobName);
}

/** Undefined when there is a job, or may be. */
async function refusalOf(create: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await create();
    return undefined;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const { definite } = classifyTaskFailure({ error: name, cause: message });
    return definite ? `${name}: ${message}`.slice(0, REASON_LENGTH_MAX) : undefined;
  }
}

async function isOver(ledger: Ledger, { runId, number }: Attempt): Promise<boolean> {
  const history = await ledger.readRun(runId);
  const attempt = history?.attempts.find((one) => one.number === number);
  return history?.end !== undefined || attempt?.outcome !== undefined;
}

const REASON_LENGTH_MAX = 300;

export const stopCanary = ({ jobs }: CanaryPorts, canary: Canary): Promise<void> => jobs.stop(canary.jobName);

/** The attempt they stood beside is over, and settled, so that none is sent any more: no canary outlives it. */
export async function endCanaries({ ledger, jobs }: CanaryPorts, runId: string, now: Instant): Promise<void> {
  const history = await ledger.readRun(runId);
  if (history === undefined) return;
  for (const canary of liveCanariesIn(history)) {
    await jobs.stop(canary.jobName);
    const job = await jobs.describe(canary.jobName);
    await ledger.settleCanary(canary, outcomeOfCanary(canary, job, now) ?? abandonedCanary(canary, job, now));
  }
}

const liveCanariesIn = ({ canaries = [] }: RunHistory): readonly Canary[] =>
  canaries.filter((canary) => !isSettledCanary(canary));
