// What the chart shows of the benchmark: means with their intervals by delay, and means by slack.
import { greedy, type Policy, sageMakerNative, slackReserve, uniformProgress, withoutReturn } from '../contestants.ts';
import type { WorldConfig } from '../e2/terms.ts';
import { DEADLINE_RATIOS, DELAY_NAMES, type Score, settings } from '../grid.ts';
import type { Session } from '../session.ts';
import { familyMean, summarise } from '../statistics.ts';

export interface Series {
  readonly name: string;
  readonly byDelay: readonly { readonly mean: number; readonly interval: readonly [low: number, high: number] }[];
  readonly bySlack: readonly number[];
  /** Many of its runs are late, so its figures are not to be had. */
  readonly late: boolean;
}

const SHOWN: readonly (readonly [name: string, policy: Policy, changes: Partial<WorldConfig>])[] = [
  ['slack reserve (ours), with a probe', slackReserve, {}],
  ['ours, live hand-over with canaries', slackReserve, { handOver: 'live' }],
  ['ours, no return to spot', withoutReturn, {}],
  ['greedy with safety net', greedy, {}],
  ['Uniform Progress', uniformProgress, {}],
  ['SageMaker-native (many late)', sageMakerNative, {}],
];

export function seriesOf(session: Session): readonly Series[] {
  return SHOWN.map(([name, policy, changes]) => {
    const scores = DELAY_NAMES.map((delay) => session.measure(policy, settings(delay, changes)));
    return {
      name,
      byDelay: scores.map(summarise),
      bySlack: bySlack(session.measure(policy, settings('10 min', changes))),
      late: scores.flat().some(({ late }) => late),
    };
  });
}

export function hindsightOf(session: Session): Pick<Series, 'bySlack'> & { readonly byDelay: readonly number[] } {
  return {
    byDelay: DELAY_NAMES.map((delay) => familyMean(session.hindsight(settings(delay)))),
    bySlack: bySlack(session.hindsight(settings('10 min'))),
  };
}

function bySlack(scores: readonly Score[]): readonly number[] {
  return DEADLINE_RATIOS.map((ratio) => familyMean(scores.filter((score) => score.ratio === ratio)));
}
