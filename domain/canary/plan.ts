// The next canary: on the rung where the last one found capacity; else each rung gets its turn, as attempts do.
import type { Attempt } from '../attempt.ts';
import { affordableSeconds } from '../money.ts';
import { deriveCanaryName } from '../naming.ts';
import { spotTurnSeconds } from '../pace.ts';
import type { RunHistory } from '../run-history.ts';
import { nextRung, type RungState } from '../rungs.ts';
import type { Instant } from '../time.ts';
import { CANARIES_PER_RUN_MAX, CANARY_RUNTIME_MAX_SECONDS, CANARY_WAIT_MAX_SECONDS, type Canary } from './canary.ts';

/** Undefined when no rung may be asked, the run has had its share of canaries, or the budget bears none. */
export function planCanary(
  history: RunHistory,
  attempt: Attempt,
  spot: readonly RungState[],
  now: Instant,
): Canary | undefined {
  const { run, canaries = [] } = history;
  const rung = rungToAsk(spot, canaries, now);
  const capacity = run.ladder[rung ?? -1];
  if (rung === undefined || capacity === undefined || canaries.length >= CANARIES_PER_RUN_MAX) return undefined;
  const affordable = affordableSeconds(history, capacity) ?? Number.POSITIVE_INFINITY;
  if (affordable < CANARY_RUNTIME_MAX_SECONDS) return undefined;
  const number = canaries.filter(({ attemptNumber }) => attemptNumber === attempt.number).length + 1;
  const waitSeconds = spot.length > 1 ? Math.ceil(spotTurnSeconds(history, now)) : CANARY_WAIT_MAX_SECONDS;
  return {
    runId: run.runId,
    attemptNumber: attempt.number,
    number,
    jobName: deriveCanaryName(run.runId, attempt.number, number),
    rung,
    capacity,
    plannedAt: now,
    maxWaitSeconds: Math.max(CANARY_RUNTIME_MAX_SECONDS, Math.min(CANARY_WAIT_MAX_SECONDS, waitSeconds)),
  };
}

function rungToAsk(spot: readonly RungState[], canaries: readonly Canary[], now: Instant): number | undefined {
  const last = canaries.at(-1);
  const found = spot.find(({ rung }) => rung === last?.rung && last.outcome?.startedAt !== undefined);
  return (
    found ??
    nextRung(
      spot.map((state) => afterCanaries(state, canaries)),
      now,
    )
  )?.rung;
}

function afterCanaries(state: RungState, canaries: readonly Canary[]): RungState {
  const last = canaries.findLast(({ rung }) => rung === state.rung);
  if (last === undefined) return state;
  return { ...state, refusedInARow: state.refusedInARow + 1, triedAt: Math.max(state.triedAt, last.plannedAt) };
}
