// From On-Demand back to spot, once that has been up for long enough to be likely to last. What shows it is a probe (the
// next job, waiting beside the one that trains) or, where only one job may hold the checkpoints, canaries.
import { formatDuration } from '../time.ts';
import { answer, type Look, type PolicyAnswer, slackOf, spotSleepSeconds, type Why } from './look.ts';
import type { CanaryRule, PolicyConfig } from './observation.ts';
import { SIGHTING_GAP_MAX_SECONDS, STARTUP_TOLERANCE } from './sightings.ts';
import { answerSeconds, returns } from './waiting-reserve.ts';

/** Spot that has been up for so many break-evens is likely to stay up for at least one. */
const UP_BREAK_EVENS = 1.2;
/** A probe that found spot is withdrawn, and the next one asks again after this long: an idle instance costs money too. */
const PROBE_PAUSE_SECONDS = 600;

export const CANARY_RULE: CanaryRule = { pauseSeconds: 600, upBreakEvens: UP_BREAK_EVENS };
const CANARY_BILLED_SECONDS = 60;

/**
 * From here on a spot second has paid for the move to it: the stop On-Demand, the restore on spot, the work that an
 * interruption loses on average, and the restore back On-Demand. With live hand-over the start-up comes on top, in which
 * nothing trains, and the canaries do: one before spot counts as up, and one each pause from then on.
 */
export function breakEvenSeconds(config: PolicyConfig): number {
  const { stopSeconds, startupSeconds, restoreSeconds, checkpointIntervalSeconds, spotPriceRatio: k } = config;
  const moveSeconds = stopSeconds + k * restoreSeconds + (k * checkpointIntervalSeconds) / 2 + restoreSeconds;
  const canarySeconds = config.handOver === 'live' ? k * (config.cancelBilledSeconds ?? CANARY_BILLED_SECONDS) : 0;
  const startSeconds = config.handOver === 'live' ? startupSeconds : 0;
  const gain = 1 - k - canarySeconds / (config.canaries ?? CANARY_RULE).pauseSeconds;
  // At one price there is nothing to earn, and spot is never up long enough.
  return gain > 0 ? (moveSeconds + startSeconds + canarySeconds) / gain : Number.POSITIVE_INFINITY;
}

export function onDemandStarting(look: Look): PolicyAnswer {
  const { account, observation, config } = look;
  // On-Demand that has not begun costs nothing to give up, so spot need not have proved itself: only safety counts. A
  // canary that runs is no such offer: the job for it would have to be queued first.
  const offered = config.handOver !== 'live' && observation.spot === 'running';
  if (offered && account.slackSeconds >= account.fromIdleSeconds) {
    return answer(look, 'SPOT', spotSleepSeconds(look), {
      reason: `spot came before On-Demand did; ${slackOf(account)}`,
      neededSeconds: account.fromIdleSeconds,
      otherwise: `On-Demand, with less than ${formatDuration(account.fromIdleSeconds)} of slack`,
    });
  }
  return watch(look, 'On-Demand is starting');
}

export function onDemandRunning(look: Look): PolicyAnswer {
  const { account, config } = look;
  const safe = account.settledSlackSeconds >= account.fromOnDemandSeconds;
  if (!returns(config) || !safe) return watch(look, 'On-Demand');
  return config.handOver === 'live' ? watchCanaries(look) : watchProbe(look);
}

function watchProbe(look: Look): PolicyAnswer {
  const { observation, sightings } = look;
  if (observation.spot !== 'running') return watch(look, 'On-Demand');
  const { enough, figures } = seenUp(look, UP_BREAK_EVENS);
  if (enough) return backToSpot(look, figures);
  const probeNotBefore = observation.now + PROBE_PAUSE_SECONDS;
  const why = onDemandFor(look, `On-Demand for now: ${figures}`);
  return { ...answer(look, 'ON_DEMAND', PROBE_PAUSE_SECONDS, why), sightings: { ...sightings, probeNotBefore } };
}

function watchCanaries(look: Look): PolicyAnswer {
  const { now, sightings, config } = look;
  const { upBreakEvens, blindAfterSeconds } = config.canaries ?? CANARY_RULE;
  if (blindAfterSeconds !== undefined) {
    const wait = Math.max(sightings.lastUpAt, sightings.askedAt) + blindAfterSeconds - now;
    return wait > 0
      ? answer(look, 'ON_DEMAND', wait, onDemandFor(look, 'On-Demand for now'))
      : backToSpot(look, 'spot may be up again');
  }
  const { enough, figures } = seenUp(look, upBreakEvens);
  return enough ? backToSpot(look, figures) : watch(look, 'On-Demand');
}

