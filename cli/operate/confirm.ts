// What spends money is asked about first; where nobody can be asked, it wants a flag.
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../exit-codes.ts';

/** `what`: as in "starting a run". */
export async function confirm(yes: true | undefined, what: string, question: string): Promise<boolean> {
  if (yes === true) return true;
  if (!process.stdin.isTTY) throw new UsageError(`${what} spends money, and nobody is there to be asked: add -y`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** A name that nobody has used, in the order of time. */
export const executionName = (label: string, now: number): string =>
  `${label}-${new Date(now * 1_000).toISOString().replaceAll(/[:.]/g, '-')}`;
