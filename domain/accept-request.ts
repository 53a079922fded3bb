// A request against its pipeline: either a run with everything that judgement will need, or every reason why not.
import { formatCapacity, parseCapacity, referenceCapacity, type Capacity } from './capacity.ts';
import { showValue, type Problem } from './errors.ts';
import { DURATION_MAX_SECONDS, type Channel, type Channels } from './fields.ts';
import { checkGuards } from './guards.ts';
import { checkRungs, withoutNames } from './job-on-rung.ts';
import { deriveRunId, prefixUnder } from './naming.ts';
import { canWaitForSpot, DEFAULT_SPOT_PATIENCE, patienceSeconds } from './patience.ts';
import { returnsToSpot, takesData, type Pipeline } from './pipeline.ts';
import type { PriceTable } from './prices.ts';
import { problemsOf } from './problems.ts';
import {
  checkBudgetCanBePriced,
  checkDeadlineCanBeMet,
  checkMaxRuntime,
  checkWaitingIsMeant,
  checkWorkIsKnown,
  type Report,
} from './request-checks.ts';
import { REQUEST_FIELDS, RunRequest } from './run-request.ts';
import type { AcceptedRun } from './run.ts';
import { trialLineageId } from './sweep/trial.ts';
import { formatInstant, parseDuration, parseInstant, type Instant } from './time.ts';
import { checkCodeCanRun, checkCodeIsPipelines, hyperParametersMax } from './training-code.ts';
import { estimateWork, type StatedTime, type TrainingTime, type WorkEstimate } from './training-estimate.ts';
import { comparableRuns } from './training-time.ts';

export interface AcceptanceContext {
  readonly executionArn: string;
  readonly executionName: string;
  readonly startedAt: Instant;
  readonly now: Instant;
  /** What earlier runs of the pipeline took, the newest first. */
  readonly earlier?: readonly TrainingTime[];
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly run: AcceptedRun }
  | { readonly kind: 'rejected'; readonly runId: string; readonly problems: readonly Problem[] };

export function acceptRequest(input: unknown, pipeline: Pipeline, context: AcceptanceContext): Acceptance {
  const runId = deriveRunId(pipeline.name, context.executionArn, context.startedAt);
  const parsed = RunRequest.safeParse(input ?? {});
  if (!parsed.success) return rejected(runId, problemsOf(parsed.error, input, REQUEST_FIELDS));

  const request = parsed.data;
  const problems: Problem[] = [];
  const report = (field: string, value: unknown, message: string): void => {
    problems.push({ field, value: showValue(value), message });
  };
  reportUnusableNames(input, report);
  const deadline = resolveDeadline(request, pipeline, context.now, report);
  const rungs = resolveLadder(request.capacity, pipeline.capacity, report);
  const ladder = priced(againstReference(rungs), pipeline.prices).map((rung) =>
    withoutNames(rung, request.hyperParameters),
  );
  const job = {
    ...pipeline.job,
    hyperParameters: resolveHyperParameters(request, pipeline, report),
    channels: resolveChannels(request, pipeline, report),
  };
  const earlier = comparableRuns(context.earlier ?? [], { ladder, job });
  const estimate = estimateWork(statedTime(request, pipeline), earlier, pipeline.paddingFraction);
  // Every round of a trial goes on from the same checkpoints.
  const lineageId = request.sweep === undefined ? runId : trialLineageId(request.sweep);
  const run: AcceptedRun = {
    version: 1,
    runId,
    lineageId,
    pipeline: pipeline.name,
    executionArn: context.executionArn,
    executionName: context.executionName,
    acceptedAt: context.now,
    trigger: request.trigger ?? { kind: 'manual' },
    ...defined('deadline', deadline),
    ...defined('expectedTrainingSeconds', estimate?.seconds),
    ...defined('estimate', estimate),
    maxRuntimeSeconds: durationOf(request.maxRuntime ?? pipeline.defaults.maxRuntime),
    onDeadlineMissed: request.onDeadlineMissed ?? pipeline.defaults.onDeadlineMissed,
    ...defined('budgetUsd', request.budgetUsd ?? pipeline.defaults.budgetUsd),
    ...resolvePatience(request, pipeline, { ladder, deadline, estimate }),
    paddingFraction: estimate?.paddingFraction ?? pipeline.paddingFraction,
    ladder,
    timing: pipeline.timing,
    job,
    ...(pipeline.job.checkpointUri === undefined
      ? {}
      : { checkpointUri: prefixUnder(pipeline.job.checkpointUri, lineageId) }),
    outputUri: prefixUnder(pipeline.job.outputUri, runId),
    ...priceSource(pipeline.prices),
    ...(pipeline.failureRules.length === 0 ? {} : { failureRules: pipeline.failureRules }),
    ...defined('registration', pipeline.registration),
    ...defined('sweep', request.sweep),
    ...(returnsToSpot(pipeline) ? { returnToSpot: true } : {}),
  };
  checkCodeIsPipelines(request, job, report);
  checkCodeCanRun(job, report);
  checkRungs(run, report);
  checkWaitingIsMeant(run, request, report);
  checkWorkIsKnown(run, earlier.length, report);
  checkMaxRuntime(run, request.maxRuntime ?? pipeline.defaults.maxRuntime, report);
  if (problems.length === 0) {
    checkDeadlineCanBeMet(run, context.now, report);
    checkBudgetCanBePriced(run, report);
  }
  // What the request says of a guard goes before what the pipeline says of it.
  const acknowledged = [...(request.acknowledgedGuards ?? []), ...pipeline.acknowledgedGuards];
  const needed = problems.length === 0 ? checkGuards(run, acknowledged, report) : [];
  if (problems.length > 0) return rejected(runId, problems);
  return { kind: 'accepted', run: needed.length === 0 ? run : { ...run, acknowledgedGuards: [...needed] } };
}

