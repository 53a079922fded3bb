// News of a training job: wakes the watch beside it. Events are hints (secondary-status changes are not promised, none is
// guaranteed to come once, or in order), so nothing in them is believed but that something may be worth a look.
// https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
import * as z from 'zod';
import { shortName } from '../../domain/errors.ts';
import { isTerminalStatus } from '../../domain/job-description.ts';
import { parseJobName } from '../../domain/naming.ts';
import { parseInstant } from '../../domain/time.ts';
import { defineFunction } from '../define-function.ts';
import { wake, type WakePorts } from '../wake.ts';

export const JobStateChange = z.object({
  'detail-type': z.literal('SageMaker Training Job State Change'),
  /** When EventBridge got it: the time of the change, or shortly after. */
  time: z.string(),
  detail: z.object({
    TrainingJobName: z.string(),
    TrainingJobStatus: z.string(),
    SecondaryStatus: z.string().optional(),
  }),
});

const Output = z.strictObject({ action: z.enum(['woken', 'noted', 'ignored']), reason: z.string() });

export const createWakeWatch = (ports: WakePorts) =>
  defineFunction('wake-watch', { input: JobStateChange, output: Output })(async ({ time, detail }) => {
    const { TrainingJobName: jobName, TrainingJobStatus: status } = detail;
    const job = parseJobName(jobName);
    if (job === undefined) return { action: 'ignored', reason: `${shortName(jobName)} is no job of a run` };
    // The job's own branch of the state machine ends the attempt: a watch woken by its end would look at nothing. Of a
    // canary the end is all that matters.
    const canary = job.canaryNumber !== undefined;
    if (isTerminalStatus(status) !== canary) return { action: 'ignored', reason: `${jobName} is ${shortName(status)}` };
    const newsAt = parseInstant(time);
    if (newsAt === undefined) return { action: 'ignored', reason: `the event's time ${shortName(time)} is none` };
    const { runId, attemptNumber } = job;
    const action = await wake(ports, { runId, attemptNumber }, newsAt);
    return { action, reason: shortName(`${status}/${detail.SecondaryStatus ?? ''}`) };
  });
