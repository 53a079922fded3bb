// How often each failure class may happen in one run, and how long to pause after it. Each line says why.
import type { Backoff } from './backoff.ts';
import type { FailureClass } from './failure.ts';
import { DAY_SECONDS, HOUR_SECONDS } from './time.ts';

export interface ClassBudget {
  /** Failures of this class that a run survives; `slack` leaves the bound to deadline, patience and money. */
  readonly retries: number | 'slack';
  /** Retries end when this much time has passed since the first failure of an unbroken row of them. */
  readonly withinSeconds: number;
  readonly backoff: Backoff;
  readonly why: string;
}

const pause = (firstSeconds: number, maxSeconds: number, minSeconds = 0): Backoff => ({
  firstSeconds,
  factor: 2,
  maxSeconds,
  minSeconds,
});

const never = { retries: 0, withinSeconds: 0, backoff: pause(0, 0) } as const;

export const CLASS_BUDGETS: Readonly<Record<FailureClass, ClassBudget>> = {
  Capacity: {
    retries: 'slack',
    withinSeconds: Number.POSITIVE_INFINITY,
    backoff: pause(600, 4 * HOUR_SECONDS, 300),
    why: 'dry pools come back after minutes or hours; the deadline, not a count, says when waiting stops paying',
  },
  Interruption: {
    retries: 'slack',
    withinSeconds: Number.POSITIVE_INFINITY,
    backoff: pause(60, 600),
    why: 'losing capacity is the price of the discount and says nothing about the job',
  },
  Quota: {
    retries: 'slack',
    withinSeconds: DAY_SECONDS,
    backoff: pause(300, 1_800, 120),
    why: 'the quota frees up when own jobs end; a raised quota takes some 15 to 30 minutes to work; spot and On-Demand have quotas of their own, so a spot quota that stays shut leads to On-Demand',
  },
  Throttling: {
    retries: 'slack',
    withinSeconds: DAY_SECONDS,
    backoff: pause(5, 300, 1),
    why: 'a matter of rate, not of the job; uncounted, but not for more than a day',
  },
  Internal: {
    retries: 3,
    withinSeconds: Number.POSITIVE_INFINITY,
    backoff: pause(60, 900, 15),
    why: 'real hiccups pass at once; what fails four times is usually an oversized checkpoint',
  },
  Timeout: {
    retries: 'slack',
    withinSeconds: Number.POSITIVE_INFINITY,
    backoff: pause(30, 300),
    why: 'the work goes on from the checkpoint as long as runtime, deadline and money allow',
  },
  Access: {
    retries: 4,
    withinSeconds: 300,
    backoff: pause(20, 60, 10),
    why: 'a role made a moment ago is not yet known everywhere; anything that lasts five minutes is a missing permission',
  },
  Algorithm: { ...never, why: 'the script fails the same way again and costs the same again' },
  Data: { ...never, why: 'the data will not mend itself' },
  Config: { ...never, why: 'the request will be refused again' },
  Cancelled: { ...never, why: 'a person has decided' },
  Unknown: {
    retries: 1,
    withinSeconds: Number.POSITIVE_INFINITY,
    backoff: pause(120, 120, 60),
    why: 'once may be chance; twice is something a person should see',
  },
};

/** On-Demand comes back sooner, and is asked for when there is little time left. */
export const ON_DEMAND_CAPACITY_BACKOFF: Backoff = pause(120, 1_800, 60);

/** Only this rule of its class passes by itself; every other missing permission needs a person. */
const PASSING_ACCESS_RULE = 'create-role-not-assumable';

export function mayRetry(failure: {
  readonly class: FailureClass;
  readonly rule: string;
  readonly retryable?: boolean | undefined;
}): boolean {
  if (failure.retryable !== undefined) return failure.retryable;
  if (failure.class === 'Access') return failure.rule === PASSING_ACCESS_RULE;
  return CLASS_BUDGETS[failure.class].retries !== 0;
}

/** SageMaker counts nothing for us; this bounds the ledger and the history. */
export const ATTEMPTS_PER_RUN_MAX = 200;
