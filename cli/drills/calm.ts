// What an uninterrupted training was seen to do: the measure for moments and for verdicts.
import { unitOf, valuesOf } from './steps.ts';
import type { Trace } from './trace.ts';

export interface Calm {
  readonly seconds: number;
  readonly saves: number;
  readonly firstSaveSeconds: number | undefined;
  readonly saveIntervalSeconds: number;
  readonly largestFileBytes: number;
  readonly scale: Scale;
}

/** By what progress can be told, the best first: numbers in the log, the progress file, or only how often it saved. */
export type Scale =
  | { readonly source: 'log'; readonly unit: string; readonly first: number; readonly total: number }
  | { readonly source: 'progress'; readonly first: number; readonly spacing: number; readonly total: number }
  | { readonly source: 'saves'; readonly total: number };

export function calmOf(trace: Trace): Calm {
  const { seconds, saves, firstSaveSeconds, largestFileBytes } = trace;
  const saving = seconds - (firstSaveSeconds ?? seconds);
  const saveIntervalSeconds = saves > 1 ? saving / saves : seconds / 4;
  return { seconds, saves, firstSaveSeconds, saveIntervalSeconds, largestFileBytes, scale: scaleOf(trace) };
}

function scaleOf({ steps, progress, saves }: Trace): Scale {
  const unit = unitOf(steps);
  if (unit !== undefined) {
    const values = valuesOf(steps, unit);
    return { source: 'log', unit, first: values[0] ?? 0, total: values.at(-1) ?? 0 };
  }
  const [first, second] = new Set(progress.map(({ completed }) => completed));
  if (first === undefined || second === undefined) return { source: 'saves', total: saves };
  return { source: 'progress', first, spacing: second - first, total: progress.at(-1)?.total ?? second };
}
