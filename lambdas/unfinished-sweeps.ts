// What the safety net does for sweeps: those whose execution is over are closed, and ends that led to nothing announced again.
import { SWEEP_STATE_CHANGE } from '../domain/sweep/events.ts';
import { REDRIVABLE_SECONDS, type UnfinishedSweep } from '../domain/sweep/unfinished.ts';
import { nextAnnouncementAt } from '../domain/unfinished.ts';
import { announcedItself } from './close-run/abandoned-run.ts';
import { closeAbandonedSweep, type AbandonedSweepPorts } from './abandoned-sweep.ts';
import { endSweep } from './end-sweep.ts';
import type { ExecutionDescription, Ledger } from './ports.ts';
import { readRun } from './read-run.ts';
import { readSweep } from './read-sweep.ts';

export type UnfinishedSweepPorts = AbandonedSweepPorts & { readonly ledger: Ledger };

export interface SweepFinding {
  readonly what: 'sweep-closed' | 'end-announced' | 'registration-given-up';
  readonly reason: string;
}

/** `execution` is over. Confirmed: announced, and its best model registered or rejected. */
export async function finishSweep(
  ports: UnfinishedSweepPorts,
  unfinished: UnfinishedSweep,
  execution: ExecutionDescription,
): Promise<SweepFinding | undefined> {
  const { sweeps, clock } = ports;
  const { pipeline, sweepId } = unfinished;
  if (announcedItself(execution)) return confirmBest(ports, unfinished);
  const { stoppedAt = 0 } = execution;
  if (unfinished.closedAfter !== undefined && unfinished.closedAfter >= stoppedAt) {
    // Until then a person may redrive it, and it may break again.
    if (clock.now() - stoppedAt > REDRIVABLE_SECONDS) await sweeps.confirmSweep(pipeline, sweepId);
    return undefined;
  }
  const { action, reason } = await closeAbandonedSweep(ports, sweepId, execution);
  return { what: action === 'closed' ? 'sweep-closed' : 'end-announced', reason };
}

async function confirmBest(
  ports: UnfinishedSweepPorts,
  unfinished: UnfinishedSweep,
): Promise<SweepFinding | undefined> {
  const { sweeps, ledger, clock, events } = ports;
  const { pipeline, sweepId, repeatCount, repeatedAt } = unfinished;
  const kept = await readSweep(sweeps, sweepId);
  const { end } = kept;
  const best = end?.status === 'SUCCEEDED' ? end.best?.runId : undefined;
  if (end === undefined || best === undefined || !(await awaitsRegistration(ledger, best))) {
    await sweeps.confirmSweep(pipeline, sweepId);
    return undefined;
  }
  const dueAt = nextAnnouncementAt({ pipeline, runId: best, endedAt: end.endedAt, repeatCount, repeatedAt });
  if (dueAt === undefined) {
    await sweeps.confirmSweep(pipeline, sweepId);
    const reason = `announced ${repeatCount + 1} times, and its best model is still neither registered nor rejected: see the executions of the registration`;
    return { what: 'registration-given-up', reason };
  }
  if (clock.now() < dueAt) return undefined;
  const { announcement } = await endSweep(ports, kept);
  await events.publish(SWEEP_STATE_CHANGE, announcement);
  await sweeps.updateUnfinishedSweep({ ...unfinished, repeatCount: repeatCount + 1, repeatedAt: clock.now() });
  return { what: 'end-announced', reason: 'its best model is neither registered nor rejected' };
}

async function awaitsRegistration(ledger: Ledger, runId: string): Promise<boolean> {
  const { run } = await readRun(ledger, runId);
  return run.registration !== undefined && (await ledger.readRegistration(runId)) === undefined;
}
