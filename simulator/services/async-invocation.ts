// Lambda invoked asynchronously, as EventBridge and EventBridge Scheduler do: a call that fails is repeated twice, after one
// and after two minutes. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
import type { VirtualClock } from '../clock/virtual-clock.ts';
import { untilItWaits } from '../clock/waiting.ts';

const RETRY_SECONDS = [60, 120];

export interface AsyncInvocation {
  readonly clock: VirtualClock;
  readonly call: () => Promise<void> | void;
  /** A call that waits for time to pass does not hold up the others. */
  readonly slow: boolean;
  /** After the last try. */
  readonly onDeadLetter: (error: unknown) => void;
}

export function invokeAsynchronously(invocation: AsyncInvocation, tries = 0): Promise<void> {
  const work = tryOnce(invocation, tries);
  return invocation.slow ? untilItWaits(work) : work;
}

async function tryOnce(invocation: AsyncInvocation, tries: number): Promise<void> {
  const { clock, call, onDeadLetter } = invocation;
  try {
    await call();
  } catch (error) {
    const pause = RETRY_SECONDS[tries];
    if (pause === undefined) onDeadLetter(error);
    else clock.after(pause, () => invokeAsynchronously(invocation, tries + 1));
  }
}
