// The deadline holds whenever On-Demand was to be had and the world is as the pipeline says it is. What that takes is
// written here and nowhere else; a world that breaks one of these has no promise to hold.
import { inEffect } from '../../../domain/amendment.ts';
import { isSpot } from '../../../domain/capacity.ts';
import type { Checker, RunRecord, WorldRecord } from '../world-record.ts';

const promise = 'the deadline holds';

export const deadlineHolds: Checker = (record) =>
  record.runs.flatMap((run) => {
    const { runId, history } = run;
    const { deadline } = inEffect(history).run;
    const { end } = history;
    if (deadline === undefined || end === undefined || brokenAssumption(record, run) !== undefined) return [];
    if (end.status === 'SUCCEEDED' && end.endedAt <= deadline) return [];
    return [
      {
        promise,
        what: `${runId} ended ${end.status} ${end.code} at ${end.endedAt}, ${Math.round(end.endedAt - deadline)} s after its deadline (negative: before): ${end.reason}`,
      },
    ];
  });

/** The first assumption that this world does not keep; undefined when the promise stands. */
export function brokenAssumption(record: WorldRecord, { history }: RunRecord): string | undefined {
  const { run } = inEffect(history);
  const { drawn, startedAt, acts } = record;
  const { script, market, quotas, mix } = drawn;
  const { timing, ladder, deadline = 0, acceptedAt, expectedTrainingSeconds = 0, paddingFraction } = run;
  const onDemand = ladder.filter((rung) => !isSpot(rung));
  const [fallback] = onDemand;
  if (fallback === undefined) return 'there is an On-Demand rung to fall back to';
  if (run.sweep !== undefined) return 'it does not share quotas and money with other trials';
  if (mix !== 'calm') return 'only capacity and events are at fault';
  if (acts.length > 0) return 'no person stops it';
  if (Object.keys(quotas).length > 0) return 'no quota is short';
  if (run.budgetUsd !== undefined) return 'no budget limits the attempts';
  if (script.failsAfterWorkSeconds !== undefined) return 'the script does not fail';
  if (run.checkpointUri === undefined || script.checkpointIntervalSeconds === 0) return 'the script saves';
  const short = onDemand.some(({ instanceType }) =>
    (market[`on-demand:${instanceType}`] ?? []).some(({ at, available }) => !available && startedAt + at <= deadline),
  );
  if (short) return 'every On-Demand rung has capacity all the time';
  const workSeconds = script.workSeconds / (script.speeds[fallback.instanceType] ?? 1);
  const padded = (expectedTrainingSeconds * (1 + paddingFraction)) / fallback.relativeSpeed;
  if (workSeconds > padded) return 'the work is no more than what was stated, and its padding';
  if (run.maxRuntimeSeconds < 3 * padded) return 'no limit on the runtime is near';
  if (drawn.startupSeconds > timing.startupSeconds) return 'machines start as fast as stated';
  if (script.restoreSeconds > timing.restoreSeconds) return 'a checkpoint is restored as fast as stated';
  if (script.stopSeconds > timing.stopSeconds) return 'a job stops as fast as stated';
  if (script.checkpointIntervalSeconds > timing.checkpointIntervalSeconds) return 'the script saves as often as stated';
  // The policy reserves for training, not for what follows it: the upload comes out of the margin.
  if (script.uploadSeconds > timing.marginSeconds / 2) return 'the upload fits into half the margin';
  const fromIdle = timing.startupSeconds + timing.restoreSeconds + padded + timing.marginSeconds;
  if (deadline - acceptedAt < fromIdle) return 'On-Demand, begun at once, would have been in time with its margin';
  return undefined;
}
