// May this trial start now? Judged from the sweep's account before anything costs money: budget, failures, quota, dry pools
// and the rate of starts. A trial that may not start waits, or is skipped; it never fails by that.
import { formatCapacity, isSpot, type Capacity } from '../capacity.ts';
import { formatDuration, HOUR_SECONDS, type Instant } from '../time.ts';
import type { SweepAccount } from './account.ts';
import { askAgainAt, breakerState, probedBy } from './breaker.ts';
import { placesOn, poolOf } from './places.ts';
import type { AcceptedSweep } from './sweep.ts';
import { PAUSE_SECONDS_MAX, pauseSeconds, trialExecutionName, type TrialKey, type TrialStart } from './trial.ts';

export type Admission =
  | { readonly verdict: 'start'; readonly start: TrialStart; readonly account: SweepAccount; readonly reason: string }
  | { readonly verdict: 'wait'; readonly waitSeconds: number; readonly reason: string }
  | {
      readonly verdict: 'skip';
      readonly code: string;
      readonly reason: string;
      readonly account: SweepAccount & { readonly stopped: Stop };
    };

type Stop = NonNullable<SweepAccount['stopped']>;

/** `asked`: how often this trial has been told to wait; the pauses grow, so that a long wait has a short history. */
export function admit(
  sweep: AcceptedSweep,
  account: SweepAccount,
  key: TrialKey,
  asked: number,
  now: Instant,
): Admission {
  const stopped = account.stopped ?? stopFor(sweep, account, now);
  if (stopped !== undefined) {
    return { verdict: 'skip', code: stopped.code, reason: stopped.reason, account: { ...account, stopped } };
  }
  const wait = (reason: string, until = now, pause = pauseSeconds(asked)): Admission => ({
    verdict: 'wait',
    waitSeconds: Math.max(pause, Math.min(PAUSE_SECONDS_MAX, Math.ceil(until - now))),
    reason,
  });
  if (!fits(sweep, account)) return wait('the budget is reserved by trials under way, which may need less');
  const { maxConcurrency } = sweep.request;
  if (account.live >= maxConcurrency)
    return wait(`${account.live} trials are under way, ${maxConcurrency} may be at the same time`);
  const choice = chooseRungs(sweep, account, now);
  if (choice.kind === 'wait') return wait(choice.reason, choice.until);
  const open = firstWithPlace(sweep, account, choice.rungs);
  if (open.kind === 'full') return wait(open.reason, now, sharedPauseSeconds(account, asked));
  return start(sweep, account, key, { ...choice, rungs: open.rungs }, now);
}

/**
 * For a place that somebody has to give up: the same for all who wait, so that whoever has waited long is asked as often as
 * whoever has just come. Half of what a trial is billed, which on spot is less than it takes.
 */
function sharedPauseSeconds({ spent, completed, failed }: SweepAccount, asked: number): number {
  const ended = completed + failed;
  if (ended === 0) return pauseSeconds(asked);
  return Math.min(PAUSE_SECONDS_MAX, Math.max(pauseSeconds(0), Math.ceil(spent.billableSeconds / ended / 2)));
}

/** Nothing that is under way is touched: it finishes, and the best so far wins. */
function stopFor(sweep: AcceptedSweep, account: SweepAccount, now: Instant): Stop | undefined {
  if (account.failed > sweep.failuresMax) {
    const reason = `${account.failed} trials failed, ${sweep.failuresMax} are tolerated: no new trials`;
    return { code: 'TooManyFailures', reason, at: now };
  }
  if (fits(sweep, { ...account, reserved: { usd: 0, billableSeconds: 0 } })) return undefined;
  return { code: 'BudgetUsedUp', reason: `${budgetText(sweep, account)}: no new trials`, at: now };
}

function fits({ budget, worstCase }: AcceptedSweep, { spent, reserved }: SweepAccount): boolean {
  if (budget === undefined) return true;
  return 'usd' in budget
    ? spent.usd + reserved.usd + worstCase.usd <= budget.usd
    : spent.billableSeconds + reserved.billableSeconds + worstCase.billableSeconds <= budget.billedHours * HOUR_SECONDS;
}

function budgetText({ budget, worstCase }: AcceptedSweep, { spent }: SweepAccount): string {
  if (budget === undefined) return 'there is no budget';
  return 'usd' in budget
    ? `${spent.usd.toFixed(2)} of ${budget.usd} USD are spent, and one more trial may need ${worstCase.usd.toFixed(2)}`
    : `${formatDuration(spent.billableSeconds)} of ${budget.billedHours} billed hours are used, and one more trial may need ${formatDuration(worstCase.billableSeconds)}`;
}

type Choice =
  | {
      readonly kind: 'rungs';
      readonly rungs: readonly Capacity[];
      readonly probes?: Capacity | undefined;
      readonly reason: string;
    }
  | { readonly kind: 'wait'; readonly until: Instant; readonly reason: string };

