// The grid that a policy is judged on, and the runs of it: every length of work, every slack, starts spread evenly over
// each market, all with the same settings.
import { cut } from './availability.ts';
import type { Policy } from './contestants.ts';
import { play } from './e2.ts';
import type { Estimate, Job, WorldConfig } from './e2/terms.ts';
import { hindsightCost } from './hindsight.ts';
import type { Market } from './traces.ts';

const WORK_HOURS = [4, 12, 24, 48] as const;
export const DEADLINE_RATIOS = [1.1, 1.25, 1.5, 2, 3] as const;

const DELAYS = {
  '3 min': { startupSeconds: 120, restoreSeconds: 60 },
  '10 min': { startupSeconds: 240, restoreSeconds: 360 },
  '30 min': { startupSeconds: 300, restoreSeconds: 1_500 },
} as const;

export type DelayName = keyof typeof DELAYS;
export const DELAY_NAMES = Object.keys(DELAYS) as readonly DelayName[];

/** The standard settings of ../shared/docs/policy.md; what it leaves open is a minute. */
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
  readonly pools: readonly ReturnType<typeof cut>[];
}

/** Late runs go on after the deadline; what the market does then is part of the case. */
const AFTER_DEADLINE_FACTOR = 1.3;

export function casesOf(markets: readonly Market[], startCount: number, config: WorldConfig): readonly Case[] {
  return markets.flatMap((market) => casesIn(market, [market], startCount, config));
}

export function casesIn(
  place: Pick<Market, 'family' | 'id' | 'lengthSeconds'>,
  pools: readonly Market[],
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
          pools: pools.map(({ availability, lengthSeconds }) => cut(availability, lengthSeconds, from, to)),
        });
      }
    }
  }
  return cases;
}

/** What one run came to, its cost as a share of the same job On-Demand. */
export interface Score {
  readonly family: string;
  readonly market: string;
  readonly start: number;
  readonly ratio: number;
  readonly cost: number;
  readonly late: boolean;
}

export function scoresOf(
  policy: Policy,
  cases: readonly Case[],
  config: WorldConfig,
  estimate?: Estimate,
): readonly Score[] {
  return cases.map(({ family, market, start, ratio, job, pools }) => {
    const { cost, late } = play(
      policy.start(config),
      estimate === undefined ? job : { ...job, estimate },
      config,
      pools,
    );
    return { family, market, start, ratio, late, cost: cost / (job.workSeconds + config.restoreSeconds) };
  });
}

export function hindsightScores(cases: readonly Case[], config: WorldConfig): readonly Score[] {
  return cases.map(({ family, market, start, ratio, job, pools }) => {
    const cost = hindsightCost(job, config, pools) / (job.workSeconds + config.restoreSeconds);
    return { family, market, start, ratio, late: false, cost };
  });
}
