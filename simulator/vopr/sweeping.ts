// A drawn sweep in a world that is played: its trials' script, the people who stop it and have it go on, and its record.
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import type { ModelledScript } from '../executors/modelled.ts';
import { endedWithoutSuccess } from '../services/sim-executions.ts';
import type { World } from '../world.ts';
import type { DrawnSweep } from './drawn-world.ts';
import type { SweepRecord } from './world-record.ts';

const EPOCHS_MAX = 90;

/** Undefined for a job that is no trial's. The best accuracy is at x = 0.3. */
export function trialScript(
  script: ModelledScript,
  { workSeconds, failsAboveX = 1 }: DrawnSweep,
  { HyperParameters: { x, epochs = String(EPOCHS_MAX) } }: TrainingJobRequest,
): ModelledScript | undefined {
  if (x === undefined) return undefined;
  const { failsAfterWorkSeconds: _, ...sound } = script;
  const { accuracy } = script.metrics;
  const work = (workSeconds * Number(epochs)) / EPOCHS_MAX;
  return {
    ...sound,
    workSeconds: work,
    metrics: accuracy === undefined ? {} : { accuracy: accuracy * (1 - (Number(x) - 0.3) ** 2) },
    ...(Number(x) > failsAboveX ? { failsAfterWorkSeconds: work / 2 } : {}),
  };
}

export function playSweep(
  world: World,
  startedAt: number,
  { startsAt, request, stopsAt, redrivesAt }: DrawnSweep,
): void {
  const { clock, executions } = world;
  const execution = () => executions.allOf(world.sweepMachineArn)[0];
  clock.at(startedAt + startsAt, () => void world.startSweep(request));
  if (stopsAt !== undefined)
    clock.at(startedAt + stopsAt, () => {
      if (execution()?.status === 'RUNNING') execution()?.stop({ cause: 'a person stopped it' });
    });
  for (const at of redrivesAt)
    clock.at(startedAt + at, () => {
      const ended = execution();
      // What was refused is refused again.
      if (ended === undefined || !endedWithoutSuccess(ended) || ended.error === 'Spotrelay.SweepRejected') return;
      executions.redrive(ended.arn);
    });
}

export async function sweepRecords(world: World): Promise<readonly SweepRecord[]> {
  const records: SweepRecord[] = [];
  for (const { arn, redriveCount } of world.executions.allOf(world.sweepMachineArn)) {
    const sweepId = await world.sweeps.sweepIdOfExecution(arn);
    const kept = sweepId === undefined ? undefined : await world.sweeps.readSweep(sweepId);
    if (sweepId === undefined || kept === undefined) continue;
    records.push({
      ...kept,
      redriveCount,
      results: await world.sweeps.readTrialResults(sweepId),
      live: await world.sweeps.liveTrials(sweepId),
    });
  }
  return records;
}
