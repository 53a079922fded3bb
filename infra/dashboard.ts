// One page to look at: what became of the runs, what spot brought and cost, whether anything is stuck.
import { Dashboard, GraphWidget, Stats, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import { FailureClass } from '../domain/failure.ts';
import { RunStatus } from '../domain/run.ts';
import { SweepStatus } from '../domain/sweep/receipt.ts';
import { metricByStatus, type Watched } from './metrics.ts';
import type { TrainingPipeline } from './training-pipeline.ts';

const DAILY = { period: Duration.days(1) };

export function createDashboard(pipeline: TrainingPipeline, { deadLetters, functions, registration }: Watched): void {
  const { pipelineName } = pipeline;
  const daily = (name: string, label: string): IMetric => pipeline.metric(name, { ...DAILY, label });
  const rows: readonly (readonly IWidget[])[] = [
    [
      graph(
        'Runs by outcome',
        RunStatus.options.map((status) => metricByStatus(pipelineName, 'RunsEnded', status, DAILY)),
      ),
      graph('Attempts by outcome', [
        daily('AttemptsCompleted', 'Completed'),
        ...FailureClass.options.map((name) => daily(`Attempts${name}`, name)),
      ]),
      graph('Interruptions and fallbacks', [
        pipeline.metricInterruptions({ ...DAILY, label: 'interruptions' }),
        pipeline.metricFallbacks({ ...DAILY, label: 'fallbacks' }),
      ]),
    ],
    [
      graph(
        'Saved, in percent, beside the seconds trained in vain',
        [pipeline.metricSaved(DAILY)],
        [daily('Lost', 'seconds lost')],
      ),
      graph('Cost, as receipts estimate it (USD)', [pipeline.metricEstimatedUsd(DAILY)]),
      graph('Deadline margin, the least (s)', [pipeline.metricDeadlineMargin(DAILY)]),
    ],
    [
      graph(
        'Waiting for capacity, the longest open run (s)',
        [pipeline.metricLongestWait()],
        [pipeline.metric('OpenRuns', { statistic: Stats.MAXIMUM, period: Duration.minutes(15), label: 'open runs' })],
      ),
      graph('Time to capacity, training and waste of ended runs (s)', [
        daily('Waited', 'waited'),
        daily('Trained', 'trained'),
        daily('Lost', 'lost'),
      ]),
      graph('Errors', [
        pipeline.metricReconciled({ label: 'mended by the safety net' }),
        ...functions.map((fn) => fn.metricErrors({ label: `errors of ${fn.node.scope?.node.id ?? fn.node.id}` })),
        ...(registration === undefined ? [] : [registration.metricFailed({ label: 'registrations failed' })]),
        ...deadLetters.map((queue) =>
          queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, label: queue.node.id }),
        ),
      ]),
    ],
    ...(pipeline.sweepStateMachine === undefined ? [] : [sweepRow(pipeline)]),
  ];
  new Dashboard(pipeline, 'Dashboard', {
    dashboardName: `spotrelay-${pipelineName}`,
    defaultInterval: Duration.days(14),
    widgets: rows.map((row) => [...row]),
  });
}

function sweepRow(pipeline: TrainingPipeline): readonly IWidget[] {
  const daily = (name: string, label: string, options = {}): IMetric =>
    pipeline.metric(name, { ...DAILY, label, ...options });
  return [
    graph(
      'Sweeps by outcome',
      SweepStatus.options.map((status) => metricByStatus(pipeline.pipelineName, 'SweepsEnded', status, DAILY)),
    ),
    graph('Trials of ended sweeps', [
      daily('SweepTrialsCompleted', 'completed'),
      daily('SweepTrialsFailed', 'failed'),
      daily('SweepTrialsSkipped', 'skipped'),
    ]),
    graph(
      'Saved by sweeps, in percent, beside their cost (USD)',
      [daily('SweepSaved', 'saved', { statistic: Stats.AVERAGE })],
      [daily('SweepEstimatedUsd', 'cost')],
    ),
  ];
}

const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left: [...left], right: [...right], width: 8, height: 6 });
