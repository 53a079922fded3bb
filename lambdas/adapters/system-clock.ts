// The one place where the cloud's handlers read the time.
import type { Clock } from '../ports.ts';

export const systemClock: Clock = { now: () => Date.now() / 1_000 };
