// Ends the sleep of the watch beside an attempt, if it listens and has not seen the news.
import type { Instant } from '../domain/time.ts';
import { heard } from '../domain/watch.ts';
import type { Ledger, TaskTokens } from './ports.ts';

export interface WakePorts {
  readonly ledger: Ledger;
  readonly tokens: TaskTokens;
}

/** `noted`: nobody listens, or it is old. */
export async function wake(
  { ledger, tokens }: WakePorts,
  { runId, attemptNumber }: { readonly runId: string; readonly attemptNumber: number },
  newsAt: Instant,
): Promise<'woken' | 'noted'> {
  const watch = await ledger.updateWatch(runId, attemptNumber, (before) => heard(before, newsAt));
  if (!watch.woken || watch.taskToken === undefined) return 'noted';
  // Also when it has been woken before: the call may have failed then, and repeating it does no harm.
  return (await tokens.succeed(watch.taskToken)) === 'told' ? 'woken' : 'noted';
}
