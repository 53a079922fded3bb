// A capacity market: for every rung a line of changes over time. Spot that dries up takes running jobs with it; On-Demand
// that is short only refuses new ones.

export interface CapacityChange {
  /** Seconds since the scenario's start. */
  readonly at: number;
  readonly available: boolean;
  /** Spot, when capacity goes: seconds between SIGTERM and the end. 0: the container is gone without a signal. */
  readonly noticeSeconds?: number | undefined;
}

export interface Pool {
  /** Ascending by `at`; before the first change capacity is there. */
  readonly changes: readonly CapacityChange[];
}

/** Keys are `formatCapacity` of a rung without its count: `spot:ml.g5.xlarge`. A rung without a pool always has capacity. */
export type Market = Readonly<Record<string, Pool>>;

export const poolKey = (purchaseOption: string, instanceType: string): string => `${purchaseOption}:${instanceType}`;

export function isAvailable(pool: Pool | undefined, seconds: number): boolean {
  return lastChange(pool, seconds)?.available ?? true;
}

export function lastChange(pool: Pool | undefined, seconds: number): CapacityChange | undefined {
  return pool?.changes.findLast(({ at }) => at <= seconds);
}

/** The next time after `seconds` at which availability becomes the wanted one; undefined: never. */
export function nextChangeTo(pool: Pool | undefined, seconds: number, available: boolean): CapacityChange | undefined {
  return pool?.changes.find((change) => change.at > seconds && change.available === available);
}
