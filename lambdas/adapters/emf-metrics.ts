// Metrics as one line of CloudWatch's embedded metric format: no call to make, none to fail. Straight to standard output,
// because the runtime wraps what goes through console, and CloudWatch reads only a line of its own.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
import { METRIC_NAMESPACE, type AnyMetrics } from '../../domain/run-metrics.ts';
import type { MetricSink } from '../ports.ts';

export const createEmfMetrics = (
  write: (line: string) => void = (line) => void process.stdout.write(line),
): MetricSink => ({
  put: (metrics) => write(`${JSON.stringify(embeddedMetrics(metrics))}\n`),
});

function embeddedMetrics({ pipeline, at, metrics, ...about }: AnyMetrics): Record<string, unknown> {
  const { status, ...id } = 'status' in about ? about : { status: undefined };
  return {
    _aws: {
      Timestamp: Math.round(at * 1_000),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          // The run's id is searchable in the line, and no dimension: that would be one metric a run.
          Dimensions: [['Pipeline'], ...(status === undefined ? [] : [['Pipeline', 'Status']])],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    Pipeline: pipeline,
    ...(status === undefined ? {} : { Status: status }),
    ...id,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  };
}
