// The door for everything but people: an upload or a schedule starts a run, once, and as the pipeline's overlap policy says
// when another run is going on.
import * as z from 'zod';
import type { OverlapPolicy } from '../../domain/triggers.ts';
import { defineFunction } from '../define-function.ts';
import { drainQueue, startOrSkip, type SkipPorts } from '../overlap.ts';
import type { Executions } from '../ports.ts';
import { collectUpload, settleBatch, UploadBatchCheck, wantedByBatch } from '../uploads.ts';
import {
  ObjectCreated,
  ScheduledRun,
  wantedBySchedule,
  wantedByUpload,
  type UploadTrigger,
  type WantedRun,
} from '../wanted-run.ts';

const Input = z.discriminatedUnion('detail-type', [ObjectCreated, ScheduledRun, UploadBatchCheck]);

const Output = z.strictObject({
  action: z.enum(['started', 'already-started', 'queued', 'skipped', 'collected', 'waiting', 'ignored']),
  executionName: z.string().optional(),
  /** With `waiting`: when to look again. */
  waitSeconds: z.int().min(1).optional(),
  reason: z.string(),
});
type Answer = z.input<typeof Output>;

export interface StartRunPorts extends SkipPorts {
  readonly pipeline: string;
  readonly overlap: OverlapPolicy;
  /** Absent where uploads start nothing. */
  readonly upload?: UploadTrigger | undefined;
  /** Executions of the state machine that waits for uploads to pause. */
  readonly batches: Executions;
}

export const createStartRun = (ports: StartRunPorts) =>
  defineFunction('start-run', { input: Input, output: Output })(async (event): Promise<Answer> => {
    const { upload } = ports;
    switch (event['detail-type']) {
      case 'Scheduled Run':
        return startByPolicy(ports, wantedBySchedule(event));
      case 'Object Created':
        if (upload === undefined) return NO_UPLOADS;
        return upload.quietSeconds === undefined
          ? startForUpload(ports, wantedByUpload(event, upload))
          : collect(ports, wantedByUpload(event, upload));
      case 'Upload Batch Check':
        return upload?.quietSeconds === undefined
          ? NO_UPLOADS
          : checkBatch(ports, event.detail.batchId, { ...upload, quietSeconds: upload.quietSeconds });
    }
  });

const NO_UPLOADS: Answer = { action: 'ignored', reason: 'uploads do not start runs of this pipeline' };

const startForUpload = async (ports: StartRunPorts, wanted: WantedRun | string): Promise<Answer> =>
  typeof wanted === 'string' ? { action: 'ignored', reason: wanted } : startByPolicy(ports, wanted);

async function collect(ports: StartRunPorts, wanted: WantedRun | string): Promise<Answer> {
  if (typeof wanted === 'string') return { action: 'ignored', reason: wanted };
  const batchId = await collectUpload(ports, ports.pipeline, wanted.executionName);
  return batchId === undefined
    ? { action: 'ignored', reason: 'this event was delivered before' }
    : { action: 'collected', reason: `${wanted.cause}: collected with ${batchId}` };
}

async function checkBatch(
  ports: StartRunPorts,
  batchId: string,
  upload: UploadTrigger & { readonly quietSeconds: number },
): Promise<Answer> {
  const waitSeconds = await settleBatch(ports, ports.pipeline, batchId, upload.quietSeconds);
  if (waitSeconds > 0) return { action: 'waiting', waitSeconds, reason: 'something was uploaded a short while ago' };
  return startByPolicy(ports, wantedByBatch(batchId, upload));
}

async function startByPolicy(ports: StartRunPorts, wanted: WantedRun): Promise<Answer> {
  switch (ports.overlap) {
    case 'allow':
      return said(wanted, await ports.executions.start(wanted.executionName, wanted.request));
    case 'skip': {
      const result = await startOrSkip(ports, ports.pipeline, wanted);
      if (result.kind !== 'skipped') return said(wanted, result.kind);
      return { action: 'skipped', executionName: wanted.executionName, reason: result.reason };
    }
    case 'queue':
      return queue(ports, wanted);
  }
}

/** Into the queue first, and then whoever is first in it: so nobody overtakes, and nothing is lost in between. */
async function queue(ports: StartRunPorts, wanted: WantedRun): Promise<Answer> {
  const { triggers, pipeline, clock } = ports;
  const { executionName, request, cause } = wanted;
  const isNew = await triggers.queueRequest({ pipeline, executionName, request, cause, queuedAt: clock.now() });
  const drained = await drainQueue(ports, pipeline);
  if (drained.kind === 'started' && drained.executionName === executionName) return said(wanted, 'started');
  if (!isNew) return said(wanted, 'already-exists');
  const behind = drained.kind === 'waiting' ? drained.behind : 'another run';
  return { action: 'queued', executionName, reason: `${cause}: waits behind ${behind}` };
}

const said = ({ executionName, cause }: WantedRun, result: string): Answer =>
  result === 'started'
    ? { action: 'started', executionName, reason: cause }
    : { action: 'already-started', executionName, reason: 'this event was delivered before' };
