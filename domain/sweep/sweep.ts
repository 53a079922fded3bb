// A sweep is many trials, each one a run, with one search, one budget and one winner. `AcceptedSweep` is fixed when it is
// accepted, written once, and never changed.
import * as z from 'zod';
import { Capacity } from '../capacity.ts';
import { deriveRunId, prefixUnder } from '../naming.ts';
import type { Pipeline } from '../pipeline.ts';
import { onDemandUsdPerHour } from '../prices.ts';
import { showValue, type Problem, type Report } from '../errors.ts';
import { problemsOf } from '../problems.ts';
import { acceptRequest, type AcceptanceContext } from '../accept-request.ts';
import { OVERRUN_SECONDS } from '../limits.ts';
import type { RunRequest } from '../run-request.ts';
import type { AcceptedRun } from '../run.ts';
import { HOUR_SECONDS } from '../time.ts';
import { rounds, type Round } from './halving.ts';
import { quotaProblems } from './places.ts';
import { samplerOf } from './sampling.ts';
import { trialCount } from './search-space.ts';
import { SWEEP_REQUEST_FIELDS, SweepBudget, SweepRequest } from './sweep-request.ts';
import type { TrialItem, TrialKey, TrialStart } from './trial.ts';

/** What a trial costs at most, one round of it. */
const WorstCase = z.object({ usd: z.number(), billableSeconds: z.number() });
export type WorstCase = z.infer<typeof WorstCase>;

export const AcceptedSweep = z.object({
  version: z.literal(1),
  sweepId: z.string(),
  pipeline: z.string(),
  executionArn: z.string(),
  executionName: z.string(),
  acceptedAt: z.number(),
  request: SweepRequest,
  rounds: z.array(z.object({ number: z.int(), resource: z.number(), trials: z.int() })).min(1),
  /** Of every trial, prices in it. */
  ladder: z.array(Capacity).min(1),
  /** How long spot may be dry before trials are let go On-Demand. */
  spotPatienceSeconds: z.number(),
  worstCase: WorstCase,
  budget: SweepBudget.optional(),
  failuresMax: z.int(),
  /** Trials, results and receipt; ends in `/`. */
  filesUri: z.string(),
});
export type AcceptedSweep = z.infer<typeof AcceptedSweep>;

export type SweepAcceptance =
  | { readonly kind: 'accepted'; readonly sweep: AcceptedSweep }
  | { readonly kind: 'rejected'; readonly sweepId: string; readonly problems: readonly Problem[] };

const PROBLEMS_MAX = 20;

export function acceptSweep(input: unknown, pipeline: Pipeline, context: AcceptanceContext): SweepAcceptance {
  const sweepId = deriveRunId(pipeline.name, context.executionArn, context.startedAt);
  const rejected = (problems: readonly Problem[]): SweepAcceptance => ({
    kind: 'rejected',
    sweepId,
    problems: problems.slice(0, PROBLEMS_MAX),
  });
  const parsed = SweepRequest.safeParse(input ?? {});
  if (!parsed.success) return rejected(problemsOf(parsed.error, input, SWEEP_REQUEST_FIELDS));
  const request = parsed.data;
  const problems: Problem[] = [];
  const report = (field: string, value: unknown, message: string): void => {
    problems.push({ field, value: showValue(value), message });
  };
  checkObjective(request, pipeline, report);
  checkHalving(request, pipeline, report);

  const plan = rounds(trialCount(request.search), request.halving);
  const first = acceptRequest(sampleRequest(request, plan), pipeline, context);
  if (first.kind === 'rejected') {
    // A trial is a run, and what is wrong with one is wrong with all.
    return rejected([...problems, ...first.problems.map((problem) => ({ ...problem, field: `run.${problem.field}` }))]);
  }
  const worstCase = worstCaseOf(first.run);
  checkBudget(request, first.run, worstCase, report);
  for (const { pool, message } of quotaProblems(request.quotas ?? {}, first.run.ladder))
    report(`quotas.${pool}`, request.quotas?.[pool], message);
  if (problems.length > 0) return rejected(problems);
  const sweep: AcceptedSweep = {
    version: 1,
    sweepId,
    pipeline: pipeline.name,
    executionArn: context.executionArn,
    executionName: context.executionName,
    acceptedAt: context.now,
    request,
    rounds: [...plan],
    ladder: first.run.ladder,
    spotPatienceSeconds: first.run.spotPatienceSeconds,
    worstCase,
    ...(request.budget === undefined ? {} : { budget: request.budget }),
    failuresMax: failuresMax(request),
    filesUri: prefixUnder(pipeline.job.outputUri, 'sweeps', sweepId),
  };
  return { kind: 'accepted', sweep };
}

function checkObjective({ objective }: SweepRequest, { job }: Pipeline, report: Report): void {
  const known = job.metricDefinitions.map(({ name }) => name);
  // Built-in algorithms report metrics that no definition names.
  if (known.length === 0 || known.includes(objective.metric)) return;
  report('objective.metric', objective.metric, `must be one of the pipeline's metricDefinitions: ${known.join(', ')}`);
}

