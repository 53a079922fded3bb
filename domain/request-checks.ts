// What can be known before anything is started: limits that contradict each other, a deadline that nobody could make,
// a budget without a price.
import { formatCapacity, isSpot } from './capacity.ts';
import type { Report } from './errors.ts';
import { MAX_RUNTIME_LIMIT_SECONDS, MIN_USEFUL_RUNTIME_SECONDS } from './limits.ts';
import { canWaitForSpot } from './patience.ts';
import { onDemandUsdPerHour } from './prices.ts';
import type { RunTerms } from './run-terms.ts';
import type { AcceptedRun } from './run.ts';
import { rungsCompared } from './rung-prices.ts';
import { formatDuration, formatInstant, type Instant } from './time.ts';
import { EARLIER_RUNS_MIN } from './training-estimate.ts';
import { workAfter, workToBegin } from './work.ts';

/** Spot is left out of account: the promise is that On-Demand, begun at once, would be in time. */
export function checkDeadlineCanBeMet(run: AcceptedRun, now: Instant, report: Report): void {
  const work = workToBegin(run);
  if (run.deadline === undefined || work === undefined) return;
  const onDemand = run.ladder.filter((capacity) => !isSpot(capacity));
  // The fallback takes the first On-Demand rung, however fast a later one is: the reference, whose speed is 1.
  const speed = onDemand[0]?.relativeSpeed ?? Math.max(...run.ladder.map((capacity) => capacity.relativeSpeed));
  const needed = run.timing.startupSeconds + work / speed;
  const available = run.deadline - now;
  if (needed <= available) return;
  report(
    'deadline',
    formatInstant(run.deadline),
    `cannot be met even ${onDemand.length > 0 ? 'On-Demand' : 'with spot capacity at once'}: start-up and training need ${formatDuration(needed)}, ` +
      `there are ${formatDuration(available)}; move it by at least ${formatDuration(needed - available)}, or put a faster rung first`,
  );
}

/** `earlierCount`: how many comparable runs are known. */
export function checkWorkIsKnown(run: AcceptedRun, earlierCount: number, report: Report): void {
  if (run.estimate !== undefined) return;
  const beside = run.deadline === undefined ? pricedWaiting(run) : 'a deadline';
  if (beside === undefined) return;
  report(
    'expectedTrainingTime',
    undefined,
    `is needed beside ${beside}: say how long the training takes On-Demand, for example "10h"; after ${EARLIER_RUNS_MIN} ` +
      `completed runs with the same hyperparameters an estimate will come from them (${earlierCount} so far)`,
  );
}

const pricedWaiting = (run: AcceptedRun): string | undefined =>
  run.waitingUsdPerHour !== undefined && canWaitForSpot(run) ? 'waitingUsdPerHour' : undefined;

/**
 * A deadline decides by itself how long a run waits, so a price of waiting beside it would say nothing, and its owner would
 * not notice. Only a deadline that a request adds to a pipeline's price is taken as an override; the run's reason says so.
 */
export function checkWaitingIsMeant(run: AcceptedRun, request: RunTerms, report: Report): void {
  if (run.waitingUsdPerHour === undefined) return;
  const isOverride = request.deadline !== undefined && request.waitingUsdPerHour === undefined;
  if (run.deadline !== undefined && !isOverride) {
    const message =
      'counts only without a deadline, which decides by itself how long the run waits for spot: leave out one of the two';
    report('waitingUsdPerHour', run.waitingUsdPerHour, message);
  }
  if (run.deadline !== undefined || !canWaitForSpot(run)) return;
  const { spot, onDemand } = rungsCompared(run);
  for (const capacity of [spot, onDemand].filter((rung) => onDemandUsdPerHour(rung) === undefined)) {
    const message = `needs a price for ${formatCapacity(capacity)}, to know what spot would save: set usdPerHour on that capacity`;
    report('waitingUsdPerHour', run.waitingUsdPerHour, message);
  }
}

export function checkMaxRuntime(run: AcceptedRun, text: string, report: Report): void {
  if (run.maxRuntimeSeconds > MAX_RUNTIME_LIMIT_SECONDS)
    report('maxRuntime', text, 'takes at most 28d, the limit of SageMaker');
  if (run.maxRuntimeSeconds < MIN_USEFUL_RUNTIME_SECONDS)
    report('maxRuntime', text, `takes at least ${MIN_USEFUL_RUNTIME_SECONDS}s: a shorter attempt could not even start`);
  const { source, lowSeconds = 0 } = run.estimate ?? {};
  if (source === 'earlier-runs') {
    // Nobody said that the next run is like them; only a limit that none of them would have met is surely a mistake.
    if (lowSeconds - workAfter(run, []).doneSeconds <= run.maxRuntimeSeconds) return;
    const message = `must be at least what the fastest of the earlier runs took (${formatDuration(lowSeconds)}): raise maxRuntime, or state expectedTrainingTime`;
    return report('maxRuntime', formatDuration(run.maxRuntimeSeconds), message);
  }
  // All attempts count together, so an estimate with nothing to spare would run out with the first work done twice.
  const needed = (workToBegin(run) ?? 0) * (1 + run.paddingFraction);
  if (needed > run.maxRuntimeSeconds) {
    report(
      'maxRuntime',
      formatDuration(run.maxRuntimeSeconds),
      `must be at least ${run.resumes === undefined ? 'expectedTrainingTime' : 'what is left of expectedTrainingTime'} and its padding (${formatDuration(needed)}): raise maxRuntime`,
    );
  }
}

export function checkBudgetCanBePriced(run: AcceptedRun, report: Report): void {
  if (run.budgetUsd === undefined) return;
  const unpriced = run.ladder.filter((capacity) => onDemandUsdPerHour(capacity) === undefined);
  for (const capacity of unpriced) {
    report(
      'budgetUsd',
      run.budgetUsd,
      `needs a price for ${formatCapacity(capacity)}: set usdPerHour on that capacity`,
    );
  }
}
