// A sweep as a person reads it in a terminal: where it stands, who leads, and what it cost.
import type { SweepAccount } from '../../domain/sweep/account.ts';
import type { LeaderboardEntry } from '../../domain/sweep/leaderboard.ts';
import type { SweepReceipt } from '../../domain/sweep/receipt.ts';
import type { AcceptedSweep } from '../../domain/sweep/sweep.ts';
import { formatDuration, formatInstant } from '../../domain/time.ts';
import { columns, paint } from '../text/style.ts';

export function leaderboardText(entries: readonly LeaderboardEntry[], metric: string): string {
  const [first] = entries;
  if (first === undefined) return 'no trial has completed yet';
  const names = Object.keys(first.hyperParameters);
  const header = ['rank', 'trial', 'round', metric, ...names];
  const rows = entries.map((entry) => [
    String(entry.rank),
    String(entry.trial),
    String(entry.round),
    String(Number(entry.value.toPrecision(5))),
    ...names.map((name) => entry.hyperParameters[name] ?? ''),
  ]);
  return columns([header, ...rows], [0, 1, 2, 3]);
}

/** One line, so that a watch can be read like a log. */
export function progressText({ rounds, request }: AcceptedSweep, account: SweepAccount): string {
  const planned = rounds.reduce((sum, { trials }) => sum + trials, 0);
  const { live, completed, failed, skipped, spent, best, stopped, breakers, quotas } = account;
  const dry = Object.keys(breakers);
  return [
    `${completed} of ${planned} completed`,
    `${live} under way`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...Object.entries(quotas)
      .filter(([, { limit }]) => limit < request.maxConcurrency)
      .map(([pool, { limit }]) => `slowed to ${limit} at once on ${pool} by a quota`),
    ...(dry.length > 0 ? [`no capacity on ${dry.join(', ')}`] : []),
    `billed ${formatDuration(spent.billableSeconds)}`,
    ...(best === undefined ? [] : [`best: trial ${best.trial} with ${Number(best.value.toPrecision(5))}`]),
    ...(stopped === undefined ? [] : [`no new trials: ${stopped.reason}`]),
  ].join('; ');
}

const LINES_SHOWN = 10;

export function sweepReceiptText(receipt: SweepReceipt): string {
  const { trials, seconds, estimatedUsd, onDemandUsd, savedFraction } = receipt;
  const usd = (value: number | undefined): string =>
    value === undefined ? 'no price known' : `about ${value.toFixed(2)} USD`;
  const rows: readonly (readonly [string, string, string])[] = [
    [
      'trials',
      `${trials.completed} of ${trials.planned}`,
      `${trials.failed} failed, ${trials.skipped} skipped, ${receipt.attemptCount} attempts`,
    ],
    ...(receipt.rounds.length > 1
      ? ([
          [
            'rounds',
            String(receipt.rounds.length),
            receipt.rounds.map((round) => `${round.completed} with ${round.resource}`).join(', '),
          ],
        ] as const)
      : []),
    ['took', formatDuration(seconds.wallClock), `ended ${formatInstant(receipt.endedAt)}`],
    ['interrupted', `${receipt.interruptionCount}x`, 'each went on from its own checkpoint'],
    ['billed', formatDuration(seconds.billable), `at the On-Demand rate, ${usd(estimatedUsd)}`],
    ...(savedFraction === undefined
      ? []
      : ([
          ['saved', `${Math.round(savedFraction * 100)} %`, `On-Demand from the start would be ${usd(onDemandUsd)}`],
        ] as const)),
  ];
  return [
    paint('bold', `Sweep ${receipt.sweepId}: ${receipt.status}`),
    `  ${receipt.reason}`,
    '',
    ...rows.map(
      ([label, value, note]) => `  ${label.padEnd(12)} ${paint('bold', value.padEnd(14))} ${paint('dim', note)}`,
    ),
    '',
    ...leaderboardText(receipt.leaderboard.slice(0, LINES_SHOWN), receipt.objective.metric)
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n');
}
