// Looks at a run with thirty hours for twenty of work, for tests of the capacity policy.
import { settings } from '../../../bench/policy/grid.ts';
import type { Observation, PolicyEvent } from '../../../domain/policy/observation.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';

export const CONFIG = settings('10 min');
export const START = CONFIG.startupSeconds;

export function anObservation(changes: Partial<Observation> = {}): Observation {
  return {
    now: 0,
    deadline: 30 * HOUR_SECONDS,
    remainingWorkSeconds: 20 * HOUR_SECONDS,
    unsavedWorkSeconds: 0,
    spot: 'none',
    spotSince: 0,
    onDemand: 'none',
    trainer: 'none',
    phase: 'none',
    phaseSince: 0,
    events: [],
    ...changes,
  };
}

export const onDemandTraining = (now: number, changes: Partial<Observation> = {}): Observation =>
  anObservation({ now, onDemand: 'running', trainer: 'on_demand', phase: 'training', phaseSince: 0, ...changes });

export const spotRunning = (at: number, queuedSince: number, pool = 0): PolicyEvent => ({
  at,
  kind: 'spot_running',
  pool,
  queuedSince,
});
