// The door for everything but people: an upload or a schedule starts a run, once.
import * as z from 'zod';
import { defineFunction } from '../define-function.ts';
import type { Executions } from '../ports.ts';
import { ObjectCreated, ScheduledRun, wantedBySchedule, wantedByUpload, type UploadTrigger } from '../wanted-run.ts';

const Input = z.discriminatedUnion('detail-type', [ObjectCreated, ScheduledRun]);

const Output = z.strictObject({
  action: z.enum(['started', 'already-started', 'ignored']),
  executionName: z.string().optional(),
  reason: z.string(),
});

export interface StartRunPorts {
  readonly executions: Executions;
  /** Absent where uploads start nothing. */
  readonly upload?: UploadTrigger | undefined;
}

export const createStartRun = ({ executions, upload }: StartRunPorts) =>
  defineFunction('start-run', { input: Input, output: Output })(async (event) => {
    const wanted = wantedBy(event, upload);
    if (typeof wanted === 'string') return { action: 'ignored', reason: wanted };
    const { executionName, request, cause } = wanted;
    const result = await executions.start(executionName, request);
    return result === 'started'
      ? { action: 'started', executionName, reason: cause }
      : { action: 'already-started', executionName, reason: 'this event was delivered before' };
  });

function wantedBy(event: z.output<typeof Input>, upload: UploadTrigger | undefined) {
  if (event['detail-type'] === 'Scheduled Run') return wantedBySchedule(event);
  return upload === undefined ? 'this pipeline has no upload trigger' : wantedByUpload(event, upload);
}
