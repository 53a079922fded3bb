// Did resuming lose anything? The interrupted training is held against one that nobody interrupted.
import type { RehearsalResult } from './rehearsal.ts';

export type Verdict =
  | { readonly kind: 'identical' | 'equal'; readonly text: string }
  | { readonly kind: 'differs' | 'no-checkpoint'; readonly text: string }
  | { readonly kind: 'not-compared'; readonly text: string };

/** Metrics of one script on the same data and seed; what moves more than this was not resumed but done differently. */
const METRIC_TOLERANCE = 0.02;

export function verdictOn(interrupted: RehearsalResult, calm: RehearsalResult | undefined): Verdict {
  const interruptions = interrupted.receipt?.interruptionCount ?? 0;
  const attempts = interrupted.receipt?.attempts.length ?? 0;
  if (!interrupted.checkpointed && (interruptions > 0 || attempts > 1)) {
    return {
      kind: 'no-checkpoint',
      text:
        `the script left nothing under ${interrupted.history?.run.checkpointUri ?? 'its checkpoint prefix'}, so each of ${interruptions} interruption(s) ` +
        'started it from zero: save to the folder in SPOTRELAY_CHECKPOINT_DIR and load from it at the start (examples/tabular-classifier/checkpoint.mjs shows how)',
    };
  }
  if (calm === undefined)
    return { kind: 'not-compared', text: 'not compared with an uninterrupted training (--no-baseline)' };
  if (calm.execution?.status !== 'SUCCEEDED')
    return {
      kind: 'not-compared',
      text: 'the uninterrupted training did not complete, so there is nothing to compare with',
    };
  if (calm.model !== undefined && interrupted.model?.equals(calm.model) === true) {
    return {
      kind: 'identical',
      text: 'resuming lost nothing: the model is byte for byte that of an uninterrupted training',
    };
  }
  const differing = Object.entries(calm.metrics).filter(
    ([name, value]) => !(Math.abs((interrupted.metrics[name] ?? Number.NaN) - value) <= METRIC_TOLERANCE),
  );
  if (differing.length > 0) {
    const figures = differing
      .map(([name, value]) => `${name} is ${interrupted.metrics[name] ?? 'missing'} instead of ${value}`)
      .join(', ');
    return {
      kind: 'differs',
      text: `resuming changed the result: ${figures}; save the optimiser's state, the epoch and the random state with the weights`,
    };
  }
  if (Object.keys(calm.metrics).length === 0) {
    return {
      kind: 'not-compared',
      text: 'the models differ in bytes, and the script prints no validation:accuracy=… by which to compare them',
    };
  }
  return {
    kind: 'equal',
    text: `resuming lost nothing: the metrics equal those of an uninterrupted training within ${METRIC_TOLERANCE}`,
  };
}
