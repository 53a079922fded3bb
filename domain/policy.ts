// The capacity policy: wait for spot and train on it while slack exceeds a reserve, then On-Demand, and back to spot once
// it has been up for long enough and one more interruption could still be survived. A pure function of what a look shows
// and what earlier looks saw. Why it is never late: while spot is all there is, slack falls by at most a second per second
// and the unsaved work at an interruption, and the next look comes before it is below what an On-Demand start still needs.
import type { Advice, Observation, PolicyAction, PolicyConfig } from './policy/observation.ts';
import { see, STARTUP_TOLERANCE, type Sightings } from './policy/sightings.ts';
import { accountFor, breakEvenSeconds, type SlackAccount } from './policy/slack-account.ts';
import { formatDuration, HOUR_SECONDS } from './time.ts';

export interface PolicyAnswer extends Advice {
  /** To be handed in at the next look. */
  readonly sightings: Sightings;
}

/** Near the reserve a look a minute is soon enough: it is what a watch costs least and what the reserve counts on. */
const LOOK_MIN_SECONDS = 60;

/**
 * Kept back of the time left while waiting for spot: what is not idled away now pays for a later outage. A programme
 * fitted to the very traces gains less than 0.004 over these two figures (../shared/docs/policy.md).
 */
const RESERVE_SHARE = 0.08;
/** Long outages last: after four hours twice as much is kept back, as one that old is not over soon. */
const RESERVE_SHARE_OLD = 0.16;
const OUTAGE_OLD_SECONDS = 4 * HOUR_SECONDS;

/** Spot that has been up for so many break-evens is likely to stay up for at least one. */
const UP_BREAK_EVENS = 1.2;
/** A probe that found spot is withdrawn, and the next one asks again after this long: an idle instance costs money too. */
const PROBE_PAUSE_SECONDS = 600;

export function advise(observation: Observation, before: Sightings, config: PolicyConfig): PolicyAnswer {
  const sightings = see(before, observation, config);
  const account = accountFor(observation, config);
  const answer = judge({ observation, sightings, account, config });
  const asks = answer.action === 'SPOT' || answer.action === 'ON_DEMAND_WITH_PROBE';
  const asked = asks && observation.spot === 'none' ? { askedAt: observation.now } : {};
  return { ...answer, sightings: { ...answer.sightings, ...asked } };
}

interface Look {
  readonly observation: Observation;
  readonly sightings: Sightings;
  readonly account: SlackAccount;
  readonly config: PolicyConfig;
}

function judge(look: Look): PolicyAnswer {
  const { observation } = look;
  if (observation.phase === 'stopping') return carryThrough(look);
  if (observation.onDemand === 'none') return observation.spot === 'running' ? stayOnSpot(look) : waitOrFallBack(look);
  return observation.onDemand === 'running' ? onDemandRunning(look) : onDemandStarting(look);
}

/** A stop cannot be taken back; changing course in the middle of one would pay for it twice. */
function carryThrough(look: Look): PolicyAnswer {
  const { now, phaseSince, trainer } = look.observation;
  const left = look.config.stopSeconds - (now - phaseSince);
  return trainer === 'on_demand'
    ? answer(look, 'SPOT', left, 'On-Demand is stopping to make room for spot')
    : answer(look, 'ON_DEMAND', left, 'the spot job is stopping to make room for On-Demand');
}

/** Leaving costs a restore for certain to avoid one that may never come, so it is for when the deadline depends on it. */
function stayOnSpot(look: Look): PolicyAnswer {
  const { account } = look;
  if (account.slackSeconds < account.toStaySeconds) {
    const need = formatDuration(account.toStaySeconds);
    const why = `spot is up, but an interruption could no longer be made up for: ${slackOf(account)}, to stay ${need}`;
    return answer(look, 'ON_DEMAND', LOOK_MIN_SECONDS, why);
  }
  const floor = account.fromIdleSeconds + account.lossMaxSeconds;
  return answer(look, 'SPOT', atMost(look, floor), `spot is up: stay until it is interrupted; ${slackOf(account)}`);
}

function waitOrFallBack(look: Look): PolicyAnswer {
  const { account } = look;
  const reserve = waitingReserve(look, 0);
  const figures = `${slackOf(account)}, reserve ${formatDuration(reserve)}`;
  if (account.slackSeconds <= reserve) {
    const action = returns(look) ? 'ON_DEMAND_WITH_PROBE' : 'ON_DEMAND';
    return answer(look, action, LOOK_MIN_SECONDS, `On-Demand, the reserve is reached: ${figures}`);
  }
  const wake = Math.min(secondsToReserve(look), account.slackSeconds - account.fromIdleSeconds);
  return answer(look, 'SPOT', wake, `waiting for spot, there is time: ${figures}`);
}

