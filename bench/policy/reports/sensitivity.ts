// How much of ours hangs on news, on how often it may look, and on the estimate of the work.
import { slackReserve, toldOtherwise } from '../contestants.ts';
import { DELAY_NAMES, settings } from '../grid.ts';
import type { Session } from '../session.ts';
import { familyMeanOf, summarise } from '../statistics.ts';
import { print, row, share, title } from './print.ts';

const NEWS: readonly (readonly [name: string, eventLatencySeconds: number])[] = [
  ['events at once', 0],
  ['events 60 s late', 60],
  ['events 300 s late', 300],
  ['timers, 60 s apart', -60],
  ['timers, 300 s apart', -300],
  ['timers, 600 s apart', -600],
  ['timers, 1,200 s apart', -1_200],
];

export function reportNews(session: Session): void {
  title('Ours by how news comes: mean cost (late runs)');
  row('', DELAY_NAMES, 14);
  for (const [name, eventLatencySeconds] of NEWS) {
    const cells = DELAY_NAMES.map((delay) => {
      const { mean, lateCount } = summarise(session.measure(slackReserve, settings(delay, { eventLatencySeconds })));
      return `${mean.toFixed(3)} (${lateCount})`;
    });
    row(name, cells, 14);
  }
}

/**
 * A look costs history events, so the live system counts on timers alone, sleeps for hours where it can, and takes events
 * as hints that wake it sooner.
 */
export function reportLooks(session: Session): void {
  title(
    'Ours told to count on timers alone, live hand-over, sleeps of up to 6 h: mean cost, looks per run (late runs)',
  );
  row('', DELAY_NAMES, 20);
  for (const lookSeconds of [60, 345, 600]) {
    const policy = toldOtherwise(`timers ${lookSeconds} s`, {
      eventLatencySeconds: -lookSeconds,
      lookSeconds,
      pollSeconds: 21_600,
    });
    for (const [name, eventLatencySeconds] of [
      ['hints 60 s late', 60],
      ['no hint comes', -lookSeconds],
    ] as const) {
      const cells = DELAY_NAMES.map((delay) => {
        const scores = session.measure(policy, settings(delay, { handOver: 'live', eventLatencySeconds }));
        const { mean, lateCount } = summarise(scores);
        const looks = familyMeanOf(scores, ({ decisions }) => decisions);
        return `${mean.toFixed(3)}, ${looks.toFixed(0)} (${lateCount})`;
      });
      row(`looks ${lookSeconds} s apart, ${name}`, cells, 20);
    }
  }
}

export function reportEstimates(session: Session): void {
  const config = settings('10 min');
  title('Ours with a wrong estimate of the work, at 10 min: mean cost, late runs');
  print(`  ${'told, of the work that it is'.padEnd(34)} ${'of the whole'.padEnd(30)} of what remains, all along`);
  for (const factor of [0.9, 0.95, 0.98, 1, 1.02, 1.05, 1.1, 1.25]) {
    const cells = (['whole', 'rest'] as const).map((of) => {
      const { mean, lateCount, count } = summarise(session.measure(slackReserve, config, { factor, of }));
      return `${mean.toFixed(3)}, ${share(lateCount, count)}`.padEnd(31);
    });
    print(`  ${`${Math.round(factor * 100)} %`.padEnd(34)} ${cells.join('').trimEnd()}`);
  }
}
