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
  readonly checkpointIntervalSeconds: number;
  /** How late news of the jobs may be. Negative: none comes, and looks are at least that far apart. */
  readonly eventLatencySeconds: number;
  /** The longest sleep while a spot job trains and nothing is at stake. */
  readonly pollSeconds: number;
  /** Kept in reserve for whatever is slower than stated. */
  readonly marginSeconds: number;
  /** Whether On-Demand is left again when spot comes back. @default true */
  readonly returnToSpot?: boolean;
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
export type PolicyAction = 'IDLE' | 'SPOT' | 'ON_DEMAND' | 'ON_DEMAND_WITH_PROBE';

export interface Advice {
  readonly action: PolicyAction;
  readonly wakeAfterSeconds: number;
  readonly reason: string;
}
