// Whether a triggered run may start now. One turn a pipeline, swapped under a condition, closes the gap between the start of
// an execution and the run that it becomes: without it two triggers of one second would both find nobody.
import { RUN_SKIPPED, type RunSkipped } from '../domain/events.ts';
import { pipelineMetrics } from '../domain/run-metrics.ts';
import type { Turn } from '../domain/triggers.ts';
import type { Clock, EventPublisher, Executions, Ledger, MetricSink, TriggerLedger } from './ports.ts';
import type { WantedRun } from './wanted-run.ts';

export interface TurnPorts {
  readonly ledger: Ledger;
  readonly triggers: TriggerLedger;
  readonly executions: Executions;
  readonly clock: Clock;
}

/** DescribeExecution may not yet know what StartExecution has just made. */
const START_SECONDS = 300;
/** Each time round somebody else took the turn, or a request turned out to have been started before. */
const TRIES_MAX = 25;

export type Drained =
  | { readonly kind: 'started'; readonly executionName: string }
  | { readonly kind: 'waiting'; readonly behind: string }
  | { readonly kind: 'empty' };

/** Starts the request that has waited longest, if nothing is going on. Called again at any time it does no harm. */
export async function drainQueue(ports: TurnPorts, pipeline: string): Promise<Drained> {
  const { triggers, executions, clock } = ports;
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const [first] = await triggers.queuedRequests(pipeline);
    if (first === undefined) return { kind: 'empty' };
    const { executionName, request } = first;
    const turn = await triggers.readTurn(pipeline);
    const behind = await whoIsGoingOn(ports, pipeline, executionName, turn);
    if (behind !== undefined) return { kind: 'waiting', behind };
    // Anew also where it has the turn: whoever took it got no further, and that was then.
    if (!(await triggers.takeTurn(pipeline, { executionName, takenAt: clock.now() }, turn))) continue;
    const result = await executions.start(executionName, request);
    await triggers.removeQueued(first);
    if (result === 'started') return { kind: 'started', executionName };
  }
  throw new Error(`the queue of ${pipeline} was not settled in ${TRIES_MAX} tries`);
}

export interface SkipPorts extends TurnPorts {
  readonly events: EventPublisher;
  readonly metrics: MetricSink;
}

export type StartOrSkip =
  | { readonly kind: 'started' | 'already-started' }
  | { readonly kind: 'skipped'; readonly reason: string };

/** What was decided first stands: a skipped event that is delivered again later is not a new one. */
export async function startOrSkip(ports: SkipPorts, pipeline: string, wanted: WantedRun): Promise<StartOrSkip> {
  const { triggers, executions, clock } = ports;
  const { executionName, request } = wanted;
  const known = await triggers.readDecision(pipeline, executionName);
  if (known !== undefined) return { kind: 'skipped', reason: 'this event was delivered, and skipped, before' };
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const turn = await triggers.readTurn(pipeline);
    const behind = await whoIsGoingOn(ports, pipeline, executionName, turn);
    if (behind !== undefined) return skip(ports, pipeline, wanted, behind);
    if (!(await triggers.takeTurn(pipeline, { executionName, takenAt: clock.now() }, turn))) continue;
    const result = await executions.start(executionName, request);
    return { kind: result === 'started' ? 'started' : 'already-started' };
  }
  throw new Error(`the turn of ${pipeline} changed hands ${TRIES_MAX} times`);
}

async function skip(
  { triggers, executions, clock, events, metrics }: SkipPorts,
  pipeline: string,
  { executionName, cause }: WantedRun,
  behind: string,
): Promise<StartOrSkip> {
  // The run that goes on may be the one of this very event.
  if ((await executions.describe(executions.arnOf(executionName))) !== undefined) return { kind: 'already-started' };
  const reason = `${behind} is going on, and runs of this pipeline do not overlap`;
  const announcement: RunSkipped = { version: 1, pipeline, executionName, cause, reason };
  await events.publish(RUN_SKIPPED, announcement);
  metrics.put(pipelineMetrics(pipeline, clock.now(), { RunsSkipped: 1 }));
  await triggers.recordDecision({ pipeline, executionName, decision: 'skipped', at: clock.now() });
  return { kind: 'skipped', reason };
}

/**
 * Beside the one that is to start: an open run, also one started by hand, or the execution that had the last turn and is not
 * one yet. Not a sweep's trial: a nightly run does not wait for days until hundreds of them are over, and they share neither
 * lineage nor model with it.
 */
async function whoIsGoingOn(
  { ledger, executions, clock }: TurnPorts,
  pipeline: string,
  executionName: string,
  turn: Turn | undefined,
): Promise<string | undefined> {
  const own = executions.arnOf(executionName);
  const open = (await ledger.openRuns(pipeline)).find(
    ({ sweepId, executionArn }) => sweepId === undefined && executionArn !== own,
  );
  if (open !== undefined) return open.runId;
  if (turn === undefined || turn.executionName === executionName) return undefined;
  const executionArn = executions.arnOf(turn.executionName);
  const runId = await ledger.runIdOfExecution(executionArn);
  // It may have been accepted since the list was read.
  if (runId !== undefined) return (await ledger.readRun(runId))?.end === undefined ? runId : undefined;
  const execution = await executions.describe(executionArn);
  const live = execution === undefined ? clock.now() - turn.takenAt < START_SECONDS : execution.status === 'RUNNING';
  return live ? turn.executionName : undefined;
}
