// What a person asks of a sweep: what to search, by what to judge, how much it may cost. Everything else, each trial takes
// from the pipeline, as any run does.
import * as z from 'zod';
import { RunTerms } from '../run-terms.ts';
import { Halving } from './halving.ts';
import { Objective } from './objective.ts';
import { Search } from './search-space.ts';

/** Worst cases are added up before a trial starts, so neither can be overdrawn. */
export const SweepBudget = z.union(
  [z.strictObject({ usd: z.number().positive() }), z.strictObject({ billedHours: z.number().positive() })],
  { error: 'must read {"usd": 20}, or {"billedHours": 40} of instance time at the On-Demand rate' },
);
export type SweepBudget = z.infer<typeof SweepBudget>;

export const ToleratedFailures = z.union(
  [z.strictObject({ count: z.int().min(0) }), z.strictObject({ percentage: z.number().min(0).max(100) })],
  { error: 'must read {"count": 3} or {"percentage": 20}' },
);

export const CONCURRENCY_DEFAULT = 10;
/** CreateTrainingJob has no published rate; tens of simultaneous calls are throttled. */
export const STARTS_PER_SECOND_DEFAULT = 2;

export const SweepRequest = z.strictObject({
  search: Search,
  objective: Objective,
  halving: Halving.optional(),
  /** For all trials alike: data, capacity, maxRuntime, fixed hyperparameters. */
  run: RunTerms.prefault({}),
  /** Trials under way at the same time; what the account's spot quota for the instance type allows is a good number. */
  maxConcurrency: z.int().min(1).max(1_000).default(CONCURRENCY_DEFAULT),
  /** Instances that the account's quotas allow, by rung; what is not said is found out by being refused. */
  quotas: z.record(z.string(), z.int().positive()).optional(),
  startsPerSecond: z.number().min(0.01).max(20).default(STARTS_PER_SECOND_DEFAULT),
  budget: SweepBudget.optional(),
  /** More than that, and no new trial is started: something is wrong with all of them. */
  toleratedFailures: ToleratedFailures.default({ percentage: 50 }),
});
export type SweepRequest = z.infer<typeof SweepRequest>;
export type SweepRequestInput = z.input<typeof SweepRequest>;

export const SWEEP_REQUEST_FIELDS = Object.keys(SweepRequest.shape);
