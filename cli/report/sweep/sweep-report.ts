// What the report page of a sweep shows, as data: everything is worked out here, and the page only draws.
import type { JobDescription } from '../../../domain/job-description.ts';
import type { Receipt } from '../../../domain/receipt.ts';
import type { SweepReceipt } from '../../../domain/sweep/receipt.ts';
import type { TrialResult } from '../../../domain/sweep/trial.ts';
import { phasesOf, type Phase } from '../phases.ts';

export interface SweepReportSources {
  /** Where the figures come from, such as "Simulation"; and a sentence about it. */
  readonly origin: string;
  readonly note?: string | undefined;
  /** With the whole leaderboard. */
  readonly receipt: SweepReceipt;
  readonly results: readonly TrialResult[];
  /** Of the trials' runs, by run id. */
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** By name; absent where nobody knows the jobs: then phases have the right length, one after the other. */
  readonly jobs?: ReadonlyMap<string, JobDescription> | undefined;
}

export interface ReportTrial {
  readonly trial: number;
  /** On the leaderboard; absent where no round completed. */
  readonly rank: number | undefined;
  /** Of each round, in their order. */
  readonly results: readonly TrialResult[];
  readonly phases: readonly Phase[];
}

export interface SweepReport {
  readonly origin: string;
  readonly note: string | undefined;
  readonly receipt: SweepReceipt;
  /** The best first, those without a value last. */
  readonly trials: readonly ReportTrial[];
}

export function sweepReport({ origin, note, receipt, results, receipts, jobs }: SweepReportSources): SweepReport {
  const ranks = new Map(receipt.leaderboard.map(({ trial, rank }) => [trial, rank]));
  const byTrial = Map.groupBy(results, ({ trial }) => trial);
  const trials = [...byTrial].map(([trial, rounds]): ReportTrial => {
    const ordered = rounds.toSorted((one, other) => one.round - other.round);
    const phases = ordered.flatMap(({ runId = '' }) =>
      (receipts.get(runId)?.attempts ?? []).flatMap((line) => phasesOf(line, jobs?.get(line.jobName), undefined)),
    );
    return { trial, rank: ranks.get(trial), results: ordered, phases };
  });
  const last = trials.length + 1;
  return {
    origin,
    note,
    receipt,
    trials: trials.toSorted((one, other) => (one.rank ?? last) - (other.rank ?? last) || one.trial - other.trial),
  };
}
