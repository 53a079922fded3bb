// The metrics that functions write (domain/run-metrics.ts), as CDK knows them, and what of a pipeline is watched.
import { Metric, Stats, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { METRIC_NAMESPACE } from '../domain/run-metrics.ts';

export interface Watched {
  readonly deadLetters: readonly IQueue[];
  /** Functions whose failures nobody else would notice. */
  readonly functions: readonly IFunction[];
  readonly registration?: IStateMachine;
  /** Waits for uploads to pause. */
  readonly batches?: IStateMachine;
}

export const pipelineMetric = (pipelineName: string, metricName: string, options: MetricOptions = {}): Metric =>
  new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { Pipeline: pipelineName },
    statistic: Stats.SUM,
    ...options,
  });

/** Of runs that ended in one way only. */
export const metricByStatus = (
  pipelineName: string,
  metricName: string,
  status: string,
  options: MetricOptions = {},
): Metric =>
  pipelineMetric(pipelineName, metricName, {
    dimensionsMap: { Pipeline: pipelineName, Status: status },
    label: status,
    ...options,
  });