/** The schema leaves such a key out without a word, as no object can carry it safely. */
function reportUnusableNames(input: unknown, report: Report): void {
  for (const [field, value] of Object.entries(input ?? {}))
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
      report(`${field}.__proto__`, undefined, 'is a name that cannot be used');
}

/** More would help nobody, and a state machine hands on 256 KiB at most. */
const PROBLEMS_MAX = 20;

function rejected(runId: string, problems: readonly Problem[]): Acceptance {
  const more = { field: 'input', value: `${problems.length} problems`, message: `only ${PROBLEMS_MAX} are shown` };
  const shown = problems.length > PROBLEMS_MAX ? [...problems.slice(0, PROBLEMS_MAX), more] : problems;
  return { kind: 'rejected', runId, problems: shown };
}

function resolveDeadline(request: RunRequest, pipeline: Pipeline, now: Instant, report: Report): Instant | undefined {
  const text = request.deadline ?? pipeline.defaults.deadline;
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  const deadline = duration === undefined ? parseInstant(text) : now + duration;
  if (deadline === undefined) {
    report(
      'deadline',
      text,
      'must be a duration from now such as "36h", or a date and time with offset such as "2026-03-01T08:00:00Z"',
    );
    return undefined;
  }
  if (deadline > now + DURATION_MAX_SECONDS)
    report('deadline', text, 'must lie within 365 days: no execution of a state machine lasts longer');
  if (deadline <= now) report('deadline', text, `must lie in the future; it is ${formatInstant(now)} now`);
  return deadline;
}

function statedTime(request: RunRequest, pipeline: Pipeline): StatedTime | undefined {
  const byPipeline = pipeline.defaults.expectedTrainingTime;
  if (request.expectedTrainingTime !== undefined)
    return { source: 'request', seconds: durationOf(request.expectedTrainingTime) };
  return byPipeline === undefined ? undefined : { source: 'pipeline', seconds: durationOf(byPipeline) };
}

interface KnownTerms {
  readonly ladder: Capacity[];
  readonly deadline: Instant | undefined;
  readonly estimate: WorkEstimate | undefined;
}

/** A patience and a price of waiting both say how long at most: the shorter counts. */
function resolvePatience(
  request: RunRequest,
  pipeline: Pipeline,
  { ladder, deadline, estimate }: KnownTerms,
): Pick<AcceptedRun, 'spotPatienceSeconds' | 'waitingUsdPerHour' | 'spotPriceRatio'> {
  const { defaults, spotPriceRatio } = pipeline;
  const waiting = defined('waitingUsdPerHour', request.waitingUsdPerHour ?? defaults.waitingUsdPerHour);
  const terms = { ladder, spotPriceRatio, ...waiting };
  const counts = deadline === undefined && estimate !== undefined && canWaitForSpot(terms);
  const breakEven = counts ? patienceSeconds(terms, estimate.seconds) : undefined;
  const stated = request.spotPatience ?? defaults.spotPatience;
  const limit =
    stated === undefined && breakEven !== undefined ? breakEven : durationOf(stated ?? DEFAULT_SPOT_PATIENCE);
  return { spotPatienceSeconds: Math.min(limit, breakEven ?? limit), spotPriceRatio, ...waiting };
}

