// What is played in E2, and what a policy is told and asked there.
import type { Advice, Observation, PolicyConfig } from '../../../domain/policy/observation.ts';
import type { Availability } from '../../../simulator/markets/availability.ts';

export interface WorldConfig extends PolicyConfig {
  /** With several pools, the turn of one that gives nothing. */
  readonly rotateSeconds: number;
  /** A job queues in the pool it was last in, in the first one, or in all at once; then the others take their turns. */
  readonly queueing?: 'where it was' | 'from the first' | 'in all';
  /** What a spot instance that runs beside the trainer costs when it is cancelled, in seconds of its time. */
  readonly cancelBilledSeconds: number;
}

/** Pools of other instance types have their own price and speed; what is left out is the run's spot price, and 1. */
export interface Pool extends Availability {
  readonly spotPriceRatio?: number;
  /** Work done in a second, where On-Demand does one. */
  readonly speed?: number;
}

export interface Job {
  readonly workSeconds: number;
  readonly deadlineSeconds: number;
  /** What the policy is told of the work; the truth where it is left out. */
  readonly estimate?: Estimate;
}

/**
 * Under 1, too little. An error of the whole is a wrong figure in the request, found out only at the end; one of the rest
 * is a script's own count of what remains, wrong by the same share all along, and so by less and less.
 */
export interface Estimate {
  readonly factor: number;
  readonly of: 'whole' | 'rest';
}

export interface Request extends Observation {
  readonly why: 'start' | 'timer' | 'event';
  readonly totalWorkSeconds: number;
  /** The pool that a spot job is in, or was in last. */
  readonly pool: number;
}

/** One policy at work on one job. It may remember; the world is the only thing it hears from. */
export type Contestant = (request: Request) => Pick<Advice, 'action' | 'wakeAfterSeconds'>;

export interface Played {
  readonly finishedAt: number;
  readonly late: boolean;
  /** In seconds of On-Demand. */
  readonly cost: number;
  /** The part of it that bought knowledge of spot: probes until they take over, and canaries. */
  readonly watchCost: number;
  readonly onDemandSeconds: number;
  readonly spotSeconds: number;
  readonly decisions: number;
  readonly handOvers: number;
}
