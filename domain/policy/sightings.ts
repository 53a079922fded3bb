// What a run has seen of spot capacity. Availability shows only in what happens to a job that queues or runs, so this is
// all a policy can know; it is a plain value, handed in with one look and out with its answer.
import type { Observation, PolicyConfig, PolicyEvent } from './observation.ts';

export interface Sightings {
  /** The last moment spot was known to be up. A run begins as if it had just been: a new run knows of no outage. */
  readonly lastUpAt: number;
  /** Spot has been up from then to `lastUpAt`, as far as can be seen; undefined after an interruption, or a wait. */
  readonly upSince?: number;
  readonly upPool?: number;
  /** When a spot job was last asked for: stands in for the queue time of a start whose event was lost. */
  readonly askedAt: number;
  /** The last start that was counted, so that a late or repeated event is not counted again. */
  readonly lastStartAt: number;
  /** No probe before then: the last one found spot, and saw enough. */
  readonly probeNotBefore: number;
  /** On-Demand was given up for spot; the job queued instead is not given up again for economy before then. */
  readonly spotDueAt?: number;
}

export const NOTHING_SEEN: Sightings = {
  lastUpAt: 0,
  askedAt: 0,
  lastStartAt: Number.NEGATIVE_INFINITY,
  probeNotBefore: 0,
};

/** A start may take a little longer than the usual one and still mean that capacity was there when the job queued. */
export const STARTUP_TOLERANCE = 1.25;

/** Between two sightings spot may have gone and come back unseen; over so long a pause it is not taken to have stayed. */
export const SIGHTING_GAP_MAX_SECONDS = 1_800;

export function see(before: Sightings, observation: Observation, config: PolicyConfig): Sightings {
  const { events, now, spot, spotSince } = observation;
  let sightings = before;
  for (const event of events) sightings = note(sightings, event, config);
  if (spot === 'pending' && now - spotSince > config.startupSeconds * STARTUP_TOLERANCE) return forgetUp(sightings);
  if (spot !== 'running') return sightings;
  if (spotSince > sightings.lastStartAt) {
    const queuedSince = Math.min(sightings.askedAt, spotSince - config.startupSeconds);
    sightings = start(sightings, { at: spotSince, kind: 'spot_running', pool: 0, queuedSince }, config);
  }
  return { ...sightings, lastUpAt: Math.max(sightings.lastUpAt, now) };
}

function note(sightings: Sightings, event: PolicyEvent, config: PolicyConfig): Sightings {
  switch (event.kind) {
    case 'spot_running':
      return event.at > sightings.lastStartAt ? start(sightings, event, config) : sightings;
    case 'spot_interrupted':
      return { ...forgetUp(sightings), lastUpAt: Math.max(sightings.lastUpAt, event.at) };
    case 'spot_stopped':
      return { ...sightings, lastUpAt: Math.max(sightings.lastUpAt, event.at) };
    case 'on_demand_running':
    case 'on_demand_stopped':
      return sightings;
  }
}

/** Spot went, or does not come where it would have come by now. */
function forgetUp(sightings: Sightings): Sightings {
  const { upSince: _, upPool: __, ...rest } = sightings;
  return rest;
}

function start(sightings: Sightings, { at, pool, queuedSince }: PolicyEvent, config: PolicyConfig): Sightings {
  const { lastUpAt, upSince, upPool } = sightings;
  // A start that came as soon as it could finds capacity that was there already; a later one dates its arrival.
  const atOnce = at - queuedSince <= config.startupSeconds * STARTUP_TOLERANCE;
  const stayed = atOnce && upPool === pool && queuedSince - lastUpAt <= SIGHTING_GAP_MAX_SECONDS;
  const arrivedAt = atOnce ? queuedSince : at - config.startupSeconds;
  return {
    ...sightings,
    lastStartAt: at,
    lastUpAt: Math.max(lastUpAt, at),
    upSince: stayed && upSince !== undefined ? upSince : arrivedAt,
    upPool: pool,
  };
}
