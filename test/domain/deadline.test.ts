// The promise of the product, in the smallest world that can break it. It holds under these assumptions, no others:
// - the run was accepted with slack for an On-Demand start and restore, at least;
// - On-Demand is there, starts within startupSeconds, restores within restoreSeconds and is never interrupted;
// - the work is not more than the padded estimate, and every rung is as fast as its relativeSpeed says;
// - the script saves every checkpointIntervalSeconds and when it is asked to stop; a stop takes stopSeconds;
// - the watch wakes when it asked to be woken, and uploading the model takes no time.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isSpot } from '../../domain/capacity.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { aCapacity, aRun, NOW, ON_DEMAND, SPOT } from './support.ts';
import { runToyWorld, type Availability } from './toy-world.ts';

/** Lengths in turn: spot is away, there, away, there... and then away for good, or there for good. */
const anyAvailability: fc.Arbitrary<Availability> = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 20_000 }),
        fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 40_000 })),
      ),
      { maxLength: 60 },
    ),
    fc.boolean(),
  )
  .map(([turns, stays]) => {
    let clock = 0;
    const up = turns.map(([away, there]) => {
      const from = clock + away;
      clock = from + there;
      return [from, clock] as const;
    });
    return stays ? [...up, [clock + 1, Number.POSITIVE_INFINITY] as const] : up;
  });

/** Interrupted over and over, each time just before the script would save. */
const nastyAvailability: fc.Arbitrary<Availability> = fc
  .tuple(fc.integer({ min: 1_000, max: 4_000 }), fc.integer({ min: 1, max: 1_200 }), fc.integer({ min: 1, max: 300 }))
  .map(([there, away, turns]) =>
    Array.from({ length: turns }, (_, turn) => [turn * (there + away), turn * (there + away) + there] as const),
  );

const anyWorld = fc
  .record({
    expectedTrainingSeconds: fc.integer({ min: 1_800, max: 30 * HOUR_SECONDS }),
    slackSeconds: fc.oneof(fc.integer({ min: 480, max: 6_000 }), fc.integer({ min: 480, max: 40 * HOUR_SECONDS })),
    spot: fc.oneof(anyAvailability, nastyAvailability),
    spotSpeed: fc.constantFrom(1, 0.5, 4),
    onDemandSpeed: fc.constantFrom(1, 2),
    checkpointIntervalSeconds: fc.constantFrom(300, 600, 1_800),
    paddingFraction: fc.constantFrom(0, 0.1),
  })
  .map(({ slackSeconds, spot, spotSpeed, onDemandSpeed, checkpointIntervalSeconds, ...estimate }) => {
    const template = aRun();
    const { expectedTrainingSeconds, paddingFraction } = estimate;
    const workSeconds = expectedTrainingSeconds * (1 + paddingFraction);
    const run = {
      ...template,
      ...estimate,
      ladder: [aCapacity(SPOT, { relativeSpeed: spotSpeed }), aCapacity(ON_DEMAND, { relativeSpeed: onDemandSpeed })],
      deadline: Math.ceil(NOW + workSeconds / onDemandSpeed + slackSeconds),
      maxRuntimeSeconds: 28 * 24 * HOUR_SECONDS,
      timing: { ...template.timing, checkpointIntervalSeconds },
    };
    return { run, workSeconds, spot };
  });

describe('a run with a deadline', () => {
  it('ends in time whatever spot does', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const end = runToyWorld(world);
        expect(end.status).toBe('SUCCEEDED');
        expect(end.endedAt).toBeLessThanOrEqual(world.run.deadline);
      }),
      { numRuns: 400 },
    );
  });

  it('is never slept through: whenever the watch wakes, On-Demand would still be in time', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { looks } = runToyWorld(world);
        const { startupSeconds, restoreSeconds, stopSeconds } = world.run.timing;
        for (const { attempt, wakeAt, jobAtWake, savedAtWake } of looks) {
          if (!isSpot(attempt.capacity) || savedAtWake >= world.workSeconds) continue;
          const left = (world.workSeconds - savedAtWake) / (world.run.ladder[1]?.relativeSpeed ?? 1);
          const fallback = stopSeconds + startupSeconds + restoreSeconds + left;
          expect([jobAtWake.secondaryStatus, wakeAt + fallback <= world.run.deadline]).toEqual([
            jobAtWake.secondaryStatus,
            true,
          ]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('stays on spot to the end when spot never leaves', () => {
    const run = aRun({ expectedTrainingSeconds: 36_000, deadline: NOW + 72_000 });
    const end = runToyWorld({ run, workSeconds: 36_000, spot: [[0, Number.POSITIVE_INFINITY]] });
    expect(end.history.attempts.map(({ capacity }) => capacity.purchaseOption)).toEqual(['spot']);
    expect(end.endedAt).toBe(NOW + 300 + 180 + 36_000);
  });

  it('waits for spot as long as it can, then finishes On-Demand', () => {
    const run = aRun({ expectedTrainingSeconds: 36_000, deadline: NOW + 72_000 });
    const end = runToyWorld({ run, workSeconds: 36_000, spot: [] });
    const [first, second] = end.history.attempts;
    expect([first?.capacity.purchaseOption, second?.capacity.purchaseOption]).toEqual(['spot', 'on-demand']);
    expect(end.endedAt).toBeLessThanOrEqual(NOW + 72_000);
    expect(end.endedAt).toBeGreaterThan(NOW + 60_000);
  });

  it('is On-Demand at once when there is no time to try spot', () => {
    const run = aRun({ expectedTrainingSeconds: 36_000, paddingFraction: 0, deadline: NOW + 36_480 });
    const end = runToyWorld({ run, workSeconds: 36_000, spot: [[0, Number.POSITIVE_INFINITY]] });
    expect(end.history.attempts.map(({ capacity }) => capacity.purchaseOption)).toEqual(['on-demand']);
    expect(end.endedAt).toBe(NOW + 36_480);
  });
});
