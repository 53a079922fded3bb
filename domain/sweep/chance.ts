// Chance from a seed: derived from names, so a trial's values do not depend on which trials were drawn before it.
import { createHash } from 'node:crypto';

/** At least 0, less than 1. */
export const fraction = (key: string): number => createHash('sha256').update(key).digest().readUIntBE(0, 6) / 2 ** 48;

export function shuffled<T>(items: readonly T[], key: string): readonly T[] {
  return items
    .map((item, index) => ({ item, order: fraction(`${key}|${index}`) }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ item }) => item);
}
