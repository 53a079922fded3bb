// A request against its pipeline: either a run with everything that judgement will need, or every reason why not.
import type { Capacity } from './capacity.ts';
import { readDeadline } from './deadline.ts';
import { showValue, type Problem, type Report } from './errors.ts';
import type { Channel, Channels } from './fields.ts';
import { checkGuards } from './guards.ts';
import { checkRungs, withoutNames } from './job-on-rung.ts';
import { isSameReference, resumptionOf } from './lineage.ts';
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
} from './request-checks.ts';
import { resolveLadder } from './requested-ladder.ts';
import { resumedRequest, resumeRefusal, type Lineage } from './resume.ts';
import { REQUEST_FIELDS, RunRequest } from './run-request.ts';
import { KeptTerms } from './run-terms.ts';
import type { AcceptedRun } from './run.ts';
import { trialLineageId } from './sweep/trial.ts';
import { parseDuration, type Instant } from './time.ts';
import { checkCodeCanRun, checkCodeIsPipelines, hyperParametersMax } from './training-code.ts';
import { estimateWork, type StatedTime, type TrainingTime } from './training-estimate.ts';
import { comparableRuns } from './training-time.ts';
import { workToBegin } from './work.ts';

export interface AcceptanceContext {
  readonly executionArn: string;
  readonly executionName: string;
  readonly startedAt: Instant;
  readonly now: Instant;
  /** What earlier runs of the pipeline took, the newest first. */
  readonly earlier?: readonly TrainingTime[];
  /** Of the run that the request names, where it names one that there is. */
  readonly lineage?: Lineage | undefined;
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly run: AcceptedRun }
  | { readonly kind: 'rejected'; readonly runId: string; readonly problems: readonly Problem[] };

export function acceptRequest(input: unknown, pipeline: Pipeline, context: AcceptanceContext): Acceptance {
  const runId = deriveRunId(pipeline.name, context.executionArn, context.startedAt);
  const parsed = RunRequest.safeParse(input ?? {});
  if (!parsed.success) return rejected(runId, problemsOf(parsed.error, input, REQUEST_FIELDS));

  const problems: Problem[] = [];
  const report = (field: string, value: unknown, message: string): void => {
    problems.push({ field, value: showValue(value), message });
  };
  const asked = parsed.data;
  const { lineage } = context;
  const refusal = asked.resume === undefined ? undefined : resumeRefusal(asked, pipeline.name, lineage);
  if (refusal !== undefined) {
    report('resume', asked.resume, refusal);
    return rejected(runId, problems);
  }
  const resumed = lineage?.resumed.run;
  const inherited = resumed === undefined ? asked : resumedRequest(asked, resumed, context.now, report);
  reportUnusableNames(input, report);
  const deadline = resolveDeadline(inherited, pipeline, context.now, report);
  // What was stated for the lineage goes before a rung; what its first run had from the pipeline does not.
  const hyperParameters = { ...resumed?.terms?.hyperParameters, ...asked.hyperParameters };
  const ladder = resolveLadder(inherited.capacity, pipeline, report).map((rung) => withoutNames(rung, hyperParameters));
  const request = resumed === undefined ? inherited : withOwnTime(inherited, asked, resumed, ladder);
  const job = {
    ...pipeline.job,
    hyperParameters: resolveHyperParameters(request, pipeline, report),
    channels: resolveChannels(request, pipeline, report),
  };
  const earlier = comparableRuns(context.earlier ?? [], { ladder, job });
  const estimate = estimateWork(statedTime(request, pipeline), earlier, pipeline.paddingFraction);
  const resumes =
    lineage === undefined || ladder.length === 0 ? undefined : resumptionOf(lineage, { ladder, job }, pipeline);
  // Every round of a trial goes on from the same checkpoints.
  const lineageId = resumed?.lineageId ?? (request.sweep === undefined ? runId : trialLineageId(request.sweep));
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
    ...resolvePatience(request, pipeline, {
      ladder,
      deadline,
      work: workToBegin({ expectedTrainingSeconds: estimate?.seconds, resumes }),
    }),
    paddingFraction: estimate?.paddingFraction ?? pipeline.paddingFraction,
    ladder,
    timing: pipeline.timing,
    job,
    ...(pipeline.job.checkpointUri === undefined
      ? {}
      : { checkpointUri: prefixUnder(pipeline.job.checkpointUri, lineageId) }),
    ...(pipeline.checkpointRetention === undefined
      ? {}
      : { checkpointRetentionSeconds: durationOf(pipeline.checkpointRetention) }),
    outputUri: prefixUnder(pipeline.job.outputUri, runId),
    ...priceSource(pipeline.prices),
    ...(pipeline.failureRules.length === 0 ? {} : { failureRules: pipeline.failureRules }),
    ...defined('registration', pipeline.registration),
    terms: KeptTerms.parse({ ...request, hyperParameters }),
    ...defined('resumes', resumes),
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
    if (Object.hasOwn(Object(value), '__proto__'))
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
  return readDeadline(text, now, report);
}

/** Times are stated for the reference rung: where that is another machine now, what was stated before means nothing. */
const withOwnTime = (
  inherited: RunRequest,
  { expectedTrainingTime }: RunRequest,
  resumed: AcceptedRun,
  ladder: readonly Capacity[],
): RunRequest =>
  ladder.length === 0 || isSameReference(resumed.ladder, ladder) ? inherited : { ...inherited, expectedTrainingTime };

function statedTime(request: RunRequest, pipeline: Pipeline): StatedTime | undefined {
  const byPipeline = pipeline.defaults.expectedTrainingTime;
  if (request.expectedTrainingTime !== undefined)
    return { source: 'request', seconds: durationOf(request.expectedTrainingTime) };
  return byPipeline === undefined ? undefined : { source: 'pipeline', seconds: durationOf(byPipeline) };
}

interface KnownTerms {
  readonly ladder: Capacity[];
  readonly deadline: Instant | undefined;
  /** Seconds of training that are to be done. */
  readonly work: number | undefined;
}

/** A patience and a price of waiting both say how long at most: the shorter counts. */
function resolvePatience(
  request: RunRequest,
  pipeline: Pipeline,
  { ladder, deadline, work }: KnownTerms,
): Pick<AcceptedRun, 'spotPatienceSeconds' | 'waitingUsdPerHour' | 'spotPriceRatio'> {
  const { defaults, spotPriceRatio } = pipeline;
  const waiting = defined('waitingUsdPerHour', request.waitingUsdPerHour ?? defaults.waitingUsdPerHour);
  const terms = { ladder, spotPriceRatio, ...waiting };
  const counts = deadline === undefined && work !== undefined && canWaitForSpot(terms);
  const breakEven = counts ? patienceSeconds(terms, work) : undefined;
  const stated = request.spotPatience ?? defaults.spotPatience;
  const limit =
    stated === undefined && breakEven !== undefined ? breakEven : durationOf(stated ?? DEFAULT_SPOT_PATIENCE);
  return { spotPatienceSeconds: Math.min(limit, breakEven ?? limit), spotPriceRatio, ...waiting };
}

function priceSource(prices: PriceTable | undefined): Pick<AcceptedRun, 'prices'> {
  if (prices === undefined) return {};
  const { region, asOf, source } = prices;
  return { prices: { region, asOf, source } };
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
