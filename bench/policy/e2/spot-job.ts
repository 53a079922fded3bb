// The one spot job of a run: in the queue of a pool, running there, or not there at all.
import type { SpotState } from '../../../domain/policy/observation.ts';
import { firstEndingAfter } from '../../../simulator/markets/availability.ts';
import type { Pool, WorldConfig } from './terms.ts';

export class SpotJob {
  state: SpotState = 'none';
  since = 0;
  queuedSince = 0;
  pool = 0;
  /** A canary trains nothing: it runs for what is billed at least, and is gone. */
  canary = false;
  /** When the queued job will run, or the running one be interrupted or end. */
  private turnsAt = Number.POSITIVE_INFINITY;
  private rotatesAt = Number.POSITIVE_INFINITY;
  private readonly config: WorldConfig;
  private readonly pools: readonly Pool[];

  constructor(config: WorldConfig, pools: readonly Pool[]) {
    this.config = config;
    this.pools = pools;
  }

  get priceRatio(): number {
    return this.here().spotPriceRatio ?? this.config.spotPriceRatio;
  }

  get speed(): number {
    return this.here().speed ?? 1;
  }

  nextTurnAt(): number {
    return this.state === 'none' ? Number.POSITIVE_INFINITY : this.turnsAt;
  }

  nextRotationAt(): number {
    return this.state === 'pending' ? this.rotatesAt : Number.POSITIVE_INFINITY;
  }

  queue(now: number, canary: boolean): void {
    this.canary = canary;
    if (this.config.queueing === 'from the first') this.pool = 0;
    this.join(now);
  }

  rotate(now: number): void {
    this.pool = (this.pool + 1) % this.pools.length;
    this.join(now);
  }

  run(now: number): void {
    const { ends } = this.here();
    this.state = 'running';
    this.since = now;
    this.turnsAt = ends[firstEndingAfter(this.here(), now)] ?? Number.POSITIVE_INFINITY;
    if (this.canary) this.turnsAt = Math.min(this.turnsAt, now + this.config.cancelBilledSeconds);
  }

  drop(now: number): void {
    this.state = 'none';
    this.since = now;
  }

  private join(now: number): void {
    this.state = 'pending';
    this.since = now;
    this.queuedSince = now;
    if (this.config.queueing === 'in all') {
      this.rotatesAt = Number.POSITIVE_INFINITY;
      const starts = this.pools.map((pool) => this.startsAt(pool, now));
      this.turnsAt = Math.min(...starts);
      this.pool = Math.max(0, starts.indexOf(this.turnsAt));
      return;
    }
    this.rotatesAt = this.pools.length > 1 ? now + this.config.rotateSeconds : Number.POSITIVE_INFINITY;
    this.turnsAt = this.startsAt(this.here(), now);
  }

  /** Capacity must stay for the whole start-up; capacity that goes before leaves the job in the queue. */
  private startsAt(pool: Pool, now: number): number {
    const { starts, ends } = pool;
    for (let index = firstEndingAfter(pool, now); index < starts.length; index++) {
      const startsAt = Math.max(now, starts[index] ?? 0) + this.config.startupSeconds;
      if (startsAt < (ends[index] ?? 0)) return startsAt;
    }
    return Number.POSITIVE_INFINITY;
  }

  private here(): Pool {
    const pool = this.pools[this.pool];
    if (pool === undefined) throw new RangeError(`there is no spot pool ${this.pool}`);
    return pool;
  }
}
