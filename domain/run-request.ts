// What a person, a schedule or an upload asks for: `{}` is a whole request, everything else is an override. A request
// chooses data, hyperparameters, time and rungs of the pipeline's own list; it cannot bring a role, an image or a bucket.
import * as z from 'zod';
import { formatCapacity, isSpot, parseCapacity, type Capacity } from './capacity.ts';
import { showValue, type Problem } from './errors.ts';
import {
  ChannelName,
  DURATION_MAX_SECONDS,
  type Channel,
  type Channels,
  DurationText,
  HyperParameters,
  OnDeadlineMissed,
  S3Uri,
} from './fields.ts';
import { MAX_RUNTIME_LIMIT_SECONDS, MIN_USEFUL_RUNTIME_SECONDS } from './limits.ts';
import { deriveRunId, prefixUnder } from './naming.ts';
import { takesData, type Pipeline } from './pipeline.ts';
import { onDemandUsdPerHour } from './prices.ts';
import { problemsOf } from './problems.ts';
import { Trigger, type AcceptedRun } from './run.ts';
import { formatDuration, formatInstant, HOUR_SECONDS, parseDuration, parseInstant, type Instant } from './time.ts';

export const RunRequest = z.strictObject({
  /** A duration from now, or an ISO 8601 instant with offset. */
  deadline: z.string().max(64).optional(),
  /** Training time on the reference rung, On-Demand, start-up not included. */
  expectedTrainingTime: DurationText.optional(),
  maxRuntime: DurationText.optional(),
  onDeadlineMissed: OnDeadlineMissed.optional(),
  budgetUsd: z.number().positive('must be more than 0').optional(),
  spotPatience: DurationText.optional(),
  hyperParameters: HyperParameters.optional(),
  /** Channel name to S3 location. */
  channels: z.record(ChannelName, S3Uri).optional(),
  /** Rungs of the pipeline, in the order wanted, written `spot:ml.g5.xlarge`. */
  capacity: z.array(z.string()).min(1, 'needs at least one rung; leave it out to use the whole ladder').optional(),
  acknowledgedGuards: z.array(z.string()).optional(),
  trigger: Trigger.optional(),
});
export type RunRequest = z.infer<typeof RunRequest>;

export const REQUEST_FIELDS = Object.keys(RunRequest.shape);

export interface AcceptanceContext {
  readonly executionArn: string;
  readonly executionName: string;
  readonly startedAt: Instant;
  readonly now: Instant;
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
  const run: AcceptedRun = {
    version: 1,
    runId,
    lineageId: runId,
    pipeline: pipeline.name,
    executionArn: context.executionArn,
    executionName: context.executionName,
    acceptedAt: context.now,
    trigger: request.trigger ?? { kind: 'manual' },
    ...resolveDeadline(request, pipeline, context.now, report),
    maxRuntimeSeconds: durationOf(request.maxRuntime ?? pipeline.defaults.maxRuntime),
    onDeadlineMissed: request.onDeadlineMissed ?? pipeline.defaults.onDeadlineMissed,
    ...defined('budgetUsd', request.budgetUsd ?? pipeline.defaults.budgetUsd),
    spotPatienceSeconds: durationOf(request.spotPatience ?? pipeline.defaults.spotPatience),
    paddingFraction: pipeline.paddingFraction,
    ladder: resolveLadder(request.capacity, pipeline.capacity, report),
    timing: pipeline.timing,
    job: {
      ...pipeline.job,
      hyperParameters: resolveHyperParameters(request, pipeline, report),
      channels: resolveChannels(request, pipeline, report),
    },
    ...(pipeline.job.checkpointUri === undefined
      ? {}
      : { checkpointUri: prefixUnder(pipeline.job.checkpointUri, runId) }),
    outputUri: prefixUnder(pipeline.job.outputUri, runId),
    ...defined('registration', pipeline.registration),
  };
  checkMaxRuntime(run, request.maxRuntime ?? pipeline.defaults.maxRuntime, report);
  if (problems.length === 0) {
    checkDeadlineCanBeMet(run, context.now, report);
    checkBudgetCanBePriced(run, report);
    checkSpotHasCheckpoint(run, [...pipeline.acknowledgedGuards, ...(request.acknowledgedGuards ?? [])], report);
  }
  return problems.length > 0 ? rejected(runId, problems) : { kind: 'accepted', run };
}

/** More would help nobody, and a state machine hands on 256 KiB at most. */
const PROBLEMS_MAX = 20;

function rejected(runId: string, problems: readonly Problem[]): Acceptance {
  const more = { field: 'input', value: `${problems.length} problems`, message: `only ${PROBLEMS_MAX} are shown` };
  const shown = problems.length > PROBLEMS_MAX ? [...problems.slice(0, PROBLEMS_MAX), more] : problems;
  return { kind: 'rejected', runId, problems: shown };
}

type Report = (field: string, value: unknown, message: string) => void;

