// Spot that is there, that comes and goes, that dries up, or that flaps; On-Demand that is mostly there.
import { MINUTE_SECONDS } from '../../domain/time.ts';
import type { Chance } from './chance.ts';
import type { DrawnChange, FaultMix } from './drawn-world.ts';

export function drawMarket(
  draw: Chance,
  rungs: readonly string[],
  healsAt: number,
  mix: FaultMix,
): Record<string, readonly DrawnChange[]> {
  const pools = rungs.flatMap((rung) => {
    const changes = rung.startsWith('spot:') ? drawSpot(draw, healsAt) : drawOnDemand(draw, healsAt, mix);
    return changes.length === 0 ? [] : [[rung, changes] as const];
  });
  return Object.fromEntries(pools);
}

function drawSpot(draw: Chance, healsAt: number): readonly DrawnChange[] {
  const habit = draw.oneOf(['steady', 'now and then', 'now and then', 'drought', 'never', 'late', 'flapping']);
  switch (habit) {
    case 'steady':
      return [];
    case 'now and then':
      return alternate(draw, healsAt, { up: [20, 240], down: [1, 120] });
    case 'flapping':
      return alternate(draw, healsAt, { up: [1, 25], down: [1, 20] });
    case 'drought':
      return [gone(draw, draw.whole(0, healsAt - 1)), { at: healsAt, available: true }];
    case 'never':
      return [gone(draw, 0), { at: healsAt, available: true }];
    default: {
      const comesAt = draw.whole(60, healsAt - 60);
      return [gone(draw, 0), { at: comesAt, available: true }, ...alternateFrom(draw, comesAt, healsAt)];
    }
  }
}

function drawOnDemand(draw: Chance, healsAt: number, mix: FaultMix): readonly DrawnChange[] {
  if (!draw.odds(mix === 'calm' ? 0.1 : 0.2)) return [];
  const from = draw.whole(0, healsAt - 120);
  return [
    { at: from, available: false },
    { at: Math.min(healsAt, from + draw.whole(60, 150 * MINUTE_SECONDS)), available: true },
  ];
}

interface Habit {
  /** Minutes, shortest and longest. */
  readonly up: readonly [number, number];
  readonly down: readonly [number, number];
}

const alternateFrom = (draw: Chance, from: number, healsAt: number): readonly DrawnChange[] =>
  alternate(draw, healsAt, { up: [10, 200], down: [1, 90] }, from);

/** No more changes than a pool of a bad night has. */
const CHANGES_MAX = 200;

function alternate(draw: Chance, healsAt: number, { up, down }: Habit, from = 0): readonly DrawnChange[] {
  const changes: DrawnChange[] = [];
  let at = from;
  while (changes.length < CHANGES_MAX) {
    at += Math.round(draw.between(...up) * MINUTE_SECONDS);
    if (at >= healsAt) return changes;
    changes.push(gone(draw, at));
    at = Math.min(healsAt, at + Math.max(1, Math.round(draw.between(...down) * MINUTE_SECONDS)));
    changes.push({ at, available: true });
  }
  return changes;
}

const gone = (draw: Chance, at: number): DrawnChange => ({
  at,
  available: false,
  ...(draw.odds(0.5) ? { noticeSeconds: draw.oneOf([30, 120]) } : {}),
});
