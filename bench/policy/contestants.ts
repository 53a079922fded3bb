// The policies that ours is compared with. Each is written from its description (docs/policy-benchmark.md says how it was
// read) in the vocabulary of E2. Those that look at slack at all keep the same safety account as ours: what is compared is
// how they spend it, not who forgot an overhead.
import { advise } from '../../domain/policy.ts';
import type { PolicyConfig } from '../../domain/policy/observation.ts';
import { NOTHING_SEEN } from '../../domain/policy/sightings.ts';
import { accountFor } from '../../domain/policy/slack-account.ts';
import type { Contestant, Request, WorldConfig } from './e2/terms.ts';

export interface Policy {
  readonly name: string;
  readonly start: (config: WorldConfig) => Contestant;
}

interface Ours extends Policy {
  /** `perPool` is what it is told where pools differ: the settings of the one at hand. */
  readonly start: (config: WorldConfig, perPool?: readonly WorldConfig[]) => Contestant;
}

type Answer = ReturnType<Contestant>;

const LOOK_SECONDS = 60;

export const slackReserve: Ours = {
  name: 'slack reserve (ours)',
  start: (config, perPool) => {
    let sightings = NOTHING_SEEN;
    return (request) => {
      const answer = advise(request, sightings, perPool?.[request.pool] ?? config);
      sightings = answer.sightings;
      return answer;
    };
  },
};

/** Ours without the way back: what `returnToSpot: false` costs. */
export const withoutReturn: Policy = {
  name: 'ours, no return to spot',
  start: (config) => slackReserve.start({ ...config, returnToSpot: false }),
};

/** Ours with another idea of the world than the world's own. */
export function toldOtherwise(name: string, changes: Partial<PolicyConfig>): Policy {
  return { name: `ours, told of ${name}`, start: (config) => slackReserve.start({ ...config, ...changes }) };
}

export const onDemandOnly: Policy = {
  name: 'On-Demand only',
  start: (config) => () => ({ action: 'ON_DEMAND', wakeAfterSeconds: config.pollSeconds }),
};

/** Spot while slack lasts; from On-Demand back to spot as soon as it is seen and slack still allows it. */
export const greedy: Policy = {
  name: 'greedy with safety net',
  start: (config) => (request) => {
    if (request.phase === 'stopping') return { action: 'SPOT', wakeAfterSeconds: config.stopSeconds };
    const { slackSeconds, settledSlackSeconds, fromIdleSeconds, fromOnDemandSeconds } = accountFor(request, config);
    if (request.onDemand === 'none') {
      const left = slackSeconds - fromIdleSeconds;
      return request.spot === 'running' || left > 0
        ? spotFor(request, config, left)
        : { action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: LOOK_SECONDS };
    }
    const mayReturn = settledSlackSeconds >= fromOnDemandSeconds;
    const safe = request.onDemand === 'running' ? mayReturn : slackSeconds >= fromIdleSeconds;
    if (request.spot === 'running' && safe) return { action: 'SPOT', wakeAfterSeconds: config.pollSeconds };
    return { action: mayReturn ? 'ON_DEMAND_WITH_PROBE' : 'ON_DEMAND', wakeAfterSeconds: config.pollSeconds };
  },
};

/** Spot, looked at every poll, until the next look could be too late; from then On-Demand, even where spot is up. */
export const lastSafeMoment: Policy = {
  name: 'last safe moment, for good',
  start: (config) => {
    let fallenBack = false;
    return (request) => {
      const { slackSeconds, fromIdleSeconds, lossMaxSeconds } = accountFor(request, config);
      const atRisk = request.spot === 'running' ? lossMaxSeconds : 0;
      const left = slackSeconds - (fromIdleSeconds + atRisk + config.pollSeconds);
      fallenBack ||= left <= 0;
      return fallenBack
        ? { action: 'ON_DEMAND', wakeAfterSeconds: config.pollSeconds }
        : spotFor(request, config, left);
    };
  },
};

