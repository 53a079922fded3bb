// Timing: rates are the median of several rounds, so that one garbage collection or a busy neighbour does not decide.

const roundCount = 7;

/** Executions a second, over rounds that run the given work `count` times each. */
export async function ratePerSecond(count: number, run: (count: number) => Promise<void>): Promise<number> {
  await run(count);
  const rates: number[] = [];
  for (let round = 0; round < roundCount; round++) {
    const startedAt = performance.now();
    await run(count);
    rates.push((count / (performance.now() - startedAt)) * 1000);
  }
  return median(rates);
}

/** The rates of several candidates, measured in turns, so that a busy neighbour disturbs all of them alike. */
export async function ratesInTurns<Name extends string>(
  candidates: Readonly<Record<Name, { readonly count: number; readonly run: (count: number) => Promise<void> }>>,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(candidates) as Name[];
  const rates = new Map<Name, number[]>();
  for (let round = 0; round <= roundCount; round++) {
    for (const name of names) {
      const { count, run } = candidates[name];
      const startedAt = performance.now();
      await run(count);
      const rate = (count / (performance.now() - startedAt)) * 1000;
      // The first round warms up.
      if (round > 0) rates.set(name, [...(rates.get(name) ?? []), rate]);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(rates.get(name) ?? [])])) as Record<Name, number>;
}

/** CPU milliseconds of this process, user and system. */
export async function cpuMilliseconds(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Bytes of heap that what `make` returns keeps alive. Needs --expose-gc. */
export async function retainedBytes(make: () => Promise<unknown>): Promise<number> {
  if (globalThis.gc === undefined)
    throw new Error('memory is measured under node --expose-gc: use npm run bench:engine');
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const kept = await make();
  globalThis.gc();
  const after = process.memoryUsage().heapUsed;
  return kept === undefined ? 0 : after - before;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
