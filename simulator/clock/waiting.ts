// Work that waits for virtual time in the middle, as a function does whose call to AWS is slow. The clock awaits each
// callback, so a callback that started such work returns once the work can do no more by itself; what it waits for
// continues it later. Everything between two waits is promises alone, so the order never depends on the wall.
import type { VirtualClock } from './virtual-clock.ts';

/** Promises that are ready are all run before it resolves. */
const nothingLeftToRun = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when the work is done, or waits for time to pass. */
export async function untilItWaits(work: Promise<void>): Promise<void> {
  await Promise.race([work, nothingLeftToRun()]);
}

/** For the work itself. */
export const passTime = (clock: VirtualClock, seconds: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(seconds, () => {
      resolve();
      return nothingLeftToRun();
    });
  });