/** Uniform Progress (Wu et al., NSDI 2024): never far behind the straight line from nothing at 0 to all at the deadline. */
export const uniformProgress: Policy = {
  name: 'Uniform Progress',
  start: (config) => {
    let forGood = false;
    return (request) => {
      if (request.phase === 'stopping') return { action: 'SPOT', wakeAfterSeconds: config.stopSeconds };
      const { slackSeconds, settledSlackSeconds, fromIdleSeconds, fromOnDemandSeconds } = accountFor(request, config);
      const { now, deadline, totalWorkSeconds, remainingWorkSeconds } = request;
      const changeOver = config.startupSeconds + config.restoreSeconds;
      const aheadAt = (moment: number): number =>
        totalWorkSeconds - remainingWorkSeconds - totalWorkSeconds * Math.min(1, moment / deadline);
      // The published net is two change-overs wide; E2 also loses work and learns late, so the wider of the two is used.
      const net = Math.max(2 * changeOver, fromIdleSeconds);
      if (request.onDemand === 'none' && request.spot !== 'running') forGood ||= slackSeconds <= net;
      if (forGood) return { action: 'ON_DEMAND', wakeAfterSeconds: config.pollSeconds };
      if (request.onDemand === 'none') {
        if (request.spot === 'running') return { action: 'SPOT', wakeAfterSeconds: config.pollSeconds };
        if (aheadAt(now) < 0) return { action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: LOOK_SECONDS };
        const untilBehind = (aheadAt(now) * deadline) / totalWorkSeconds + 1;
        return spotFor(request, config, Math.min(untilBehind, slackSeconds - net));
      }
      if (settledSlackSeconds < fromOnDemandSeconds)
        return { action: 'ON_DEMAND', wakeAfterSeconds: config.pollSeconds };
      const caughtUp = request.onDemand === 'running' && aheadAt(now + 2 * changeOver) >= 0;
      if (request.spot === 'running' || caughtUp) return { action: 'SPOT', wakeAfterSeconds: config.stopSeconds };
      return { action: 'ON_DEMAND_WITH_PROBE', wakeAfterSeconds: LOOK_SECONDS };
    };
  },
};

/** A timer set once, whatever the progress will be: what a state machine does that never looks at the work. */
export const oneStop: Policy = {
  name: 'one stop, whatever the progress',
  start: (config) => (request) => {
    const { startupSeconds, restoreSeconds, stopSeconds, marginSeconds, checkpointIntervalSeconds } = config;
    const overheads = stopSeconds + startupSeconds + restoreSeconds + marginSeconds + checkpointIntervalSeconds;
    return untilMoment(request, config, request.deadline - request.totalWorkSeconds - overheads);
  },
};

/** MaxWait = MaxRun = the work: SageMaker ends the spot job by then, and On-Demand goes on from its checkpoint. */
export const sageMakerNative: Policy = {
  name: 'SageMaker-native',
  start: (config) => (request) => untilMoment(request, config, request.totalWorkSeconds),
};

export const POLICIES: readonly Policy[] = [
  slackReserve,
  withoutReturn,
  greedy,
  uniformProgress,
  lastSafeMoment,
  oneStop,
  sageMakerNative,
  onDemandOnly,
];

function untilMoment({ now }: Request, config: WorldConfig, moment: number): Answer {
  return now < moment - 1e-6
    ? { action: 'SPOT', wakeAfterSeconds: Math.max(1, moment - now) }
    : { action: 'ON_DEMAND', wakeAfterSeconds: config.pollSeconds };
}

function spotFor({ spot }: Request, config: WorldConfig, seconds: number): Answer {
  return spot === 'running'
    ? { action: 'SPOT', wakeAfterSeconds: Math.max(LOOK_SECONDS, Math.min(config.pollSeconds, seconds)) }
    : { action: 'SPOT', wakeAfterSeconds: Math.max(1, seconds) };
}
