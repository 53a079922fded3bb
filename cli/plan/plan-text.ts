// A plan as people read it in a terminal.
import { formatDuration } from '../../domain/time.ts';
import { columns, paint } from '../text/style.ts';
import type { Plan } from './plan.ts';
import { percent, type Spread } from './summary.ts';

export function planText(plan: Plan): string {
  return [
    paint('bold', `Plan for a run of ${plan.pipeline}`),
    '',
    section('Ladder', ladderTable(plan)),
    section('At worst', worstLines(plan).join('\n')),
    section('Forecast', forecastTable(plan)),
    section('When an attempt fails', columns(plan.failures.map(({ class: name, next }) => [name, next]))),
    section('Quotas needed', columns(plan.ladder.map(({ quota }) => [quota.name, `at least ${quota.instances}`]))),
    section('Assumed', plan.assumptions.map((line) => `- ${line}`).join('\n')),
    ...plan.forecasts.map((forecast) => paint('bold', forecast.sentence)),
  ].join('\n');
}

const section = (title: string, text: string): string => `${title}\n${text.replaceAll(/^(?=.)/gm, '  ')}\n`;

const usd = (amount: number | undefined): string => (amount === undefined ? 'unknown' : `${amount.toFixed(2)} USD`);

function ladderTable({ ladder }: Plan): string {
  const rows = ladder.map(({ capacity, usdPerHour, spotUsdPerHour, relativeSpeed }, index) => [
    String(index + 1),
    capacity,
    usdPerHour === undefined ? 'no price known' : `${usdPerHour.toFixed(3)} USD/h On-Demand`,
    spotUsdPerHour === undefined ? '' : `about ${spotUsdPerHour.toFixed(3)} USD/h on spot`,
    relativeSpeed === 1 ? '' : `${relativeSpeed}x as fast`,
  ]);
  return columns(rows);
}

function worstLines({ worst, withoutSpot, missingPrices, onDemandUsd }: Plan): readonly string[] {
  return [
    `by its limits: ${formatDuration(worst.trainingSeconds)} of training, ${usd(worst.usd)} (${worst.bound})`,
    ...(withoutSpot === undefined
      ? []
      : [
          `if spot never comes: ${formatDuration(withoutSpot.wallClockSeconds)}, ${usd(withoutSpot.usd)}${withoutSpot.missed ? ', the deadline is missed' : ''}`,
        ]),
    `On-Demand from the start: ${usd(onDemandUsd)}`,
    ...(missingPrices.length === 0
      ? []
      : [
          paint(
            'yellow',
            `no price is known for ${missingPrices.join(', ')}: set usdPerHour on it, or prices on the pipeline`,
          ),
        ]),
  ];
}

function forecastTable({ forecasts, seed }: Plan): string {
  const share = (spread: Spread | undefined, pick: (spread: Spread) => number): string =>
    spread === undefined ? 'unknown' : percent(pick(spread));
  const header = [
    'spot',
    'cost: mean',
    '5 %',
    '50 %',
    '95 %',
    'mean',
    'took: mean',
    '95 %',
    'fell back',
    'interrupted',
    'missed',
  ];
  const rows = forecasts.map((forecast) => [
    forecast.market,
    share(forecast.costFraction, ({ mean }) => mean),
    share(forecast.costFraction, ({ p5 }) => p5),
    share(forecast.costFraction, ({ p50 }) => p50),
    share(forecast.costFraction, ({ p95 }) => p95),
    forecast.usd === undefined ? 'unknown' : usd(forecast.usd.mean),
    formatDuration(forecast.wallClockSeconds.mean),
    formatDuration(forecast.wallClockSeconds.p95),
    percent(forecast.fellBackCount / forecast.runCount),
    `${forecast.interruptions.toFixed(1)}x`,
    `${forecast.missedCount} of ${forecast.runCount}`,
  ]);
  const note = `cost as a share of On-Demand; every run went through the state machine that is deployed (seed ${seed})`;
  return `${columns([header, ...rows], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])}\n${paint('dim', note)}`;
}
