import { describe, expect, it } from '@jest/globals';
import { rotation } from '../../../domain/review/rotation.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';
import {
  aHistory,
  anAttempt,
  anOutcome,
  aRun,
  NOW,
  ON_DEMAND,
  OTHER_ON_DEMAND,
  OTHER_SPOT,
  SPOT,
  type AttemptPlan,
} from '../support.ts';

const TURN = 600;
const gaveUp = (rung: number): AttemptPlan => ({
  rung,
  outcome: anOutcome({ failure: 'Capacity', stopReason: 'rotate' }),
});
const trained = (rung: number): AttemptPlan => ({ rung, outcome: anOutcome({ failure: 'Interruption' }) });

/** Of an attempt on `rung` that has waited since `NOW`, asked `waited` seconds later; undefined: it has capacity. */
function rotationOf(capacity: readonly string[], before: readonly AttemptPlan[], rung: number, waited?: number) {
  const run = aRun({}, { capacity });
  const attempt = anAttempt(run, before.length + 1, { rung });
  const waiting = waited === undefined ? undefined : NOW;
  return rotation(aHistory(run, [...before, { rung }]), attempt, waiting, NOW + (waited ?? 0));
}

describe('the turn of a rung', () => {
  const ladder = [SPOT, OTHER_SPOT, ON_DEMAND];

  it('is over to the second, and until then says how long it still lasts', () => {
    expect(rotationOf(ladder, [], 0, 0)).toMatchObject({ due: false, sleepSeconds: TURN });
    expect(rotationOf(ladder, [], 0, TURN - 1)).toMatchObject({ due: false, sleepSeconds: 1 });
    expect(rotationOf(ladder, [], 0, TURN)).toMatchObject({
      due: true,
      reason: `${SPOT} gave no capacity for 10 min: the next rung gets its turn`,
    });
  });

  it('goes on while the rung gives capacity, which may be lost at once: the next look is a turn away', () => {
    expect(rotationOf(ladder, [], 0)).toMatchObject({ due: false, sleepSeconds: TURN });
  });

  it('has no end where there is no other rung of its kind', () => {
    for (const [capacity, rung] of [
      [[SPOT, ON_DEMAND], 0],
      [[SPOT, OTHER_SPOT, ON_DEMAND], 2],
    ] as const)
      expect(rotationOf(capacity, [], rung, 999_999)).toMatchObject({ due: false, sleepSeconds: Infinity });
  });
});

describe('a rung that has been given up before', () => {
  const turnOf = (capacity: readonly string[], before: readonly AttemptPlan[], rung = 0) =>
    rotationOf(capacity, before, rung, 0).sleepSeconds;

  it('keeps its short turns on spot with a fallback behind it', () => {
    expect(turnOf([SPOT, OTHER_SPOT, ON_DEMAND], [gaveUp(0), gaveUp(1)])).toBe(TURN);
  });

  it('has twice the time on each further turn where only spot is left, so that a slow start is not given up forever', () => {
    const spots = [SPOT, OTHER_SPOT];
    expect(turnOf(spots, [gaveUp(0), gaveUp(1)])).toBe(2 * TURN);
    expect(turnOf(spots, [gaveUp(0), gaveUp(1), gaveUp(0), gaveUp(1)])).toBe(4 * TURN);
  });

  it('has twice the time on each further turn On-Demand, which nothing stands behind, up to four hours', () => {
    const onDemands = [SPOT, ON_DEMAND, OTHER_ON_DEMAND];
    expect(turnOf(onDemands, [gaveUp(1), gaveUp(2)], 1)).toBe(2 * TURN);
    expect(turnOf(onDemands, Array.from({ length: 9 }).fill(gaveUp(1)) as AttemptPlan[], 1)).toBe(4 * HOUR_SECONDS);
  });

  it('counts only its own turns, and those since it last gave capacity', () => {
    const spots = [SPOT, OTHER_SPOT];
    expect(turnOf(spots, [gaveUp(1), gaveUp(1)])).toBe(TURN);
    expect(turnOf(spots, [gaveUp(0), gaveUp(0), trained(0), gaveUp(1)])).toBe(TURN);
    expect(turnOf(spots, [gaveUp(0), trained(0), gaveUp(0)])).toBe(2 * TURN);
  });
});
