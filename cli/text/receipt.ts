// The receipt as a person reads it in a terminal.
import type { Receipt } from '../../domain/receipt.ts';
import { formatDuration, formatInstant } from '../../domain/time.ts';
import { ESTIMATE_SOURCES } from '../../domain/training-estimate.ts';
import { columns, paint } from './style.ts';

export function receiptText(receipt: Receipt): string {
  const { seconds, deadline } = receipt;
  return [
    paint('bold', `Receipt of ${receipt.runId}: ${receipt.status}`),
    indent(attemptTable(receipt)),
    '',
    ...[
      [
        'took',
        formatDuration(seconds.wallClock),
        deadline === undefined ? 'no deadline' : deadlineText(receipt.status, deadline),
      ],
      ['waited', formatDuration(seconds.waited), 'without capacity, not billed'],
      ['trained', formatDuration(seconds.trained), lostText(receipt)],
      ...estimateRows(receipt),
      ['billed', formatDuration(seconds.billable), `at the On-Demand rate${money(receipt.estimatedUsd)}`],
      ...(receipt.status === 'SUCCEEDED' ? comparisonRows(receipt) : []),
    ].map(
      ([label = '', value = '', note = '']) =>
        `  ${label.padEnd(15)} ${paint('bold', value.padEnd(14))} ${paint('dim', note)}`,
    ),
    paint('dim', `  Estimates from list prices of ${receipt.prices.asOf} in ${receipt.prices.region}; not a bill.`),
  ].join('\n');
}

/** What a model would have cost otherwise; a run without a model has nothing to be compared with. */
const comparisonRows = (receipt: Receipt): readonly (readonly string[])[] => [
  [
    'On-Demand only',
    formatDuration(receipt.onDemand.billableSeconds),
    `on ${receipt.onDemand.capacity}${money(receipt.onDemand.estimatedUsd)}`,
  ],
  [
    'saved',
    receipt.savedFraction === undefined ? 'unknown' : `${Math.round(receipt.savedFraction * 100)} %`,
    savedText(receipt),
  ],
];

/** What the plan rested on, and how far off it was. */
function estimateRows({ estimate }: Receipt): readonly (readonly string[])[] {
  if (estimate === undefined) return [];
  const { source, expectedSeconds, actualSeconds, errorFraction } = estimate;
  const percent = Math.round(Math.abs(errorFraction) * 100);
  const off = percent === 0 ? 'as expected' : `${percent} % ${errorFraction > 0 ? 'more' : 'less'}`;
  const note = `of training, ${ESTIMATE_SOURCES[source]}; took ${formatDuration(actualSeconds)}, ${off}`;
  return [['expected', formatDuration(expectedSeconds), note]];
}

const deadlineText = (
  status: Receipt['status'],
  { at, met, marginSeconds }: NonNullable<Receipt['deadline']>,
): string => {
  if (status !== 'SUCCEEDED') return `the deadline was ${formatInstant(at)}`;
  return met
    ? `deadline ${formatInstant(at)} kept, ${formatDuration(marginSeconds)} to spare`
    : `deadline ${formatInstant(at)} missed by ${formatDuration(-marginSeconds)}`;
};

const lostText = ({ seconds, interruptionCount }: Receipt): string =>
  `of which lost and done again: ${interruptionCount > 0 ? 'about ' : ''}${formatDuration(seconds.lost)}`;

const money = (usd: number | undefined): string =>
  usd === undefined ? ', no price known' : `, about ${usd.toFixed(2)} USD`;

function savedText({ savedFraction }: Receipt): string {
  if (savedFraction === undefined) return 'set usdPerHour on the capacities to see it';
  return savedFraction >= 0
    ? 'against On-Demand from the start, waste included'
    : 'the relay cost more than On-Demand from the start';
}

function attemptTable({ attempts }: Receipt): string {
  const header = ['#', 'capacity', 'ended', 'interrupted', 'waited', 'trained', 'lost', 'billed'];
  const rows = attempts.map((attempt) => [
    String(attempt.number),
    attempt.capacity,
    attempt.outcome,
    attempt.interruptionCount === 0 ? '-' : `${attempt.interruptionCount}x`,
    formatDuration(attempt.waitedSeconds),
    formatDuration(attempt.trainedSeconds),
    formatDuration(attempt.lostSeconds),
    attempt.billableSeconds === undefined ? '-' : formatDuration(attempt.billableSeconds),
  ]);
  return columns([header, ...rows], [4, 5, 6, 7]);
}

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
