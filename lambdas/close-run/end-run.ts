// Writes a run's end, once: the receipt into the ledger and beside the model, what its training took for estimates of
// later runs, how long the checkpoints are kept, the lease back. Whoever comes second gets the end that stands.
import { retainedCheckpoints } from '../../domain/checkpoint-retention.ts';
import { runStateChange, type RunStateChange } from '../../domain/events.ts';
import { makeReceipt } from '../../domain/make-receipt.ts';
import type { Receipt } from '../../domain/receipt.ts';
import { runMetrics } from '../../domain/run-metrics.ts';
import { settledAttempts } from '../../domain/run-history.ts';
import type { RunEnd, RunStatus } from '../../domain/run.ts';
import { trainingTimeOf } from '../../domain/training-time.ts';
import type { Clock, Ledger, MetricSink, ObjectStore } from '../ports.ts';
import { readRun } from '../read-run.ts';

export interface EndPorts {
  readonly ledger: Ledger;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly metrics: MetricSink;
}

export interface Ending {
  readonly status: RunStatus;
  readonly code: string;
  readonly reason: string;
}

export async function endRun(
  { ledger, objects, clock, metrics }: EndPorts,
  runId: string,
  ending: Ending,
): Promise<RunStateChange> {
  const history = await readRun(ledger, runId);
  const winner = ending.status === 'SUCCEEDED' ? settledAttempts(history).at(-1) : undefined;
  const wanted: RunEnd = {
    ...ending,
    endedAt: clock.now(),
    ...(winner === undefined ? {} : { winningJobName: winner.jobName }),
    ...(winner?.outcome.modelUri === undefined ? {} : { modelUri: winner.outcome.modelUri }),
  };
  // Before the end, with which the lease is free: whoever then cleans must find how long these are kept.
  const retained = retainedCheckpoints(history.run, history.end ?? wanted);
  if (retained !== undefined) await ledger.retainCheckpoints(retained);
  const { end, receipt } = await ledger.endRun(runId, wanted, makeReceipt(history, wanted));
  // A repeated call finds an end of another instant; the run is counted by the call that wrote it.
  if (end.endedAt === wanted.endedAt) metrics.put(runMetrics(receipt, history.run.sweep !== undefined));
  const trainingTime = trainingTimeOf(history, end);
  // A sweep's trials have none, as their lineage is not their own: many, short and unlike each other, they would only hide
  // the runs that are like the next one.
  if (trainingTime !== undefined) await ledger.recordTrainingTime(trainingTime);
  await objects.writeText(receiptUri(history.run.outputUri), formatReceiptFile(receipt));
  await ledger.releaseLease(history.run.lineageId, runId);
  return runStateChange(history.run, end, receipt);
}

export const receiptUri = (outputUri: string): string => `${outputUri}receipt.json`;

const formatReceiptFile = (receipt: Receipt): string => `${JSON.stringify(receipt, undefined, 2)}\n`;
