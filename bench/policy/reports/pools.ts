// Several pools in place of one. Markets of one family overlap in time, so they can stand for the zones of one region, or
// for the types of a ladder; they are not what one region's pools did at one moment.
import { slackReserve, withoutReturn, type Policy } from '../contestants.ts';
import type { Pool, WorldConfig } from '../e2/terms.ts';
import { casesIn, casesOf, settings } from '../grid.ts';
import type { Session } from '../session.ts';
import { summarise } from '../statistics.ts';
import type { SpotMarket } from '../../../simulator/markets/synthetic.ts';
import { print, row, title } from './print.ts';

type Traits = Required<Pick<Pool, 'spotPriceRatio' | 'speed'>>;

export function reportZones(session: Session): void {
  title('Zones: pools of one family at one price, at 10 min: mean cost (late runs)');
  row('', ['one pool', 'all, 10 min each', 'all at once'], 20);
  for (const [family, pools] of families(session)) {
    const lengthSeconds = Math.min(...pools.map((pool) => pool.lengthSeconds));
    const place = { family, id: family, lengthSeconds };
    for (const policy of [slackReserve, withoutReturn]) {
      const inTurn = settings('10 min');
      const inAll = settings('10 min', { queueing: 'in all' });
      const together = casesIn(place, pools, session.startCount * pools.length, inTurn);
      const alone = session.play(policy, casesOf(pools, session.startCount, inTurn), inTurn);
      const cells = [alone, session.play(policy, together, inTurn), session.play(policy, together, inAll)];
      const figures = cells.map(summarise).map(({ mean, lateCount }) => `${mean.toFixed(3)} (${lateCount})`);
      row(`${family}, ${policy.name.slice(0, 4) === 'ours' ? 'no return' : 'ours'}`, figures, 20);
    }
  }
}

/** Cheapest work first: 0.25, 0.3, 0.35 and 0.375 of what it costs On-Demand, on the type that On-Demand runs on. */
const LADDER: readonly Traits[] = [
  { spotPriceRatio: 0.2, speed: 0.8 },
  { spotPriceRatio: 0.3, speed: 1 },
  { spotPriceRatio: 0.35, speed: 1 },
  { spotPriceRatio: 0.6, speed: 1.6 },
];

const QUEUEINGS: readonly (readonly [name: string, queueing: WorldConfig['queueing'], order: 'up' | 'down'])[] = [
  ['cheapest first, each time', 'from the first', 'up'],
  ['dearest first, each time', 'from the first', 'down'],
  ['where it was, then the next', 'where it was', 'up'],
  ['all at once', 'in all', 'up'],
];

/** Each trace is each rung once, so that no rung owes its figure to the market it was given. */
export function reportLadder(session: Session): void {
  title('A ladder of types with their own price and speed, at 10 min, 10 min each: mean cost (late runs)');
  const runs = families(session);
  row(
    '',
    runs.map(([family]) => family),
    24,
  );
  const config = settings('10 min');
  for (const [index, traits] of LADDER.entries()) {
    const cells = runs.map(([family, pools]) =>
      figure(
        session,
        config,
        pools.map((pool) => ({ family, pools: [{ ...pool, ...traits }] })),
      ),
    );
    row(`rung ${index + 1} alone: ${traits.spotPriceRatio} at speed ${traits.speed}`, cells, 24);
  }
  for (const [name, queueing, order] of QUEUEINGS) {
    const cells = runs.map(([family, pools]) => {
      const ladders = pools.map((_, shift) => {
        const rungs = LADDER.map((traits, rung) => ({ ...marketAt(pools, rung + shift), ...traits }));
        return { family, pools: order === 'up' ? rungs : rungs.toReversed() };
      });
      return figure(session, { ...config, ...(queueing === undefined ? {} : { queueing }) }, ladders);
    });
    row(name, cells, 24);
  }
}

interface Ladder {
  readonly family: string;
  readonly pools: readonly (SpotMarket & Traits)[];
}

function figure(session: Session, config: WorldConfig, ladders: readonly Ladder[]): string {
  const scores = ladders.flatMap(({ family, pools }) => {
    const lengthSeconds = Math.min(...pools.map((pool) => pool.lengthSeconds));
    const id = pools.map((pool) => pool.id).join();
    return session.play(
      onRungs(pools),
      casesIn({ family, id, lengthSeconds }, pools, session.startCount, config),
      config,
    );
  });
  const { mean, lateCount } = summarise(scores);
  return `${mean.toFixed(3)} (${lateCount})`;
}

/**
 * The policy sees the price of one rung at a time, for the work it does. A fast type loses more work between two
 * checkpoints, and the next rung may be the fastest, so that is what safety counts with.
 */
function onRungs(pools: readonly Traits[]): Policy {
  return {
    name: 'slack reserve on a ladder',
    start: (config) => {
      const speedMax = Math.max(1, ...pools.map(({ speed }) => speed));
      const ladder = {
        ...config,
        checkpointIntervalSeconds: config.checkpointIntervalSeconds * speedMax,
        spotSpeedMin: Math.min(1, ...pools.map(({ speed }) => speed)),
      };
      const perRung = pools.map((rung) => ({ ...ladder, spotPriceRatio: rung.spotPriceRatio / rung.speed }));
      return slackReserve.start(ladder, perRung);
    },
  };
}

function marketAt(pools: readonly SpotMarket[], index: number): SpotMarket {
  const market = pools[index % pools.length];
  if (market === undefined) throw new RangeError('a ladder needs a market');
  return market;
}

function families(session: Session): readonly (readonly [string, readonly SpotMarket[]])[] {
  return [...Map.groupBy(session.markets, ({ family }) => family)].filter(([, pools]) => pools.length > 1);
}

export function reportMarkets(session: Session, heading: string): void {
  title(heading);
  for (const { id, lengthSeconds, upShare } of session.markets) {
    const days = (lengthSeconds / 86_400).toFixed(1).padStart(5);
    print(`  ${id.padEnd(48)} ${days} days, up ${(upShare * 100).toFixed(0)} %`);
  }
  print(
    `  ${session.startCount} starts each; 4, 12, 24, 48 h of work; deadline 1.1 to 3 times the work; families weigh the same`,
  );
}