function resolveDeadline(
  request: RunRequest,
  pipeline: Pipeline,
  now: Instant,
  report: Report,
): Pick<AcceptedRun, 'deadline' | 'expectedTrainingSeconds'> {
  const expectedText = request.expectedTrainingTime ?? pipeline.defaults.expectedTrainingTime;
  const expected = expectedText === undefined ? {} : { expectedTrainingSeconds: durationOf(expectedText) };
  const text = request.deadline ?? pipeline.defaults.deadline;
  if (text === undefined) return expected;
  const duration = parseDuration(text);
  const deadline = duration === undefined ? parseInstant(text) : now + duration;
  if (deadline === undefined) {
    report(
      'deadline',
      text,
      'must be a duration from now such as "36h", or a date and time with offset such as "2026-03-01T08:00:00Z"',
    );
    return expected;
  }
  if (deadline > now + DURATION_MAX_SECONDS)
    report('deadline', text, 'must lie within 365 days: no execution of a state machine lasts longer');
  if (deadline <= now) report('deadline', text, `must lie in the future; it is ${formatInstant(now)} now`);
  if (expectedText === undefined) {
    report(
      'expectedTrainingTime',
      undefined,
      'is needed beside a deadline: say how long the training takes On-Demand, for example "10h"',
    );
  }
  return { deadline, ...expected };
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
  if (count > 100) report('hyperParameters', count, "takes at most 100 entries together with the pipeline's own");
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

/** Spot is left out of account: the promise is that On-Demand, begun at once, would be in time. */
function checkDeadlineCanBeMet(run: AcceptedRun, now: Instant, report: Report): void {
  if (run.deadline === undefined || run.expectedTrainingSeconds === undefined) return;
  const onDemand = run.ladder.filter((capacity) => !isSpot(capacity));
  // The fallback takes the first On-Demand rung, however fast a later one is.
  const speed = onDemand[0]?.relativeSpeed ?? Math.max(...run.ladder.map((capacity) => capacity.relativeSpeed));
  const needed = run.timing.startupSeconds + run.expectedTrainingSeconds / speed;
  const available = run.deadline - now;
  if (needed <= available) return;
  report(
    'deadline',
    formatInstant(run.deadline),
    `cannot be met even ${onDemand.length > 0 ? 'On-Demand' : 'with spot capacity at once'}: start-up and training need ${formatDuration(needed)}, ` +
      `there are ${formatDuration(available)}; move it by at least ${formatDuration(needed - available)}, or put a faster rung first`,
  );
}

function checkMaxRuntime(run: AcceptedRun, text: string, report: Report): void {
  if (run.maxRuntimeSeconds > MAX_RUNTIME_LIMIT_SECONDS)
    report('maxRuntime', text, 'takes at most 28d, the limit of SageMaker');
  if (run.maxRuntimeSeconds < MIN_USEFUL_RUNTIME_SECONDS)
    report('maxRuntime', text, `takes at least ${MIN_USEFUL_RUNTIME_SECONDS}s: a shorter attempt could not even start`);
  if (run.expectedTrainingSeconds !== undefined && run.expectedTrainingSeconds > run.maxRuntimeSeconds) {
    report(
      'maxRuntime',
      formatDuration(run.maxRuntimeSeconds),
      `must not be shorter than expectedTrainingTime (${formatDuration(run.expectedTrainingSeconds)}): raise maxRuntime`,
    );
  }
}

function checkBudgetCanBePriced(run: AcceptedRun, report: Report): void {
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

export const SPOT_WITHOUT_CHECKPOINT = 'spot-without-checkpoint';
const UNSAVED_RUNTIME_MAX_SECONDS = HOUR_SECONDS;

function checkSpotHasCheckpoint(run: AcceptedRun, acknowledged: readonly string[], report: Report): void {
  const runtime = run.expectedTrainingSeconds ?? run.maxRuntimeSeconds;
  if (run.checkpointUri !== undefined || !run.ladder.some(isSpot) || runtime <= UNSAVED_RUNTIME_MAX_SECONDS) return;
  if (acknowledged.includes(SPOT_WITHOUT_CHECKPOINT)) return;
  report(
    'capacity',
    run.ladder.filter(isSpot).map(formatCapacity),
    `uses spot without checkpoints for up to ${formatDuration(runtime)}: every interruption starts from zero (${expectedRestarts(runtime)}); ` +
      `set a checkpoint location, or acknowledge the guard "${SPOT_WITHOUT_CHECKPOINT}"`,
  );
}

/** Memoryless interruptions at a rate r: the expected time to get T uninterrupted seconds is (e^(rT) - 1) / r. */
function expectedRestarts(runtimeSeconds: number): string {
  const ratePerHour = 0.15;
  const hours = runtimeSeconds / HOUR_SECONDS;
  const expectedHours = (Math.exp(ratePerHour * hours) - 1) / ratePerHour;
  return `at ${ratePerHour} interruptions an hour, ${formatDuration(runtimeSeconds)} of work are expected to take ${Math.round(expectedHours).toLocaleString('en-US')} h of training`;
}

const defined = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

function durationOf(text: string): number {
  return parseDuration(text) ?? Number.NaN;
}
