// Ways back to spot, and what they bring: the probe that no service allows, and what is left where only one job may hold
// the checkpoints. Each is compared with staying On-Demand, on the same runs.
import type { PolicyConfig } from '../../../domain/policy/observation.ts';
import { slackReserve } from '../contestants.ts';
import { DELAY_NAMES, settings } from '../grid.ts';
import type { Session } from '../session.ts';
import { difference, familyMeanOf, summarise } from '../statistics.ts';
import { print, signed, title } from './print.ts';

const NO_RETURN: Partial<PolicyConfig> = { handOver: 'live', returnToSpot: false };

function canaries(pauseSeconds: number, upBreakEvens: number): Partial<PolicyConfig> {
  return { handOver: 'live', canaries: { pauseSeconds, upBreakEvens } };
}

const WAYS: readonly (readonly [name: string, changes: Partial<PolicyConfig>])[] = [
  ['live, no return', NO_RETURN],
  ['live, canaries (the default)', { handOver: 'live' }],
  ['live, up for 0.6 break-evens', canaries(600, 0.6)],
  ['live, up for 2 break-evens', canaries(600, 2)],
  ['live, a canary each 300 s', canaries(300, 1.2)],
  ['live, a canary each 1,200 s', canaries(1_200, 1.2)],
  ['live, one canary, then go', canaries(600, 0)],
  [
    'live, no canary, back after 2 h',
    { handOver: 'live', canaries: { ...canaries(600, 0).canaries!, blindAfterSeconds: 7_200 } },
  ],
  ['a probe, for comparison', {}],
];

export function reportHandOvers(session: Session): void {
  for (const delay of DELAY_NAMES) {
    const stay = session.measure(slackReserve, settings(delay, NO_RETURN));
    title(`Ways back to spot, at ${delay}: mean cost, and less than On-Demand for good on the same runs`);
    print(`  ${'way'.padEnd(36)} mean   less                        watching   hand-overs   late`);
    for (const [name, changes] of WAYS) {
      const scores = session.measure(slackReserve, settings(delay, changes));
      const { mean, lateCount } = summarise(scores);
      const gain = difference(stay, scores);
      print(
        `  ${name.padEnd(36)} ${mean.toFixed(3)}  ${signed(gain.mean, gain.interval)}  ` +
          `${familyMeanOf(scores, ({ watchCost }) => watchCost).toFixed(4)} ` +
          `${familyMeanOf(scores, ({ handOvers }) => handOvers)
            .toFixed(2)
            .padStart(11)}   ${String(lateCount).padStart(8)}`,
      );
    }
  }
}

/** A return pays for two restores, so their length decides whether it is worth having. */
export function reportReturns(session: Session): void {
  title('What canaries bring by the length of a restore, start-up 240 s: mean cost without, and less with them');
  for (const restoreSeconds of [60, 360, 600, 900, 1_200, 1_500]) {
    const stay = session.measure(slackReserve, settings('10 min', { ...NO_RETURN, restoreSeconds }));
    const go = session.measure(slackReserve, settings('10 min', { handOver: 'live', restoreSeconds }));
    const gain = difference(stay, go);
    const mean = summarise(stay).mean.toFixed(3);
    print(`  ${`${restoreSeconds} s`.padEnd(36)} ${mean}  ${signed(gain.mean, gain.interval)}`);
  }
}
