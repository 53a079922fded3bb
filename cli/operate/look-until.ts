// Waits in short looks for what comes within seconds of a start.
import { setTimeout } from 'node:timers/promises';

const LOOK_MS = 500;

/** Undefined when the last look has found nothing either. */
export async function lookUntil<T>(looksMax: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let looks = 1; looks <= looksMax; looks += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await setTimeout(LOOK_MS);
  }
  return undefined;
}