function seenUp({ now, sightings, config }: Look, breakEvens: number): { enough: boolean; figures: string } {
  const { lastUpAt, upSince } = sightings;
  const needed = breakEvens * breakEvenSeconds(config);
  const up = upSince === undefined ? 0 : lastUpAt - upSince;
  const recent = upSince !== undefined && now - lastUpAt <= SIGHTING_GAP_MAX_SECONDS;
  const figures = `spot seen up for ${formatDuration(up)} of the ${formatDuration(needed)} that make a return pay`;
  return { enough: recent && up >= needed, figures };
}

function backToSpot(look: Look, figures: string): PolicyAnswer {
  const { account, config, now, sightings } = look;
  const back = answer(look, 'SPOT', config.stopSeconds, {
    reason: `back to spot: ${figures}; ${slackOf(account)}`,
    neededSeconds: account.fromOnDemandSeconds,
    otherwise: `stay On-Demand, with less than ${formatDuration(account.fromOnDemandSeconds)} of slack`,
  });
  if (config.handOver !== 'live') return back;
  // The job is queued after the stop; until it can have come up, only safety may send the run back On-Demand.
  return { ...back, sightings: { ...sightings, spotDueAt: now + config.stopSeconds + answerSeconds(config) } };
}

/** On-Demand, with a probe or a canary for spot beside it as long as a return would still be safe. */
function watch(look: Look, what: string): PolicyAnswer {
  const { account, config } = look;
  const { settledSlackSeconds: slackSeconds, fromOnDemandSeconds: neededSeconds } = account;
  if (!returns(config)) {
    const otherwise = 'look for spot, if returns to it were on';
    return answer(look, 'ON_DEMAND', config.pollSeconds, {
      reason: `${what}; returns to spot are off`,
      neededSeconds,
      otherwise,
    });
  }
  if (slackSeconds < neededSeconds) {
    return answer(look, 'ON_DEMAND', config.pollSeconds, {
      reason: `${what}, for good: a return needs ${formatDuration(neededSeconds)} of slack`,
      neededSeconds,
      otherwise: `look for spot, with ${formatDuration(neededSeconds - slackSeconds)} more of slack`,
    });
  }
  const pause = nextAskAt(look) - look.now;
  if (pause > 0 && look.observation.spot === 'none') {
    return answer(look, 'ON_DEMAND', pause, onDemandFor(look, `${what}; spot is not asked again yet`));
  }
  const why = onDemandFor(look, `${what}, watching for spot; ${slackOf(account)}`);
  return answer(look, 'ON_DEMAND_WITH_PROBE', Math.min(config.pollSeconds, askSleepSeconds(look)), why);
}

function onDemandFor({ account, config }: Look, reason: string): Why {
  const { upBreakEvens } = config.canaries ?? CANARY_RULE;
  const up = formatDuration(upBreakEvens * breakEvenSeconds(config));
  const otherwise = `back to spot, once that has been seen up for ${up} in a row`;
  return { reason, neededSeconds: account.fromOnDemandSeconds, otherwise };
}

function nextAskAt({ sightings, config }: Look): number {
  if (config.handOver !== 'live') return sightings.probeNotBefore;
  const { pauseSeconds, blindAfterSeconds } = config.canaries ?? CANARY_RULE;
  return blindAfterSeconds === undefined ? sightings.lastStartAt + pauseSeconds : Number.POSITIVE_INFINITY;
}

/** A canary that finds capacity is over soon, and its news may be lost; one that pends for longer has found none. */
function askSleepSeconds({ observation, now, sightings, config }: Look): number {
  if (config.handOver !== 'live') return config.pollSeconds;
  switch (observation.spot) {
    case 'none':
      return answerSeconds(config);
    case 'pending': {
      const left = observation.spotSince + config.startupSeconds * STARTUP_TOLERANCE - now;
      // By a look at such a distance a canary that came up unheard is still a sighting that the next can join.
      return left > 0 ? left : config.eventLatencySeconds < 0 ? SIGHTING_GAP_MAX_SECONDS : config.pollSeconds;
    }
    case 'running':
      return sightings.lastStartAt + (config.canaries ?? CANARY_RULE).pauseSeconds - now;
  }
}