function resolveLadder(wanted: readonly string[] | undefined, ladder: readonly Capacity[], report: Report): Capacity[] {
  if (wanted === undefined) return [...ladder];
  const allowed = ladder.map(formatCapacity);
  const rungs = wanted.flatMap((text, index) => {
    const rung = findRung(text, ladder);
    if (rung === undefined)
      report(`capacity.${index}`, text, `must be a rung of this pipeline; its ladder is ${allowed.join(', ')}`);
    return rung === undefined ? [] : [rung];
  });
  if (new Set(rungs).size < rungs.length) report('capacity', wanted, 'names a rung twice: list each once');
  return rungs;
}

/** A run keeps the prices it was accepted with. */
const priced = (ladder: readonly Capacity[], prices: PriceTable | undefined): Capacity[] =>
  ladder.map((capacity) => ({
    ...capacity,
    ...defined('usdPerHour', capacity.usdPerHour ?? prices?.usdPerHour[capacity.instanceType]),
  }));

function priceSource(prices: PriceTable | undefined): Pick<AcceptedRun, 'prices'> {
  if (prices === undefined) return {};
  const { region, asOf, source } = prices;
  return { prices: { region, asOf, source } };
}

/** Times are stated for the reference rung, whatever speed the pipeline writes beside it: from here on its speed is 1. */
function againstReference(ladder: readonly Capacity[]): Capacity[] {
  if (ladder.length === 0) return [];
  const { relativeSpeed } = referenceCapacity(ladder);
  return ladder.map((capacity) => ({ ...capacity, relativeSpeed: capacity.relativeSpeed / relativeSpeed }));
}

function findRung(text: string, ladder: readonly Capacity[]): Capacity | undefined {
  try {
    const name = formatCapacity(parseCapacity(text));
    return ladder.find((rung) => formatCapacity(rung) === name);
  } catch {
    return undefined;
  }
}

function resolveHyperParameters(request: RunRequest, pipeline: Pipeline, report: Report): Record<string, string> {
  const merged = { ...pipeline.job.hyperParameters, ...request.hyperParameters };
  const count = Object.keys(merged).length;
  const most = hyperParametersMax(pipeline.job.code);
  if (count > most) report('hyperParameters', count, `takes at most ${most} entries together with the pipeline's own`);
  return merged;
}

function resolveChannels(request: RunRequest, pipeline: Pipeline, report: Report): Channels {
  const channels: Record<string, Channel> = { ...pipeline.job.channels };
  const allowed = [...pipeline.allowedDataUris, ...Object.values(pipeline.job.channels).map((channel) => channel.uri)];
  for (const [name, uri] of Object.entries(request.channels ?? {})) {
    if (!allowed.some((location) => isUnder(uri, location))) {
      report(
        `channels.${name}`,
        uri,
        `must lie under a location this pipeline allows: ${allowed.join(', ') || '(none; set allowedDataUris)'}`,
      );
    }
    // A channel may be called "constructor", and every object has one of those that is not its own.
    const known = Object.hasOwn(pipeline.job.channels, name) ? pipeline.job.channels[name] : undefined;
    channels[name] = { ...(known ?? { inputMode: 'File', distribution: 'FullyReplicated' }), uri };
  }
  const count = Object.keys(channels).length;
  if (count === 0 && takesData(pipeline)) {
    report(
      'channels',
      request.channels,
      `needs at least one, for example {"train": "${pipeline.allowedDataUris[0]}"}: this pipeline has no data of its own`,
    );
  }
  if (count > 20) report('channels', count, "takes at most 20 channels together with the pipeline's own");
  return channels;
}

function isUnder(uri: string, location: string): boolean {
  return uri === location || uri.startsWith(location.endsWith('/') ? location : `${location}/`);
}

const defined = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

function durationOf(text: string): number {
  return parseDuration(text) ?? Number.NaN;
}
