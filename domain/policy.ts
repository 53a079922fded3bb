// The capacity policy: wait for spot and train on it while slack exceeds a reserve, then On-Demand, and back to spot once
// it has been up for long enough and one more interruption could still be survived. A pure function of what a look shows
// and what earlier looks saw. Why it is never late: while spot is all there is, slack falls by at most a second per second
// and the unsaved work at an interruption, and the next look comes before it is below what an On-Demand start still needs.
import { onDemandRunning, onDemandStarting } from './policy/hand-over.ts';
import { answer, type Look, type PolicyAnswer, slackOf, spotSleepSeconds } from './policy/look.ts';
import type { Observation, PolicyConfig } from './policy/observation.ts';
import { see, type Sightings } from './policy/sightings.ts';
import { accountFor, looksApartSeconds } from './policy/slack-account.ts';
import { returns, secondsToReserve, waitingReserveSeconds } from './policy/waiting-reserve.ts';
import { formatDuration } from './time.ts';

export type { PolicyAnswer } from './policy/look.ts';

export function advise(observation: Observation, before: Sightings, config: PolicyConfig): PolicyAnswer {
  const sightings = see(before, observation, config);
  const account = accountFor(observation, config);
  const answer = judge({ observation, now: observation.now, sightings, account, config });
  const asks = answer.action === 'SPOT' || answer.action === 'ON_DEMAND_WITH_PROBE';
  const asked = asks && observation.spot === 'none' ? { askedAt: observation.now } : {};
  return { ...answer, sightings: { ...answer.sightings, ...asked } };
}

function judge(look: Look): PolicyAnswer {
  const { observation } = look;
  if (observation.phase === 'stopping') return carryThrough(look);
  if (observation.onDemand === 'none') return observation.spot === 'running' ? stayOnSpot(look) : waitOrFallBack(look);
  if (observation.onDemand === 'starting') return onDemandStarting(look);
  // On-Demand that came up to take over from spot which still trains.
  return observation.trainer === 'spot' ? stayOnSpot(look) : onDemandRunning(look);
}

/** A stop cannot be taken back; changing course in the middle of one would pay for it twice. */
function carryThrough(look: Look): PolicyAnswer {
  const { now, phaseSince, trainer } = look.observation;
  const left = look.config.stopSeconds - (now - phaseSince);
  const [action, what] =
    trainer === 'on_demand'
      ? (['SPOT', 'On-Demand is stopping to make room for spot'] as const)
      : (['ON_DEMAND', 'the spot job is stopping to make room for On-Demand'] as const);
  return answer(look, action, left, {
    reason: what,
    neededSeconds: 0,
    otherwise: 'nothing: a stop cannot be taken back',
  });
}

/** Leaving costs a restore for certain to avoid one that may never come, so it is for when the deadline depends on it. */
function stayOnSpot(look: Look): PolicyAnswer {
  const { account, config } = look;
  const neededSeconds = account.toStaySeconds;
  if (account.slackSeconds < neededSeconds) {
    return answer(look, 'ON_DEMAND', looksApartSeconds(config), {
      reason: `spot is up, but an interruption could no longer be made up for: ${slackOf(account)}, to stay ${formatDuration(neededSeconds)}`,
      neededSeconds,
      otherwise: `stay on spot, with ${formatDuration(neededSeconds - account.slackSeconds)} more of slack`,
    });
  }
  return answer(look, 'SPOT', spotSleepSeconds(look), {
    reason: `spot is up: stay until it is interrupted; ${slackOf(account)}`,
    neededSeconds,
    otherwise: `On-Demand with less than ${formatDuration(neededSeconds)} of slack while spot is up; after an interruption with less than ${formatDuration(waitingReserveSeconds(look, 0))}`,
  });
}

function waitOrFallBack(look: Look): PolicyAnswer {
  const { account, config } = look;
  const reserve = waitingReserveSeconds(look, 0);
  const figures = `slack ${formatDuration(account.slackSeconds)}, reserve ${formatDuration(reserve)}`;
  if (account.slackSeconds <= reserve) {
    const action = returns(config) ? 'ON_DEMAND_WITH_PROBE' : 'ON_DEMAND';
    return answer(look, action, looksApartSeconds(config), {
      reason: `falling back to On-Demand to make the deadline: ${figures}`,
      neededSeconds: reserve,
      otherwise: `wait for spot, with a deadline ${formatDuration(reserve - account.slackSeconds + 1)} later or as much less work`,
    });
  }
  const wake = secondsToReserve(look, account.slackSeconds);
  return answer(look, 'SPOT', wake, {
    reason: `waiting for spot, there is time: ${figures}`,
    neededSeconds: reserve,
    otherwise: `On-Demand in ${formatDuration(wake)}, if spot has not come by then`,
  });
}
