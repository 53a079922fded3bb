// Each guard (guards.ts) has an id that stays; whoever means it acknowledges the guard by that id, in the pipeline or in one
// request, and may say why: "spot-without-checkpoint: twenty minutes of work, cheap to repeat".
import * as z from 'zod';

export const GUARD_IDS = ['spot-without-checkpoint', 'built-in-without-checkpoint'] as const;
export type GuardId = (typeof GUARD_IDS)[number];

const idIn = (acknowledgement: string): string => acknowledgement.split(':')[0]?.trim() ?? '';

/** The id of a guard, and behind a colon the reason. */
export const Acknowledgement = z
  .string()
  .max(300, 'takes at most 300 characters')
  .refine(
    (text) => GUARD_IDS.some((id) => id === idIn(text)),
    `must be the id of a guard (${GUARD_IDS.join(', ')}), best with your reason behind a colon`,
  );

export const acknowledgementOf = (id: GuardId, given: readonly string[] = []): string | undefined =>
  given.find((text) => idIn(text) === id);