/** What slack must exceed `later` seconds from now for the wait for spot to go on. */
function waitingReserve(look: Look, later: number): number {
  const { account, observation, sightings } = look;
  const then = observation.now + later;
  // Without a way back nothing kept back could be used later. And a run that has had no answer from spot yet asks before it
  // keeps anything back: one start-up tells, and at long restores that was worth 0.01 of On-Demand's cost.
  if (!returns(look) || (sightings.lastUpAt === 0 && then <= firstAnswerSeconds(look))) return account.fromIdleSeconds;
  const outage = Math.max(0, then - sightings.lastUpAt);
  const share =
    RESERVE_SHARE + (RESERVE_SHARE_OLD - RESERVE_SHARE) * (Math.min(outage, OUTAGE_OLD_SECONDS) / OUTAGE_OLD_SECONDS);
  return account.fromIdleSeconds + share * Math.max(0, account.timeLeftSeconds - later);
}

/** A spot job that finds capacity runs, and is known to, by then. */
function firstAnswerSeconds({ config }: Look): number {
  return config.startupSeconds * STARTUP_TOLERANCE + Math.abs(config.eventLatencySeconds);
}

function returns({ config }: Look): boolean {
  return config.returnToSpot ?? true;
}

/** Slack falls faster than the reserve, so they meet once; halving finds the second in at most twenty steps. */
function secondsToReserve(look: Look): number {
  let soon = 0;
  let late = look.account.slackSeconds - look.account.fromIdleSeconds;
  while (late - soon > 1) {
    const middle = (soon + late) / 2;
    if (look.account.slackSeconds - middle > waitingReserve(look, middle)) soon = middle;
    else late = middle;
  }
  return late;
}

function onDemandStarting(look: Look): PolicyAnswer {
  const { account, observation, config } = look;
  // On-Demand that has not begun costs nothing to give up, so spot need not have proved itself: only safety counts.
  if (observation.spot === 'running' && account.slackSeconds >= account.fromIdleSeconds) {
    return answer(look, 'SPOT', config.pollSeconds, `spot came before On-Demand did; ${slackOf(account)}`);
  }
  return watchFromOnDemand(look, 'On-Demand is starting');
}

function onDemandRunning(look: Look): PolicyAnswer {
  const { account, observation, sightings, config } = look;
  if (observation.trainer === 'spot') return stayOnSpot(look);
  if (!returns(look) || observation.spot !== 'running' || account.settledSlackSeconds < account.fromOnDemandSeconds) {
    return watchFromOnDemand(look, 'On-Demand');
  }
  const needed = UP_BREAK_EVENS * breakEvenSeconds(config);
  const up = sightings.lastUpAt - (sightings.upSince ?? sightings.lastUpAt);
  const figures = `spot seen up for ${formatDuration(up)} of the ${formatDuration(needed)} that make a return pay`;
  if (up >= needed) return answer(look, 'SPOT', config.stopSeconds, `back to spot: ${figures}; ${slackOf(account)}`);
  const probeNotBefore = observation.now + PROBE_PAUSE_SECONDS;
  return {
    ...answer(look, 'ON_DEMAND', PROBE_PAUSE_SECONDS, `On-Demand for now: ${figures}`),
    sightings: { ...sightings, probeNotBefore },
  };
}

/** On-Demand, with a probe for spot beside it as long as a return would still be safe. */
function watchFromOnDemand(look: Look, what: string): PolicyAnswer {
  const { account, observation, sightings, config } = look;
  if (!returns(look)) return answer(look, 'ON_DEMAND', config.pollSeconds, `${what}; returns to spot are off`);
  if (account.settledSlackSeconds < account.fromOnDemandSeconds) {
    const need = formatDuration(account.fromOnDemandSeconds);
    return answer(look, 'ON_DEMAND', config.pollSeconds, `${what}, for good: a return needs ${need} of slack`);
  }
  const pause = sightings.probeNotBefore - observation.now;
  if (pause > 0) return answer(look, 'ON_DEMAND', pause, `${what}; the next probe for spot is not due yet`);
  return answer(look, 'ON_DEMAND_WITH_PROBE', config.pollSeconds, `${what}, watching for spot; ${slackOf(account)}`);
}

/** The next look comes before slack can fall below `floor`, but not more often than each minute. */
function atMost({ account, config }: Look, floor: number): number {
  return Math.min(config.pollSeconds, Math.max(LOOK_MIN_SECONDS, account.slackSeconds - floor));
}

function answer(look: Look, action: PolicyAction, wakeAfterSeconds: number, reason: string): PolicyAnswer {
  return { action, wakeAfterSeconds: Math.max(1, wakeAfterSeconds), reason, sightings: look.sightings };
}

function slackOf({ slackSeconds, fromIdleSeconds }: SlackAccount): string {
  return `slack ${formatDuration(slackSeconds)}, a start on spot needs ${formatDuration(fromIdleSeconds)}`;
}
