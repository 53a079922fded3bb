// What faults go by: the drawn world, and how far it has come.
import type { JobDescription } from '../../domain/job-description.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { DrawnWorld, Outage } from './drawn-world.ts';

export interface FaultContext {
  readonly drawn: DrawnWorld;
  readonly clock: VirtualClock;
  readonly startedAt: number;
  /** What Describe would have said then; undefined when there was no such job yet. */
  readonly describedAt: (jobName: string, instant: number) => JobDescription | undefined;
}

export interface Now {
  readonly elapsed: () => number;
  readonly healed: () => boolean;
}

export const isOut = (outages: readonly Outage[], of: Outage['of'], elapsed: number): boolean =>
  outages.some((outage) => outage.of === of && outage.from <= elapsed && elapsed < outage.to);
