// What each policy costs at each delay, how far ours is from it on the same runs, and where slack makes the difference.
import { POLICIES, slackReserve } from '../contestants.ts';
import { DEADLINE_RATIOS, type DelayName, type Score, settings } from '../grid.ts';
import type { Session } from '../session.ts';
import { difference, familyMean, summarise } from '../statistics.ts';
import { print, range, row, share, signed, title } from './print.ts';

export function reportDelay(session: Session, delay: DelayName): void {
  const config = settings(delay);
  const hindsight = session.hindsight(config);
  const best = familyMean(hindsight);
  const ours = session.measure(slackReserve, config);
  title(`Start and restore ${delay}: cost as a share of On-Demand only (${ours.length} runs each)`);
  print(`  ${'policy'.padEnd(34)} mean   95 % interval   of hindsight   p95    ours less it                late`);
  print(`  ${'hindsight optimum'.padEnd(34)} ${best.toFixed(3)}${' '.repeat(41)}${less(ours, hindsight)}`);
  for (const policy of POLICIES) {
    const scores = session.measure(policy, config);
    const { mean, interval, percentile95, lateCount, count } = summarise(scores);
    print(
      `  ${policy.name.padEnd(34)} ${mean.toFixed(3)}  ${range(interval)} ${(mean / best).toFixed(2).padStart(10)}     ` +
        `${percentile95.toFixed(3)}  ${policy === slackReserve ? ' '.repeat(26) : less(ours, scores)}  ${share(lateCount, count)}`,
    );
  }
}

function less(ours: readonly Score[], theirs: readonly Score[]): string {
  const { mean, interval } = difference(ours, theirs);
  return signed(mean, interval);
}

export function reportSlack(session: Session): void {
  const config = settings('10 min');
  title('By slack, at 10 min: mean cost where the deadline is so many times the work');
  row('', DEADLINE_RATIOS.map(String), 6);
  const means = (name: string, scores: readonly Score[]): void =>
    row(
      name,
      bySlack(scores).map((there) => familyMean(there).toFixed(3)),
      6,
    );
  means('hindsight optimum', session.hindsight(config));
  for (const policy of POLICIES) {
    const scores = session.measure(policy, config);
    means(policy.name, scores);
    const late = bySlack(scores).map((there) => there.filter((score) => score.late).length / there.length);
    if (late.some((part) => part > 0))
      row(
        '  late of these',
        late.map((part) => `${Math.round(100 * part)} %`),
        6,
      );
  }
}

function bySlack(scores: readonly Score[]): readonly (readonly Score[])[] {
  return DEADLINE_RATIOS.map((ratio) => scores.filter((score) => score.ratio === ratio));
}
