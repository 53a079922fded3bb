// A whole world as plain data: what was drawn from a seed, before anything runs. It is printed as it stands.
import type { PipelineInput } from '../../domain/pipeline.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { SweepRequestInput } from '../../domain/sweep/sweep-request.ts';
import type { OverlapPolicy } from '../../domain/triggers.ts';
import type { CreateFault } from '../services/sagemaker-errors.ts';

export interface DrawnWorld {
  readonly seed: number;
  readonly mix: FaultMix;
  readonly pipeline: PipelineInput;
  readonly runs: readonly DrawnRun[];
  readonly script: DrawnScript;
  readonly market: Readonly<Record<string, readonly DrawnChange[]>>;
  readonly quotas: Readonly<Record<string, number>>;
  readonly startupSeconds: number;
  readonly spotPriceRatio: number;
  readonly faults: DrawnFaults;
  /** Absent where runs are started by hand alone. */
  readonly triggers?: DrawnTriggers;
  /** Absent where runs have their terms and no more. */
  readonly continuations?: DrawnContinuations;
  readonly sweep?: DrawnSweep;
  /** From then on there are no faults, and capacity everywhere. Seconds since the start, as all times here. */
  readonly healsAt: number;
}

/** `calm` keeps every assumption that the promise of a deadline rests on. */
export type FaultMix = 'calm' | 'common' | 'wild';

export interface DrawnRun {
  readonly startsAt: number;
  readonly request: RunRequest;
}

export interface DrawnTriggers {
  readonly overlap: OverlapPolicy;
  readonly quietSeconds?: number;
  /** Under keys that differ. */
  readonly uploads: readonly { readonly at: number; readonly key: string }[];
  readonly schedule?: DrawnSchedule;
}

/** Runs by the calendar; the first is due one period after the start. */
export interface DrawnSchedule {
  readonly name: string;
  readonly everySeconds: number;
  readonly times: number;
  readonly request: RunRequest;
}

export interface DrawnSweep {
  readonly startsAt: number;
  readonly request: SweepRequestInput;
  /** Of a trial with all that halving gives. */
  readonly workSeconds: number;
  /** Trials with more than that have a bug. */
  readonly failsAboveX?: number;
  readonly stopsAt?: number;
  /** Whenever its execution has ended without success by then. */
  readonly redrivesAt: readonly number[];
}

/** What people do with runs that go on, or that have ended. */
export interface DrawnContinuations {
  readonly acts: readonly Continuation[];
  /** Whether the script that is deployed when a run is resumed has the bug of the first no more. */
  readonly mends: boolean;
  /** The safety net looks while a run is at the door: it has seen its lineage's checkpoints, and has not their lease yet. */
  readonly looksAtTheDoor?: true;
}

export interface Continuation {
  /** The safety net looks by itself; that it does so in this very moment is chance. */
  readonly act: 'extend' | 'resume' | 'look' | 'redrive' | PersonalAct['act'];
  /** Which of the runs, from 0; of its lineage the first run, or that which was started last. */
  readonly run: number;
  readonly names: 'first' | 'last';
  readonly when: Moment;
  /** Beside the run's id; sensible or not. */
  readonly terms: Readonly<Record<string, unknown>>;
}

export type Moment =
  | { readonly at: number }
  /** So long after an end in the lineage is decided, or is announced; counted from 1. */
  | { readonly after: 'decided' | 'announced'; readonly end: number; readonly seconds: number };

export interface DrawnChange {
  readonly at: number;
  readonly available: boolean;
  readonly noticeSeconds?: number;
}

export interface DrawnScript {
  readonly workSeconds: number;
  readonly checkpointIntervalSeconds: number;
  /** Of each checkpoint; absent: one. Several arrive one by one. */
  readonly checkpointFiles?: number;
  readonly restoreSeconds: number;
  readonly uploadSeconds: number;
  readonly stopSeconds: number;
  readonly savesOnSigterm: boolean;
  readonly writesProgressFile: boolean;
  readonly speeds: Readonly<Record<string, number>>;
  readonly failsAfterWorkSeconds?: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Outage {
  readonly of: 'describe' | 'stop' | 'create' | 'objects' | 'ledger';
  readonly from: number;
  readonly to: number;
}

/** Shares are of calls or deliveries; 0 is never. */
export interface DrawnFaults {
  /** By the ordinal of the CreateTrainingJob call, from 1. */
  readonly createFaults: Readonly<Record<number, CreateFault>>;
  readonly crashBefore: number;
  readonly crashAfter: number;
  /** The function has its effects, and is cut off before it can answer. */
  readonly functionTimeout: number;
  /** At any call to a port, before or after its effect: a crash in the middle of a function. */
  readonly portFailure: number;
  /** Calls to ports that take up to so long. */
  readonly slowPort: number;
  readonly slowPortSecondsMax: number;
  readonly staleDescribe: number;
  readonly staleSecondsMax: number;
  readonly unknownStatus: number;
  /** Of failed tasks: their cause is cut off somewhere, or missing. */
  readonly causeCut: number;
  readonly outages: readonly Outage[];
  /** Of SageMaker's events. */
  readonly eventLost: number;
  /** Of all others; then the safety net looks, every quarter of an hour. */
  readonly otherEventLost: number;
  readonly eventRepeated: number;
  readonly eventDelayed: number;
  readonly eventDelaySecondsMax: number;
  readonly putEventsFailure: number;
  readonly registrationConflict: number;
  /** A person redrives registrations that failed, instead of leaving them to the safety net. */
  readonly redrivesRegistrations: boolean;
  readonly checkpointLagSeconds: number;
  readonly checkpointsDeletedAt?: number;
  readonly abortDoesNotStop: number;
  /** By function, in seconds. */
  readonly clockSkewSeconds: Readonly<Record<string, number>>;
  readonly executionTimeoutSeconds?: number;
  readonly people: readonly PersonalAct[];
}

export interface PersonalAct {
  readonly act: 'stop-job' | 'abort-execution';
  readonly at: number;
  /** Which of the runs, from 0. */
  readonly run: number;
}
