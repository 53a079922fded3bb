// What a lineage has come to when a run goes on from it: above all the work that its newest checkpoint holds.
import { referenceCapacity, type Capacity } from './capacity.ts';
import type { JobTemplate, Pipeline } from './pipeline.ts';
import { makeReceipt } from './make-receipt.ts';
import { settledAttempts, type RunHistory } from './run-history.ts';
import type { DurableProgress } from './attempt.ts';
import type { Lineage } from './resume.ts';
import type { AcceptedRun, Resumption } from './run.ts';
import type { CheckpointObservation } from './work.ts';

/** `run`: the new one, as far as it is known. */
export function resumptionOf(
  { resumed, runs, checkpoint }: Lineage,
  run: Pick<AcceptedRun, 'ladder' | 'job'>,
  pipeline: Pick<Pipeline, 'capacity'>,
): Resumption {
  const begun = runs.filter(({ end }) => end !== undefined && end.status !== 'REJECTED');
  const trainedLast = begun.findLast(({ attempts }) => attempts.length > 0) ?? resumed;
  const changed = changedInputs(trainedLast.run.job, run.job);
  const { status = 'FAILED', code = '' } = resumed.end ?? {};
  return {
    runId: resumed.run.runId,
    status,
    code,
    ...totalsOf(begun),
    work: workSaved(
      begun.at(-1) ?? resumed,
      checkpoint,
      changed,
      (ladder) => speedRatio(ladder, run.ladder, pipeline.capacity) ?? 0,
    ),
    changed: [...changed],
  };
}

function totalsOf(
  runs: readonly RunHistory[],
): Pick<Resumption, 'runCount' | 'attemptCount' | 'trainedSeconds' | 'billableSeconds' | 'estimatedUsd'> {
  const receipts = runs.flatMap((history) => (history.end === undefined ? [] : makeReceipt(history, history.end)));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const usd = receipts.flatMap(({ estimatedUsd }) => estimatedUsd ?? []);
  return {
    runCount: receipts.length,
    attemptCount: sum(receipts.map(({ attempts }) => attempts.length)),
    trainedSeconds: sum(receipts.map(({ seconds }) => seconds.trained)),
    billableSeconds: sum(receipts.map(({ seconds }) => seconds.billable)),
    ...(usd.length === receipts.length ? { estimatedUsd: sum(usd) } : {}),
  };
}

/**
 * Never more than what is in S3 now: an attempt counts if the checkpoint that it left, or a later one, is still there. What
 * came before the last run counts as that run found it: where its checkpoints were gone, later ones hold nothing of it. How
 * far a script says it is holds only for the task it was given then.
 */
function workSaved(
  last: RunHistory,
  { newestAt, fraction }: CheckpointObservation,
  changed: readonly string[],
  ratioOf: (ladder: readonly Capacity[]) => number,
): DurableProgress {
  if (newestAt === undefined) return { savedSeconds: 0 };
  const isThere = ({ checkpointAt = 0 }: DurableProgress): boolean => checkpointAt <= newestAt;
  const found = last.run.resumes?.work;
  const own = settledAttempts(last).filter(({ outcome }) => isThere(outcome.durable));
  const before = found !== undefined && isThere(found) ? found.savedSeconds : 0;
  const seconds = own.reduce(
    (sum, { capacity, outcome }) => sum + outcome.durable.savedSeconds * capacity.relativeSpeed,
    before,
  );
  const savedSeconds = seconds * ratioOf(last.run.ladder);
  const isSameTask = !changed.some((name) => /^(hyperParameters|arguments|channels)\b/.test(name));
  return { checkpointAt: newestAt, ...(fraction === undefined || !isSameTask ? {} : { fraction }), savedSeconds };
}

/** What a second on one ladder's reference rung is on another's; undefined where the pipeline no longer has the first. */
export function speedRatio(
  from: readonly Capacity[],
  to: readonly Capacity[],
  known: readonly Capacity[],
): number | undefined {
  const [before, now] = [referenceCapacity(from), referenceCapacity(to)];
  const [slow, fast] = [before, now].map((machine) => known.find((capacity) => isSameMachine(capacity, machine)));
  return slow === undefined || fast === undefined ? undefined : slow.relativeSpeed / fast.relativeSpeed;
}

/** Whether times that are stated for the one ladder hold for the other. */
export const isSameReference = (one: readonly Capacity[], other: readonly Capacity[]): boolean =>
  isSameMachine(referenceCapacity(one), referenceCapacity(other));

const isSameMachine = (one: Capacity, other: Capacity): boolean =>
  one.instanceType === other.instanceType && one.instanceCount === other.instanceCount;

/** By name; what they were stands in both runs. */
function changedInputs(before: JobTemplate, now: JobTemplate): readonly string[] {
  const inputsOf = ({
    image,
    entryPoint = [],
    arguments: words = [],
    environment,
    hyperParameters,
    channels,
  }: JobTemplate) => ({
    image,
    entryPoint: entryPoint.join(' '),
    arguments: words.join(' '),
    ...named('environment', environment),
    ...named('hyperParameters', hyperParameters),
    ...named('channels', Object.fromEntries(Object.entries(channels).map(([name, { uri }]) => [name, uri]))),
  });
  const old = new Map(Object.entries(inputsOf(before)));
  const fresh = new Map(Object.entries(inputsOf(now)));
  return [...new Set([...old.keys(), ...fresh.keys()])].filter((name) => old.get(name) !== fresh.get(name));
}

const named = (field: string, values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${field}.${name}`, value]));
