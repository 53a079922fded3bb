// Alarms that are on by default. Each says in its description what happened and where to look; a quiet pipeline writes no
// metrics, so silence is never an alarm.
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Stats,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib/core';
import { isSpot, type Capacity } from '../domain/capacity.ts';
import type { Watched } from './metrics.ts';
import { describeProblems } from './pipeline-spec.ts';
import type { TrainingPipeline } from './training-pipeline.ts';
import type { TrainingPipelineProps } from './training-pipeline-props.ts';

export interface AlarmOptions {
  readonly topic: ITopic | undefined;
  /** Undefined where no run can fall back. */
  readonly fallbackShare: number | undefined;
  readonly starvingAfter: Duration;
}

const FALLBACK_SHARE = 0.5;
const STARVING_AFTER = Duration.hours(6);

export function alarmOptions(path: string, props: TrainingPipelineProps, ladder: readonly Capacity[]): AlarmOptions {
  const { alarmTopic: topic, fallbackAlarmShare: share = FALLBACK_SHARE, starvingAlarmAfter = STARVING_AFTER } = props;
  if (!(share > 0 && share < 1)) {
    const message = 'is a share of the runs, above 0 and below 1: 0.5 is half of them';
    throw new Error(describeProblems(path, [{ field: 'fallbackAlarmShare', value: String(share), message }]));
  }
  const canFallBack = ladder.some(isSpot) && !ladder.every(isSpot);
  return { topic, fallbackShare: canFallBack ? share : undefined, starvingAfter: starvingAlarmAfter };
}

interface AlarmText {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly says: string;
}

const ONE = 1;
/** As often as the safety net measures. */
const LOOK = Duration.minutes(15);

export function createAlarms(pipeline: TrainingPipeline, watched: Watched, options: AlarmOptions): void {
  for (const [id, { metric, threshold, says }] of alarmsOf(pipeline, watched, options)) {
    const alarm = new Alarm(pipeline, id, {
      alarmDescription: `Spotrelay pipeline ${pipeline.pipelineName}: ${says}`,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (options.topic === undefined) continue;
    const tell = new SnsAction(options.topic);
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
  }
}

function alarmsOf(
  pipeline: TrainingPipeline,
  { deadLetters, functions, registration, batches }: Watched,
  { fallbackShare, starvingAfter }: AlarmOptions,
): readonly (readonly [string, AlarmText])[] {
  return [
    [
      'RunFailedAlarm',
      {
        metric: pipeline.metricRunsFailed(),
        threshold: ONE,
        says: 'a run ended without a model. Its receipt and its event say why',
      },
    ],
    ...(pipeline.sweepStateMachine === undefined
      ? []
      : [
          [
            'SweepFailedAlarm',
            {
              metric: pipeline.metricSweepsFailed(),
              threshold: ONE,
              says: 'a sweep ended without a best trial. Its receipt and its event say why',
            },
          ] as const,
        ]),
    ...(fallbackShare === undefined
      ? []
      : [
          [
            'FallbackAlarm',
            {
              metric: pipeline.metricFallbacks({ statistic: Stats.AVERAGE, period: Duration.days(1) }),
              threshold: fallbackShare,
              says: 'many runs of the day had to move to On-Demand. Add spot rungs, or give the runs more time',
            },
          ] as const,
        ]),
    [
      'StarvingAlarm',
      {
        metric: pipeline.metricLongestWait({ period: LOOK }),
        threshold: starvingAfter.toSeconds(),
        says: 'a run has been without capacity for long. It goes on waiting as its request says',
      },
    ],
    [
      'ReconciledAlarm',
      {
        metric: pipeline.metricReconciled({ period: LOOK }),
        threshold: ONE,
        says: 'the safety net found something that an event should have dealt with. The log of reconcile names it',
      },
    ],
    [
      'FunctionErrorAlarm',
      {
        metric: new MathExpression({
          expression: functions.map((_, index) => `e${index}`).join(' + '),
          usingMetrics: Object.fromEntries(
            functions.map((fn, index) => [`e${index}`, fn.metricErrors({ period: LOOK })] as const),
          ),
          period: LOOK,
          label: 'errors',
        }),
        threshold: ONE,
        says: 'the safety net or the waking of watches failed. See their logs',
      },
    ],
    ...alarmOnFailures(
      'RegistrationFailedAlarm',
      registration,
      'a model could not be registered. Redrive the execution when the cause is mended',
    ),
    ...alarmOnFailures(
      'UploadBatchFailedAlarm',
      batches,
      'no run could be started for uploads that have paused. Redrive the execution when the cause is mended',
    ),
    ...deadLetters.map(
      (queue) =>
        [
          `${queue.node.id}Alarm`,
          {
            metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
            threshold: ONE,
            says: `an event could not be handled and waits in ${queue.node.id}. Hand it on again when the cause is mended`,
          },
        ] as const,
    ),
  ];
}

const alarmOnFailures = (
  id: string,
  machine: IStateMachine | undefined,
  says: string,
): readonly (readonly [string, AlarmText])[] =>
  machine === undefined
    ? []
    : [
        [
          id,
          {
            metric: new MathExpression({
              expression: 'failed + aborted + timedOut',
              usingMetrics: {
                failed: machine.metricFailed(),
                aborted: machine.metricAborted(),
                timedOut: machine.metricTimedOut(),
              },
              label: 'executions that failed',
            }),
            threshold: ONE,
            says,
          },
        ],
      ];
