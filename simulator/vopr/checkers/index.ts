// All checkers. Each knows only the record of what was seen, and one promise.
import type { Checker } from '../world-record.ts';
import { budgetHolds } from './budget-holds.ts';
import { checkpointsAreKept } from './checkpoints-are-kept.ts';
import { deadlineHolds } from './deadline-holds.ts';
import { endsOnce } from './ends-once.ts';
import { everythingEnds } from './everything-ends.ts';
import { extensionsOnlyGive } from './extensions-only-give.ts';
import { limitsHold } from './limits-hold.ts';
import { lineageAddsUp } from './lineage-adds-up.ts';
import { lineagesHold } from './lineages-hold.ts';
import { noFallbackOnUserErrors } from './no-fallback-on-user-errors.ts';
import { nothingOutlivesItsRun } from './nothing-outlives-its-run.ts';
import { oneJobPerPrefix } from './one-job-per-prefix.ts';
import { receiptAddsUp } from './receipt-adds-up.ts';
import { refusalsSayWhy } from './refusals-say-why.ts';
import { registeredOnce } from './registered-once.ts';
import { resumesFromWhatIsSafe } from './resumes-from-what-is-safe.ts';
import { stopsAreHonoured } from './stops-are-honoured.ts';
import { runsOverlapAsAllowed } from './runs-overlap-as-allowed.ts';
import { sweepsHold } from './sweeps-hold.ts';
import { triggersStartOnce } from './triggers-start-once.ts';
import { workIsKept } from './work-is-kept.ts';

export const CHECKERS = {
  oneJobPerPrefix,
  endsOnce,
  receiptAddsUp,
  registeredOnce,
  nothingOutlivesItsRun,
  deadlineHolds,
  budgetHolds,
  workIsKept,
  stopsAreHonoured,
  triggersStartOnce,
  runsOverlapAsAllowed,
  extensionsOnlyGive,
  lineagesHold,
  resumesFromWhatIsSafe,
  lineageAddsUp,
  checkpointsAreKept,
  refusalsSayWhy,
  sweepsHold,
  noFallbackOnUserErrors,
  everythingEnds,
  limitsHold,
} satisfies Readonly<Record<string, Checker>>;

export type CheckerName = keyof typeof CHECKERS;

export const check: Checker = (record) => Object.values(CHECKERS).flatMap((checker) => checker(record));
