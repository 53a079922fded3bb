// A run that was recorded in a simulated world, as the sources of its report page.
import type { Scenario } from '../../simulator/scenario.ts';
import type { SimulationResult } from '../simulation/simulation.ts';
import type { ReportSources } from './run-report.ts';

/** `from` is the command it was run with; undefined where the request was refused: there is no run to report. */
export function recordedRun(
  from: 'Rehearsal' | 'Simulation',
  { name, description }: Scenario,
  { receipt, history, recording }: Pick<SimulationResult, 'receipt' | 'history' | 'recording'>,
): ReportSources | undefined {
  if (receipt === undefined) return undefined;
  const { jobs, decisions } = recording;
  const checkpoints = recording.savedUnder(history?.run.checkpointUri);
  return { origin: `${from}: ${name}`, note: description, receipt, history, jobs, decisions, checkpoints };
}
