// The grid that a policy is judged on, and the runs of it: every length of work, every slack, starts spread evenly over
// each market, all with the same settings.
import { cut } from '../../simulator/markets/availability.ts';
import type { Policy } from './contestants.ts';
import { play } from './e2.ts';
import type { Estimate, Job, Pool, WorldConfig } from './e2/terms.ts';
import { hindsightCost } from './hindsight.ts';
import type { SpotMarket } from '../../simulator/markets/synthetic.ts';

const WORK_HOURS = [4, 12, 24, 48] as const;
export const DEADLINE_RATIOS = [1.1, 1.25, 1.5, 2, 3] as const;

const DELAYS = {
  '3 min': { startupSeconds: 120, restoreSeconds: 60 },
  '10 min': { startupSeconds: 240, restoreSeconds: 360 },
  '30 min': { startupSeconds: 300, restoreSeconds: 1_500 },
} as const;

export type DelayName = keyof typeof DELAYS;
export const DELAY_NAMES = Object.keys(DELAYS) as readonly DelayName[];

/** The standard settings of the study that docs/policy-benchmark.md names; what it leaves open is a minute. */
export function settings(delay: DelayName, changes: Partial<WorldConfig> = {}): WorldConfig {
  return {
    spotPriceRatio: 0.3,
    stopSeconds: 120,
    checkpointIntervalSeconds: 600,
    eventLatencySeconds: 60,
    pollSeconds: 600,
    marginSeconds: 60,
    rotateSeconds: 600,
    cancelBilledSeconds: 60,
    ...DELAYS[delay],
    ...changes,
  };
}

/** One run to be: a job that begins at some moment of a market, or of several that are its pools. */
export interface Case {
  readonly family: string;
  readonly market: string;
  readonly start: number;
  readonly ratio: number;
  readonly job: Job;
  readonly pools: readonly Pool[];
}

/** Late runs go on after the deadline; what the market does then is part of the case. */
const AFTER_DEADLINE_FACTOR = 1.3;

export function casesOf(markets: readonly SpotMarket[], startCount: number, config: WorldConfig): readonly Case[] {
  return markets.flatMap((market) => casesIn(market, [market], startCount, config));
}

export function casesIn(
  place: Pick<SpotMarket, 'family' | 'id' | 'lengthSeconds'>,
  pools: readonly (SpotMarket & Pick<Pool, 'spotPriceRatio' | 'speed'>)[],
  startCount: number,
  config: WorldConfig,
): readonly Case[] {
  const cases: Case[] = [];
  for (const hours of WORK_HOURS) {
    for (const ratio of DEADLINE_RATIOS) {
      const workSeconds = hours * 3_600;
      const deadlineSeconds = workSeconds * ratio;
      // Not even On-Demand from the first second would be in time: no policy can be judged there.
      if (deadlineSeconds < workSeconds + config.startupSeconds + config.restoreSeconds) continue;
      for (let start = 0; start < startCount; start++) {
        const from = (place.lengthSeconds * (start + 0.5)) / startCount;
        const to = from + deadlineSeconds * AFTER_DEADLINE_FACTOR;
        cases.push({
          family: place.family,
          market: place.id,
          start,
          ratio,
          job: { workSeconds, deadlineSeconds },
          pools: pools.map(({ availability, lengthSeconds, spotPriceRatio = config.spotPriceRatio, speed = 1 }) => ({
            ...cut(availability, lengthSeconds, from, to),
            spotPriceRatio,
            speed,
          })),
        });
      }
    }
  }
  return cases;
}

/** What one run came to, its costs as shares of the same job On-Demand. */
export interface Score {
  readonly family: string;
  readonly market: string;
  readonly start: number;
  readonly ratio: number;
  readonly cost: number;
  readonly watchCost: number;
  readonly late: boolean;
  readonly handOvers: number;
  readonly decisions: number;
}

export function scoresOf(
  policy: Policy,
  cases: readonly Case[],
  config: WorldConfig,
  estimate?: Estimate,
): readonly Score[] {
  return cases.map((played) => {
    const job = estimate === undefined ? played.job : { ...played.job, estimate };
    const { cost, watchCost, late, handOvers, decisions } = play(policy.start(config), job, config, played.pools);
    const whole = job.workSeconds + config.restoreSeconds;
    return { ...labels(played), cost: cost / whole, watchCost: watchCost / whole, late, handOvers, decisions };
  });
}

export function hindsightScores(cases: readonly Case[], config: WorldConfig): readonly Score[] {
  return cases.map((played) => {
    const cost = hindsightCost(played.job, config, played.pools) / (played.job.workSeconds + config.restoreSeconds);
    return { ...labels(played), cost, watchCost: 0, late: false, handOvers: 0, decisions: 0 };
  });
}

function labels({ family, market, start, ratio }: Case): Pick<Score, 'family' | 'market' | 'start' | 'ratio'> {
  return { family, market, start, ratio };
}
