// What a check found: fine, wrong with its fix, or not to be seen from here with the way to see it.
import { inWords } from './operation-error.ts';

export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'wrong' | 'unchecked';
  readonly found: string;
  /** What to do; absent where all is well. */
  readonly fix?: string | undefined;
}

export const ok = (check: string, found: string): Finding => ({ check, result: 'ok', found });
export const wrong = (check: string, found: string, fix: string): Finding => ({ check, result: 'wrong', found, fix });
export const unchecked = (check: string, found: string, fix: string): Finding => ({
  check,
  result: 'unchecked',
  found,
  fix,
});

/** What these credentials may not see is not wrong, only unknown. */
export async function answered(check: string, ask: (check: string) => Promise<Finding>): Promise<Finding> {
  try {
    return await ask(check);
  } catch (error) {
    return unchecked(check, 'could not be read', toldBy(error));
  }
}

export function toldBy(error: unknown): string {
  const told = inWords(error);
  return told instanceof Error ? told.message : String(told);
}