function checkHalving({ halving, search }: SweepRequest, pipeline: Pipeline, report: Report): void {
  if (halving === undefined) return;
  if (Object.hasOwn(search.parameters, halving.hyperParameter))
    report('halving.hyperParameter', halving.hyperParameter, 'is set by halving, so it cannot be searched as well');
  if (pipeline.job.checkpointUri === undefined)
    report(
      'halving',
      halving,
      'continues survivors from their checkpoints, and this pipeline keeps none: set a checkpoint location, or leave halving out',
    );
}

function checkBudget(request: SweepRequest, run: AcceptedRun, worstCase: WorstCase, report: Report): void {
  const { budget } = request;
  if (budget === undefined) return;
  if ('usd' in budget && run.ladder.some((capacity) => onDemandUsdPerHour(capacity) === undefined))
    report(
      'budget.usd',
      budget.usd,
      'needs a price for every capacity: set usdPerHour, or give the budget in billedHours',
    );
  const [field, worst, whole] =
    'usd' in budget
      ? (['budget.usd', worstCase.usd, budget.usd] as const)
      : (['budget.billedHours', worstCase.billableSeconds / HOUR_SECONDS, budget.billedHours] as const);
  if (worst > whole)
    report(
      field,
      whole,
      `pays for no trial: one may need ${worst.toFixed(2)} (its maxRuntime at the On-Demand rate); raise the budget, or lower run.maxRuntime`,
    );
}

/** At the On-Demand rate of the dearest rung; maxRuntime holds for all attempts of a run together. */
function worstCaseOf({ ladder, maxRuntimeSeconds, budgetUsd }: AcceptedRun): WorstCase {
  const seconds = maxRuntimeSeconds + OVERRUN_SECONDS;
  const usd = Math.max(...ladder.map((capacity) => ((onDemandUsdPerHour(capacity) ?? 0) * seconds) / HOUR_SECONDS));
  return {
    usd: Math.min(usd, budgetUsd ?? Number.POSITIVE_INFINITY),
    billableSeconds: Math.max(...ladder.map(({ instanceCount }) => instanceCount * seconds)),
  };
}

function failuresMax({ search, toleratedFailures }: SweepRequest): number {
  return 'count' in toleratedFailures
    ? toleratedFailures.count
    : Math.floor((trialCount(search) * toleratedFailures.percentage) / 100);
}

const sampleRequest = (request: SweepRequest, plan: readonly Round[]): RunRequest => ({
  ...request.run,
  hyperParameters: hyperParametersOf(request, plan[0], samplerOf(request.search)(1)),
});

const hyperParametersOf = (
  { run, halving }: SweepRequest,
  round: Pick<Round, 'resource'> | undefined,
  values: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...run.hyperParameters,
  ...values,
  ...(halving === undefined || round === undefined ? {} : { [halving.hyperParameter]: String(round.resource) }),
});

export function roundOf({ rounds, sweepId }: AcceptedSweep, number: number): Round {
  const round = rounds[number - 1];
  if (round === undefined) throw new RangeError(`sweep ${sweepId} has ${rounds.length} round(s), not ${number}`);
  return round;
}

/** The trials of a sweep by round and number: a sampler is made once for many of them. */
export function trialsOf({ request }: AcceptedSweep): (round: Round, trial: number) => TrialItem {
  const sample = samplerOf(request.search);
  return (round, trial) => ({ trial, hyperParameters: hyperParametersOf(request, round, sample(trial)) });
}

/** Long enough for a start, and for a pool that gives a little; what it has told by then is told to all. */
const PROBE_PATIENCE_SECONDS = 1_800;

/** A probe is sent where the others have waited long enough: it need not wait as long again before it moves On-Demand. */
const isBriefProbe = (sweep: AcceptedSweep, { probes }: TrialStart): boolean =>
  probes !== undefined &&
  sweep.request.run.deadline === undefined &&
  sweep.spotPatienceSeconds > PROBE_PATIENCE_SECONDS;

/** The run that a trial is. */
export function trialRequest(sweep: AcceptedSweep, item: TrialItem, start: TrialStart): RunRequest {
  const { sweepId, round, trial }: TrialKey = start;
  return {
    ...sweep.request.run,
    hyperParameters: { ...item.hyperParameters },
    ...(start.capacity === undefined ? {} : { capacity: [...start.capacity] }),
    ...(isBriefProbe(sweep, start) ? { spotPatience: `${PROBE_PATIENCE_SECONDS}s` } : {}),
    // What was reserved is what the run may spend: then the sum of all cannot pass the sweep's budget.
    ...(sweep.budget !== undefined && 'usd' in sweep.budget ? { budgetUsd: start.reserved.usd } : {}),
    sweep: { sweepId, round, trial },
  };
}

export const trialsUri = ({ filesUri }: AcceptedSweep, round: number): string => `${filesUri}round-${round}.jsonl`;
export const resultsUri = ({ filesUri }: AcceptedSweep, round: number): string => `${filesUri}results-${round}`;
export const sweepReceiptUri = ({ filesUri }: AcceptedSweep): string => `${filesUri}receipt.json`;
