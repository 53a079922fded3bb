// From a DescribeTrainingJob reply to the part of it that we judge by. Pure, and loose about everything that may be absent
// or new: SageMaker says that its words may change, and a judgement must survive that.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
import * as z from 'zod';
import type { JobDescription, StatusTransition } from '../../domain/job-description.ts';
import { RUN_ID_VARIABLE } from '../../domain/training-job.ts';
import type { Instant } from '../../domain/time.ts';

/** The SDK gives dates, the wire and the simulator epoch seconds, people ISO 8601. */
const Time = z.union([z.date(), z.number(), z.iso.datetime({ offset: true })]).transform(toInstant);

/** A malformed field is as good as an absent one, as long as the job can be recognised. */
const loose = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const Transition = z.object({ Status: z.string(), StartTime: Time, EndTime: loose(Time) });
const Metric = z.object({ MetricName: z.string(), Value: z.number() });

/** Required is only what the API promises for every job. */
const DescribeTrainingJobReply = z.object({
  TrainingJobName: z.string(),
  TrainingJobArn: z.string(),
  TrainingJobStatus: z.string(),
  SecondaryStatus: z.string(),
  CreationTime: Time,
  FailureReason: loose(z.string()),
  EnableManagedSpotTraining: loose(z.boolean()),
  ResourceConfig: loose(z.object({ InstanceType: loose(z.string()) })),
  TrainingStartTime: loose(Time),
  TrainingEndTime: loose(Time),
  SecondaryStatusTransitions: loose(z.array(z.unknown())),
  TrainingTimeInSeconds: loose(z.number()),
  BillableTimeInSeconds: loose(z.number()),
  ModelArtifacts: loose(z.object({ S3ModelArtifacts: loose(z.string()) })),
  FinalMetricDataList: loose(z.array(z.unknown())),
  Environment: loose(z.record(z.string(), z.unknown())),
});

export function describeTrainingJob(reply: unknown): JobDescription {
  const parsed = DescribeTrainingJobReply.safeParse(reply);
  if (!parsed.success) {
    throw new TypeError(`this is no DescribeTrainingJob reply: ${z.prettifyError(parsed.error)}`);
  }
  const job = parsed.data;
  const runId = job.Environment?.[RUN_ID_VARIABLE];
  return {
    jobName: job.TrainingJobName,
    jobArn: job.TrainingJobArn,
    status: job.TrainingJobStatus,
    secondaryStatus: job.SecondaryStatus,
    failureReason: job.FailureReason,
    spot: job.EnableManagedSpotTraining ?? false,
    instanceType: job.ResourceConfig?.InstanceType,
    createdAt: job.CreationTime,
    trainingStartedAt: job.TrainingStartTime,
    trainingEndedAt: job.TrainingEndTime,
    transitions: (job.SecondaryStatusTransitions ?? []).flatMap(readTransition),
    trainingSeconds: job.TrainingTimeInSeconds,
    billableSeconds: job.BillableTimeInSeconds,
    modelUri: job.ModelArtifacts?.S3ModelArtifacts,
    metrics: Object.fromEntries((job.FinalMetricDataList ?? []).flatMap(readMetric)),
    runId: typeof runId === 'string' ? runId : undefined,
  };
}

function readTransition(entry: unknown): readonly StatusTransition[] {
  const parsed = Transition.safeParse(entry);
  if (!parsed.success) return [];
  const { Status, StartTime, EndTime } = parsed.data;
  return [{ status: Status, startedAt: StartTime, ...(EndTime === undefined ? {} : { endedAt: EndTime }) }];
}

/** A loss that ran away ends as NaN or Infinity; no quality gate and no table can use it. */
function readMetric(entry: unknown): readonly (readonly [string, number])[] {
  const parsed = Metric.safeParse(entry);
  return parsed.success ? [[parsed.data.MetricName, parsed.data.Value]] : [];
}

function toInstant(time: Date | number | string): Instant {
  if (typeof time === 'number') return time;
  return (typeof time === 'string' ? Date.parse(time) : time.getTime()) / 1_000;
}
