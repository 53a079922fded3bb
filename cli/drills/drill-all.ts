// All drills of a script: first the uninterrupted training that they are held against, then as many at once as there are
// cores for.
import { join } from 'node:path';
import { verdictOn } from '../rehearsal/verdict.ts';
import { adviceOn } from './advice.ts';
import { calmOf, type Calm } from './calm.ts';
import { UNINTERRUPTED, type Drill } from './drills.ts';
import { runDrill, type DrillRun, type DrillSetting } from './run-drill.ts';
import { judge, type DrillVerdict } from './verdict.ts';

export interface DrillOutcome {
  readonly drill: Drill;
  readonly verdict: DrillVerdict;
  readonly advice?: string | undefined;
  readonly seconds: number;
  readonly containers: number;
  readonly folder: string;
}

export type DrillReport =
  | { readonly kind: 'drilled'; readonly calm: Calm; readonly outcomes: readonly DrillOutcome[] }
  /** There is nothing to hold drills against. */
  | { readonly kind: 'baseline-failed'; readonly reason: string; readonly folder: string };

export interface DrillAllOptions {
  readonly setting: DrillSetting;
  readonly drills: readonly Drill[];
  readonly folder: string;
  readonly jobs: number;
  /** Absent: as `timeLimitOf` says. */
  readonly timeLimitSeconds?: number | undefined;
  readonly onCalm?: (calm: Calm) => void;
  readonly onOutcome?: (outcome: DrillOutcome) => void;
}

const BASELINE_LIMIT_SECONDS = 900;

/** Several containers, each of which may start again from zero, beside other drills. */
const timeLimitOf = ({ seconds }: Calm): number => Math.max(60, 8 * seconds);

export async function drillAll(options: DrillAllOptions): Promise<DrillReport> {
  const { setting, drills, jobs, onCalm, onOutcome } = options;
  const folder = join(options.folder, 'uninterrupted');
  const first = { drill: UNINTERRUPTED, folder, timeLimitSeconds: options.timeLimitSeconds ?? BASELINE_LIMIT_SECONDS };
  const baseline = await runDrill(setting, first);
  const reason = whyUseless(baseline, first.timeLimitSeconds);
  const [trace] = baseline.traces;
  if (reason !== undefined || trace === undefined)
    return { kind: 'baseline-failed', reason: reason ?? 'no container was started', folder };
  const calm = calmOf(trace);
  onCalm?.(calm);
  const timeLimitSeconds = options.timeLimitSeconds ?? timeLimitOf(calm);

  const measure = { baseline, calm, timeLimitSeconds, repeatable: undefined as boolean | undefined };
  if (Object.keys(baseline.result.metrics).length === 0 && baseline.result.model !== undefined) {
    const again = { ...first, folder: join(options.folder, 'uninterrupted-again') };
    const { result } = await runDrill(setting, again);
    measure.repeatable = result.model?.equals(baseline.result.model) === true;
  }
  const outcomes = await mapAtMost(jobs, drills, async (drill) => {
    const outcome = await drillOnce(setting, drill, { ...measure, folder: join(options.folder, drill.name) });
    onOutcome?.(outcome);
    return outcome;
  });
  return { kind: 'drilled', calm, outcomes };
}

interface Measure {
  readonly baseline: DrillRun;
  readonly calm: Calm;
  readonly timeLimitSeconds: number;
  readonly repeatable: boolean | undefined;
  readonly folder: string;
}

async function drillOnce(setting: DrillSetting, drill: Drill, measure: Measure): Promise<DrillOutcome> {
  const { baseline, calm, timeLimitSeconds, repeatable, folder } = measure;
  const startedAt = performance.now();
  const { result, traces, held, timedOut } = await runDrill(setting, { drill, calm, timeLimitSeconds, folder });
  const { receipt, execution } = result;
  const verdict = judge({
    drill,
    calm,
    traces,
    held,
    timedOut,
    timeLimitSeconds,
    failure:
      receipt?.status === 'SUCCEEDED' ? undefined : (receipt?.reason ?? execution?.cause ?? 'nothing was started'),
    model: modelOf(baseline, result.model),
    comparison: verdictOn(result, baseline.result),
    repeatable,
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  return { drill, verdict, advice: adviceOn(drill, verdict, calm), seconds, containers: traces.length, folder };
}

function modelOf(baseline: DrillRun, model: Buffer | undefined): 'there' | 'missing' | 'never-written' {
  if (baseline.result.model === undefined) return 'never-written';
  return model === undefined ? 'missing' : 'there';
}

function whyUseless({ result, timedOut, traces }: DrillRun, limitSeconds: number): string | undefined {
  if (timedOut)
    return `it was still running after ${limitSeconds} s: drills need a short training, or a longer --time-limit`;
  if (result.receipt?.status === 'SUCCEEDED') return undefined;
  const said = traces.at(-1)?.lastLines.at(-1);
  const reason = result.receipt?.reason ?? result.execution?.cause ?? 'nothing was started';
  return said === undefined ? reason : `${reason}; its last words: ${said}`;
}

async function mapAtMost<T, R>(most: number, items: readonly T[], map: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}
