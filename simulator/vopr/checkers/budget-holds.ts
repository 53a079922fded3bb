// What SageMaker billed a run never comes to more than its budget, at the run's own prices.
import { inEffect } from '../../../domain/amendment.ts';
import { onDemandUsd } from '../../../domain/money.ts';
import type { Checker } from '../world-record.ts';

/** Billing rounds each job to whole seconds. */
const ROUNDING_SECONDS = 1;

export const budgetHolds: Checker = ({ runs, jobs }) =>
  runs.flatMap(({ runId, history }) => {
    const { run } = inEffect(history);
    const { budgetUsd, ladder } = run;
    if (budgetUsd === undefined) return [];
    let spentUsd = 0;
    let roundingUsd = 0;
    for (const { last, request } of jobs.filter((job) => job.runId === runId)) {
      const { InstanceType, InstanceCount } = request.ResourceConfig;
      const capacity = ladder.find(
        (rung) => rung.instanceType === InstanceType && rung.instanceCount === InstanceCount,
      );
      if (capacity === undefined) continue;
      spentUsd += onDemandUsd(capacity, last.billableSeconds ?? 0) ?? 0;
      roundingUsd += onDemandUsd(capacity, ROUNDING_SECONDS) ?? 0;
    }
    if (spentUsd <= budgetUsd + roundingUsd) return [];
    return [{ promise: 'the budget is never exceeded', what: `${runId} was billed ${spentUsd} USD of ${budgetUsd}` }];
  });
