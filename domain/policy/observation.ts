// What the capacity policy is told at a look, and what it answers. Times are seconds since the run began: the policy
// compares them with one another and never needs to know the date.

/** How the world around the run behaves; all of it is measured or assumed, none of it decided here. */
export interface PolicyConfig {
  /** What a second on spot costs, as a share of a second On-Demand. */
  readonly spotPriceRatio: number;
  /** From capacity being there to a container that runs, on either option. */
  readonly startupSeconds: number;
  /** From a container that runs to training that goes on. */
  readonly restoreSeconds: number;
  /** A graceful stop: billed, and nothing is lost. */
  readonly stopSeconds: number;
  /** Of work: on a type that is faster than On-Demand's, more of it lies between two checkpoints. */
  readonly checkpointIntervalSeconds: number;
  /** Work that the slowest spot type at hand does in a second, where On-Demand does one. @default 1 */
  readonly spotSpeedMin?: number;
  /** How late news of the jobs may be. Negative: none is counted on, and looks are at least that far apart. */
  readonly eventLatencySeconds: number;
  /** The longest sleep, however little is at stake. */
  readonly pollSeconds: number;
  /** The shortest pause between two looks; what may happen unseen meanwhile is kept in reserve. @default 60 */
  readonly lookSeconds?: number;
  /** Kept in reserve for whatever is slower than stated. */
  readonly marginSeconds: number;
  /** Whether On-Demand is left again when spot comes back. @default true */
  readonly returnToSpot?: boolean;
  /**
   * How the work changes hands. With a `probe` the next job waits beside the one that trains, and takes over at once.
   * `live` has one training job at a time: it is stopped before the next is submitted, and a canary stands in for the
   * probe: a tiny spot job that shows that capacity is there and ends by itself. @default 'probe'
   */
  readonly handOver?: 'probe' | 'live';
  /** What a canary is billed, in seconds of spot. @default 60 */
  readonly cancelBilledSeconds?: number;
  /** When canaries are sent, and when they have shown enough. @default CANARY_RULE in hand-over.ts */
  readonly canaries?: CanaryRule;
}

export interface CanaryRule {
  /** From one canary's start to the next canary. */
  readonly pauseSeconds: number;
  /** Spot must have been seen up for so many break-evens; with 0 the first canary that starts is enough. */
  readonly upBreakEvens: number;
  /** Without any canary, spot is tried again once it has not been seen up for so long. Left out: never. */
  readonly blindAfterSeconds?: number;
}

export type SpotState = 'none' | 'pending' | 'running';
export type OnDemandState = 'none' | 'starting' | 'running';
export type TrainerPhase = 'none' | 'restoring' | 'training' | 'stopping';

export type PolicyEventKind =
  | 'spot_running'
  | 'spot_interrupted'
  | 'spot_stopped'
  | 'on_demand_running'
  | 'on_demand_stopped';

export interface PolicyEvent {
  readonly at: number;
  readonly kind: PolicyEventKind;
  /** Which spot pool it concerns; pools are numbered from 0. */
  readonly pool: number;
  /** When the job in question joined that pool's queue; a start from there is what the pool's capacity is known by. */
  readonly queuedSince: number;
}

export interface Observation {
  readonly now: number;
  readonly deadline: number;
  /** Work left in seconds On-Demand, rather too much than too little; unsaved work counts as done. */
  readonly remainingWorkSeconds: number;
  /** Work that an interruption would lose. */
  readonly unsavedWorkSeconds: number;
  /** The spot job that is there. Beside On-Demand it is the probe or, with live hand-over, the canary. */
  readonly spot: SpotState;
  readonly spotSince: number;
  readonly onDemand: OnDemandState;
  /** Whose job holds the checkpoint prefix. */
  readonly trainer: 'none' | 'spot' | 'on_demand';
  readonly phase: TrainerPhase;
  readonly phaseSince: number;
  /** Since the last look, oldest first. They may be late or missing: the states above are the truth. */
  readonly events: readonly PolicyEvent[];
}

/** What should be there from now on; whatever else is there is to be stopped. */
export type PolicyAction = 'SPOT' | 'ON_DEMAND' | 'ON_DEMAND_WITH_PROBE';

export interface Advice {
  readonly action: PolicyAction;
  readonly wakeAfterSeconds: number;
  readonly reason: string;
  /** What slack was held against. */
  readonly neededSeconds: number;
  /** What it would have taken to decide otherwise. */
  readonly otherwise: string;
}
