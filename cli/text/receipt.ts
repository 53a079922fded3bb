// The receipt as a person reads it in a terminal.
import { listChanges } from '../../domain/acceptance-reason.ts';
import { describeAmendment } from '../../domain/extend.ts';
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
      ...(seconds.provisioned === undefined
        ? []
        : [['provisioned', formatDuration(seconds.provisioned), 'about: machines being started, not billed']]),
      ['trained', formatDuration(seconds.trained), lostText(receipt)],
      ...estimateRows(receipt),
      ['billed', formatDuration(seconds.billable), `at the On-Demand rate${money(receipt.estimatedUsd)}`],
      ...canaryRows(receipt),
      ...extensionRows(receipt),
      ...lineageRows(receipt),
      ...(receipt.awsReportedSavingsFraction === undefined
        ? []
        : [['AWS reports', percent(receipt.awsReportedSavingsFraction), 'saved: billed against training time']]),
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
  ['saved', receipt.savedFraction === undefined ? 'unknown' : percent(receipt.savedFraction), savedText(receipt)],
];

/** What looking for spot has cost; it is part of what was billed. */
function canaryRows({ canaries }: Receipt): readonly (readonly string[])[] {
  if (canaries === undefined) return [];
  const note = `${canaries.count} canaries for spot, ${canaries.startedCount} found it${money(canaries.estimatedUsd)}, included`;
  return [['canaries', formatDuration(canaries.billableSeconds), note]];
}

const extensionRows = ({ extensions = [] }: Receipt): readonly (readonly string[])[] =>
  extensions.map(({ at, before, after, why }) => [
    'extended',
    formatInstant(at).slice(0, 10),
    `${describeAmendment({ before, after })}${why === undefined ? '' : `: ${why}`}`,
  ]);

/** All runs that went on from one another, this one included. */
function lineageRows({ lineage }: Receipt): readonly (readonly string[])[] {
  if (lineage === undefined) return [];
  const { resumedRunId, savedSeconds, checkpointAt, changed, runCount, billableSeconds, estimatedUsd } = lineage;
  const since = changed.length === 0 ? '' : `; changed since: ${listChanges(changed)}`;
  return [
    checkpointAt === undefined
      ? ['resumed', 'from zero', `${resumedRunId} left no checkpoint${since}`]
      : ['resumed', formatDuration(savedSeconds), `trained in the checkpoint of ${resumedRunId}${since}`],
    ['in all', formatDuration(billableSeconds), `billed for ${runCount} runs of the lineage${money(estimatedUsd)}`],
  ];
}

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
  { at, met, marginSeconds, originalAt }: NonNullable<Receipt['deadline']>,
): string => {
  const when = `${formatInstant(at)}${originalAt === undefined ? '' : ` (extended from ${formatInstant(originalAt)})`}`;
  if (status !== 'SUCCEEDED') return `the deadline was ${when}`;
  return met
    ? `deadline ${when} kept, ${formatDuration(marginSeconds)} to spare`
    : `deadline ${when} missed by ${formatDuration(-marginSeconds)}`;
};

const lostText = ({ seconds, interruptionCount }: Receipt): string =>
  `of which lost and done again: ${interruptionCount > 0 ? 'about ' : ''}${formatDuration(seconds.lost)}`;

const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;

const money = (usd: number | undefined): string =>
  usd === undefined ? ', no price known' : `, about ${usd.toFixed(2)} USD`;

function savedText({ savedFraction }: Receipt): string {
  if (savedFraction === undefined) return 'set usdPerHour on the capacities to see it';
  return savedFraction >= 0
    ? 'against On-Demand from the start, waste included'
    : 'the relay cost more than On-Demand from the start';
}

/** `saved` is AWS's own figure of the job. */
function attemptTable({ attempts }: Receipt): string {
  const header = ['#', 'capacity', 'ended', 'cuts', 'waited', 'provisioned', 'trained', 'lost', 'billed', 'saved'];
  const rows = attempts.map((attempt) => [
    String(attempt.number),
    attempt.capacity,
    attempt.outcome,
    attempt.interruptionCount === 0 ? '-' : `${attempt.interruptionCount}x`,
    brief(attempt.waitedSeconds),
    brief(attempt.provisionedSeconds),
    brief(attempt.trainedSeconds),
    brief(attempt.lostSeconds),
    brief(attempt.billableSeconds),
    attempt.awsReportedSavingsFraction === undefined ? '-' : percent(attempt.awsReportedSavingsFraction),
  ]);
  return columns([header, ...rows], [4, 5, 6, 7, 8, 9]);
}

/** "2h21m": the table has to fit a terminal of 100 columns. */
const brief = (seconds: number | undefined): string =>
  seconds === undefined
    ? '-'
    : formatDuration(seconds)
        .replaceAll(/ (?=h|min|s|d)/g, '')
        .replaceAll('min', 'm')
        .replaceAll(' ', '');

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
