// What makes one trial better than another: a metric of the job's FinalMetricDataList, which SageMaker reads out of the log
// by the pipeline's metricDefinitions.
import * as z from 'zod';

export const Objective = z.strictObject({ metric: z.string().min(1).max(255), goal: z.enum(['maximize', 'minimize']) });
export type Objective = z.infer<typeof Objective>;

export function objectiveValue({ metric }: Objective, metrics: Readonly<Record<string, number>>): number | undefined {
  const value = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  // A loss that ran away is no value to be best by.
  return Number.isFinite(value) ? value : undefined;
}

/** Negative when `one` is better. */
export const compareValues = ({ goal }: Objective, one: number, other: number): number =>
  goal === 'maximize' ? other - one : one - other;
