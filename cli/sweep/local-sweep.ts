// A sweep on this machine: the same state machines and functions as deployed, in a simulated AWS.
import type { Pipeline } from '../../domain/pipeline.ts';
import type { Receipt } from '../../domain/receipt.ts';
import type { SweepReceipt } from '../../domain/sweep/receipt.ts';
import type { Pacing } from '../../simulator/clock/virtual-clock.ts';
import { World, type WorldOptions } from '../../simulator/world.ts';
import type { SweepReportSources } from '../report/sweep/sweep-report.ts';
import { progressText } from './text.ts';

export interface LocalSweep {
  readonly receipt: SweepReceipt | undefined;
  /** Why there is no receipt: the request was refused, or the execution broke. */
  readonly cause: string;
  readonly world: World;
}

export interface LocalSweepOptions extends WorldOptions {
  readonly request: unknown;
  readonly pacing?: Pacing | undefined;
  /** Told whenever a trial has ended. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /** Before the sweep starts. */
  readonly prepare?: ((world: World) => void) | undefined;
}

export async function runLocally(options: LocalSweepOptions): Promise<LocalSweep> {
  const { request, pacing, onProgress, prepare, observers = {}, ...worldOptions } = options;
  const tellProgress = async (sweepId: string): Promise<void> => {
    const kept = await world.sweeps.readSweep(sweepId);
    if (kept !== undefined) onProgress?.(progressText(kept.sweep, kept.account));
  };
  const world: World = new World({
    ...worldOptions,
    observers: {
      ...observers,
      onFunctionResult: (name, input, output) => {
        observers.onFunctionResult?.(name, input, output);
        if (name === 'SettleTrial') void tellProgress((input as { key: { sweepId: string } }).key.sweepId);
      },
    },
  });
  prepare?.(world);
  const execution = world.startSweep(request, 'local');
  await world.run({ eventCountMax: Number.POSITIVE_INFINITY, ...(pacing === undefined ? {} : { pacing }) });
  return { receipt: await readReceipt(world, execution?.arn ?? ''), cause: execution?.cause ?? '', world };
}

async function readReceipt(world: World, executionArn: string): Promise<SweepReceipt | undefined> {
  const sweepId = await world.sweeps.sweepIdOfExecution(executionArn);
  const kept = sweepId === undefined ? undefined : await world.sweeps.readSweep(sweepId);
  const text =
    kept === undefined ? undefined : world.objects.get(`${kept.sweep.filesUri}receipt.json`)?.toString('utf8');
  return text === undefined ? undefined : (JSON.parse(text) as SweepReceipt);
}

/** What a report shows of it; undefined where there is no receipt. */
export async function reportSources(
  { receipt, world }: LocalSweep,
  origin: string,
  note?: string,
): Promise<SweepReportSources | undefined> {
  if (receipt === undefined) return undefined;
  const results = await world.sweeps.readTrialResults(receipt.sweepId);
  const receipts = new Map<string, Receipt>();
  for (const { runId } of results) {
    const run = runId === undefined ? undefined : await world.ledger.readReceipt(runId);
    if (run !== undefined) receipts.set(run.runId, run);
  }
  const jobs = new Map(world.sagemaker.all().map((job) => [job.jobName, job]));
  return { origin, note, receipt, results, receipts, jobs };
}

/** The metrics that a pipeline reads out of the log are the script's own; here the objective alone is needed. */
export const withMetric = (pipeline: Pipeline, metric: string): Pipeline =>
  pipeline.job.metricDefinitions.some(({ name }) => name === metric)
    ? pipeline
    : {
        ...pipeline,
        job: {
          ...pipeline.job,
          metricDefinitions: [
            ...pipeline.job.metricDefinitions,
            { name: metric, regex: `${escaped(metric)}=([-+0-9.e]+)` },
          ],
        },
      };

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
