// What the two sweeps on this machine share: their pipeline, their market, their report.
import { writeFileSync } from 'node:fs';
import { RunDefaults, type Pipeline } from '../../domain/pipeline.ts';
import type { SweepRequest } from '../../domain/sweep/sweep-request.ts';
import { parseScenario, type Scenario } from '../../simulator/scenario.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { readScenario } from '../rehearsal/inputs.ts';
import { rehearsalPipeline } from '../rehearsal/pipeline.ts';
import { withMetric, type LocalSweep, type reportSources } from './local-sweep.ts';
import { sweepReceiptText } from './text.ts';

const TIMING = { startupSeconds: 240, restoreSeconds: 60, checkpointIntervalSeconds: 450 };

export interface LocalFlags {
  readonly report?: string;
  readonly capacity: string;
  readonly scenario?: string;
  readonly json?: true;
}

export async function writeSweepReport(
  file: string | undefined,
  sources: Awaited<ReturnType<typeof reportSources>>,
): Promise<void> {
  if (file === undefined || sources === undefined) return;
  const [{ sweepPage }, { sweepReport }] = await Promise.all([
    import('../report/sweep/sweep-page.ts'),
    import('../report/sweep/sweep-report.ts'),
  ]);
  writeFileSync(file, sweepPage(sweepReport(sources)));
}

export function printReceipt({ receipt, cause }: LocalSweep, asJson: boolean): number {
  if (receipt === undefined) throw new UsageError(`the sweep was refused: ${cause}`);
  console.log(asJson ? JSON.stringify(receipt, undefined, 2) : `\n${sweepReceiptText(receipt)}`);
  return receipt.status === 'SUCCEEDED' ? EXIT.ok : EXIT.runFailed;
}

/** A rehearsal's pipeline without its deadline: a trial of a sweep waits for spot rather than paying for haste. */
export function localPipeline(
  capacity: string,
  request: SweepRequest,
  fixed: Readonly<Record<string, string>>,
): Pipeline {
  const pipeline = rehearsalPipeline({ capacity, hyperParameters: fixed, timing: TIMING });
  const defaults = RunDefaults.parse({ maxRuntime: '6h', spotPatience: '2h' });
  return withMetric({ ...pipeline, defaults }, request.objective.metric);
}

export function scenarioOf(
  { scenario }: LocalFlags,
  pipeline: Pipeline,
  otherwise: Parameters<typeof parseScenario>[0],
): Scenario {
  return scenario === undefined ? parseScenario(otherwise) : readScenario(scenario, pipeline);
}
