// One call of the benchmark: the markets, how many starts each gets, and every run played once, however many tables and
// charts show it.
import type { Policy } from './contestants.ts';
import type { Estimate, WorldConfig } from './e2/terms.ts';
import { type Case, casesOf, hindsightScores, type Score, scoresOf } from './grid.ts';
import type { SpotMarket } from '../../simulator/markets/synthetic.ts';

export class Session {
  runCount = 0;
  readonly markets: readonly SpotMarket[];
  readonly startCount: number;
  private readonly measured = new Map<string, readonly Score[]>();
  private readonly dealt = new Map<string, readonly Case[]>();

  constructor(markets: readonly SpotMarket[], startCount: number) {
    this.markets = markets;
    this.startCount = startCount;
  }

  measure(policy: Policy, config: WorldConfig, estimate?: Estimate): readonly Score[] {
    return this.once(JSON.stringify([policy.name, config, estimate]), () =>
      this.play(policy, this.cases(config), config, estimate),
    );
  }

  hindsight(config: WorldConfig): readonly Score[] {
    return this.once(JSON.stringify(['hindsight', config]), () => hindsightScores(this.cases(config), config));
  }

  /** On cases of one's own, not kept. */
  play(policy: Policy, cases: readonly Case[], config: WorldConfig, estimate?: Estimate): readonly Score[] {
    this.runCount += cases.length;
    return scoresOf(policy, cases, config, estimate);
  }

  private cases(config: WorldConfig): readonly Case[] {
    const { startupSeconds, restoreSeconds, spotPriceRatio } = config;
    const key = [startupSeconds, restoreSeconds, spotPriceRatio].join();
    const dealt = this.dealt.get(key) ?? casesOf(this.markets, this.startCount, config);
    this.dealt.set(key, dealt);
    return dealt;
  }

  private once(key: string, score: () => readonly Score[]): readonly Score[] {
    const scores = this.measured.get(key) ?? score();
    this.measured.set(key, scores);
    return scores;
  }
}