function chooseRungs({ ladder, spotPatienceSeconds }: AcceptedSweep, account: SweepAccount, now: Instant): Choice {
  const stateOf = (capacity: Capacity) => breakerState(account.breakers[poolOf(capacity)], now);
  const usable = ladder.filter((capacity) => stateOf(capacity) !== 'open');
  const halfOpen = usable.filter((capacity) => stateOf(capacity) === 'half-open');
  // Spot before On-Demand, wherever they stand: nobody starts without a spot rung before the patience is used up.
  const probes = halfOpen.find(isSpot) ?? halfOpen[0];
  // A probe is asked of one rung at a time: what a trial on two of them tells is told of one.
  const rungs = usable.filter((capacity) => capacity === probes || !halfOpen.includes(capacity));
  if (rungs.length > 0 && (rungs.some(isSpot) || !ladder.some(isSpot)))
    return { kind: 'rungs', rungs, probes, reason: '' };

  const dry = ladder.flatMap((capacity) => {
    const breaker = account.breakers[poolOf(capacity)];
    return breaker !== undefined && breakerState(breaker, now) === 'open' ? [{ capacity, breaker }] : [];
  });
  const drySpot = dry.filter(({ capacity }) => isSpot(capacity));
  // While one pool still gave capacity, there was spot.
  const drySince = Math.max(...drySpot.map(({ breaker }) => breaker.drySince));
  const patientUntil = rungs.length > 0 ? drySince + spotPatienceSeconds : Number.POSITIVE_INFINITY;
  if (now >= patientUntil) {
    const reason = `${namesOf(drySpot)} gave no capacity for ${formatDuration(now - drySince)}: on ${rungs.map(formatCapacity).join(', ')} at once`;
    return { kind: 'rungs', rungs, reason };
  }
  const until = Math.min(patientUntil, ...dry.map(({ breaker }) => askAgainAt(breaker, now)));
  return { kind: 'wait', until, reason: `${namesOf(dry)} gave no capacity lately: one trial probes it for all` };
}

const namesOf = (dry: readonly { readonly capacity: Capacity }[]): string =>
  dry.map(({ capacity }) => formatCapacity(capacity)).join(', ');

type Open =
  | { readonly kind: 'open'; readonly rungs: readonly Capacity[] }
  | { readonly kind: 'full'; readonly reason: string };

/** From the first rung that has a place. A full spot rung is waited for: On-Demand is for want of capacity, not of quota. */
function firstWithPlace({ request }: AcceptedSweep, account: SweepAccount, rungs: readonly Capacity[]): Open {
  const isFull = (rung: Capacity): boolean =>
    (account.places[poolOf(rung)] ?? 0) >= placesOn(request, account.quotas, rung);
  const [first] = rungs;
  const index = rungs.findIndex((rung) => !isFull(rung) && (first === undefined || !isSpot(first) || isSpot(rung)));
  if (index >= 0) return { kind: 'open', rungs: rungs.slice(index) };
  const names = rungs.filter(isFull).map((rung) => `${placesOn(request, account.quotas, rung)} on ${poolOf(rung)}`);
  return { kind: 'full', reason: `all places that the quotas leave are taken: ${names.join(', ')}` };
}

function start(
  sweep: AcceptedSweep,
  account: SweepAccount,
  key: TrialKey,
  choice: Extract<Choice, { kind: 'rungs' }>,
  now: Instant,
): Admission {
  const startAt = Math.max(now, account.nextStartAt);
  const executionName = trialExecutionName(key);
  // A rung that is full is tried by nobody, whoever starts beside it.
  const probes = choice.rungs.find((rung) => rung === choice.probes);
  const pool = probes && poolOf(probes);
  const breaker = pool === undefined ? undefined : account.breakers[pool];
  const [first] = choice.rungs;
  const place = first && poolOf(first);
  const all = choice.rungs.length === sweep.ladder.length;
  return {
    verdict: 'start',
    reason: choice.reason || `trial ${key.trial} may start`,
    start: {
      ...key,
      executionName,
      admittedAt: now,
      startAt,
      ...(all ? {} : { capacity: choice.rungs.map(formatCapacity) }),
      ...(place === undefined ? {} : { place }),
      ...(pool === undefined ? {} : { probes: pool }),
      reserved: sweep.worstCase,
    },
    account: {
      ...account,
      live: account.live + 1,
      started: account.started + 1,
      places: place === undefined ? account.places : { ...account.places, [place]: (account.places[place] ?? 0) + 1 },
      reserved: {
        usd: account.reserved.usd + sweep.worstCase.usd,
        billableSeconds: account.reserved.billableSeconds + sweep.worstCase.billableSeconds,
      },
      nextStartAt: startAt + account.startIntervalSeconds,
      ...(pool === undefined || breaker === undefined
        ? {}
        : {
            breakers: { ...account.breakers, [pool]: probedBy(breaker, now) },
            probes: { ...account.probes, [pool]: executionName },
          }),
    },
  };
}
