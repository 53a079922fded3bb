// Those who look after a world: a person at the dead letters and the failed registrations, and the safety net.
import { HOUR_SECONDS } from '../../domain/time.ts';
import type { Ledger } from '../../lambdas/ports.ts';
import { untilItWaits } from '../clock/waiting.ts';
import { endedWithoutSuccess } from '../services/sim-executions.ts';
import type { World } from '../world.ts';
import { changedPort } from '../world/changed-port.ts';
import type { DrawnWorld } from './drawn-world.ts';
import type { Observing } from './observing.ts';

const REDRIVE_SECONDS = 1_800;
const REDRIVES_MAX = 20;

/** Whoever is told by an alarm looks once the world has healed, and now and then afterwards: at dead letters and failed batches. */
export function redriveWhatAlarmsName(
  { clock, bus, executions, uploadBatchMachineArn }: World,
  { deadLetters, deadSchedules }: Observing,
  healedAt: number,
): void {
  for (let count = 1; count <= REDRIVES_MAX; count += 1)
    clock.at(healedAt + count * REDRIVE_SECONDS, () => {
      for (const { event, rule } of deadLetters.splice(0)) bus.redrive(event, rule);
      for (const again of deadSchedules.splice(0)) again();
      for (const { arn } of executions.allOf(uploadBatchMachineArn).filter(endedWithoutSuccess))
        executions.redrive(arn);
    });
}

/** Before and after the healing: whoever is alarmed does not know of it. */
export function redriveRegistrations({ clock, executions, registrationMachineArn }: World, startedAt: number): void {
  for (let count = 1; count <= 2 * REDRIVES_MAX; count += 1)
    clock.at(startedAt + count * REDRIVE_SECONDS, () => {
      for (const { arn } of executions.allOf(registrationMachineArn).filter(endedWithoutSuccess))
        executions.redrive(arn);
    });
}

const NET_SECONDS = 900;
/** A model that nobody registered is announced again in growing intervals. */
const NET_LOOKS_AFTER = 40;
const NET_HOURS_AFTER = [0.25, 1, 2, 4, 8, 12];

/**
 * The safety net looks every quarter of an hour where events are lost that it stands in for, and where it removes
 * checkpoints. Elsewhere there is next to nothing for it to find, and a look takes longer than all else in a quiet world: it
 * comes now and then after the healing. Once all is at rest in a healed world it need not come at all.
 */
export function lookWithTheSafetyNet(
  world: World,
  { faults, healsAt, pipeline, triggers }: DrawnWorld,
  startedAt: number,
): void {
  const looks =
    faults.otherEventLost === 0 && pipeline.checkpointRetention === undefined
      ? NET_HOURS_AFTER.map((hours) => healsAt + hours * HOUR_SECONDS)
      : Array.from(
          { length: Math.ceil(healsAt / NET_SECONDS) + NET_LOOKS_AFTER },
          (_, index) => (index + 1) * NET_SECONDS,
        );
  const look = async (): Promise<void> => {
    const healed = world.clock.now() >= startedAt + healsAt;
    if (healed && triggers === undefined && (await isAtRest(world, pipeline.name))) return;
    // One that fails is made good by the next.
    await untilItWaits(world.reconcile().catch(() => {}));
  };
  for (const seconds of looks) world.clock.at(startedAt + seconds, look);
}

/** The ledger of the door, before whose lease the safety net looks. */
export const lookBeforeTheLease = (ledger: Ledger, look: () => Promise<void>): Ledger =>
  changedPort(ledger, {
    acquireLease: async (lineageId, runId) => {
      await untilItWaits(look().catch(() => {}));
      return ledger.acquireLease(lineageId, runId);
    },
  });

/** Nothing goes on, and nothing waits to be looked after. A batch that was forgotten shows only in the look itself. */
async function isAtRest(
  { ledger, sweeps, triggers, executions, sagemaker }: World,
  pipeline: string,
): Promise<boolean> {
  const goesOn =
    executions.all().some(({ status }) => status === 'RUNNING') ||
    sagemaker.all().some(({ status }) => status === 'InProgress');
  if (goesOn) return false;
  const kept = await Promise.all([
    ledger.openRuns(pipeline),
    ledger.endedRuns(pipeline),
    ledger.retainedCheckpoints(pipeline),
    sweeps.unfinishedSweeps(pipeline),
    triggers.queuedRequests(pipeline),
  ]);
  return kept.every(({ length }) => length === 0);
}
