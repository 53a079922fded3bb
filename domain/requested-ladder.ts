// The rungs of a run: those of its pipeline that the request wants, in its order, each with a price and a speed.
import { formatCapacity, parseCapacity, referenceCapacity, type Capacity } from './capacity.ts';
import type { Report } from './errors.ts';
import type { Pipeline } from './pipeline.ts';
import type { PriceTable } from './prices.ts';

/** Priced, and with speeds against the reference rung. */
export const resolveLadder = (
  wanted: readonly string[] | undefined,
  { capacity, prices }: Pipeline,
  report: Report,
): Capacity[] => priced(againstReference(chosenRungs(wanted, capacity, report)), prices);

function chosenRungs(wanted: readonly string[] | undefined, ladder: readonly Capacity[], report: Report): Capacity[] {
  if (wanted === undefined) return [...ladder];
  const allowed = ladder.map(formatCapacity);
  const rungs = wanted.flatMap((text, index) => {
    const rung = findRung(text, ladder);
    if (rung === undefined)
      report(`capacity.${index}`, text, `must be a rung of this pipeline; its ladder is ${allowed.join(', ')}`);
    return rung === undefined ? [] : [rung];
  });
  if (new Set(rungs).size < rungs.length) report('capacity', wanted, 'names a rung twice: list each once');
  return rungs;
}

/** A run keeps the prices it was accepted with. */
const priced = (ladder: readonly Capacity[], prices: PriceTable | undefined): Capacity[] =>
  ladder.map((capacity) => {
    const usdPerHour = capacity.usdPerHour ?? prices?.usdPerHour[capacity.instanceType];
    return usdPerHour === undefined ? capacity : { ...capacity, usdPerHour };
  });

/** Times are stated for the reference rung, whatever speed the pipeline writes beside it: from here on its speed is 1. */
function againstReference(ladder: readonly Capacity[]): Capacity[] {
  // None where none of the rungs that were asked for is one.
  const relativeSpeed = ladder.length === 0 ? 1 : referenceCapacity(ladder).relativeSpeed;
  return ladder.map((capacity) => ({ ...capacity, relativeSpeed: capacity.relativeSpeed / relativeSpeed }));
}

function findRung(text: string, ladder: readonly Capacity[]): Capacity | undefined {
  try {
    const name = formatCapacity(parseCapacity(text));
    return ladder.find((rung) => formatCapacity(rung) === name);
  } catch {
    return undefined;
  }
}
