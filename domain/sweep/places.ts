// How many trials may be on each rung at the same time: what the request says of the account's quotas, and what a quota that
// answered has taught. A trial takes its place on the first rung that it may use, and its place moves with its run.
import * as z from 'zod';
import { formatCapacity, type Capacity } from '../capacity.ts';
import { HOUR_SECONDS, type Instant } from '../time.ts';
import type { SweepRequest } from './sweep-request.ts';

/** A pool knows types and purchase options; how many instances one asks for is another matter. */
export const poolOf = ({ purchaseOption, instanceType }: Pick<Capacity, 'purchaseOption' | 'instanceType'>): string =>
  `${purchaseOption}:${instanceType}`;

export const LearnedQuota = z.object({
  /** Trials at the same time, for now. */
  limit: z.int(),
  /** As many as the answer said there are at all, where it said so. */
  told: z.int().optional(),
  answeredAt: z.number(),
});
export type LearnedQuota = z.infer<typeof LearnedQuota>;

type Limits = Readonly<Record<string, LearnedQuota>>;

/** Quotas count instances: a trial on several takes several. */
export function placesOn(
  { quotas, maxConcurrency }: Pick<SweepRequest, 'quotas' | 'maxConcurrency'>,
  learned: Limits,
  rung: Pick<Capacity, 'purchaseOption' | 'instanceType' | 'instanceCount'>,
): number {
  const pool = poolOf(rung);
  const configured = quotas?.[pool];
  return Math.min(
    maxConcurrency,
    configured === undefined ? maxConcurrency : Math.floor(configured / rung.instanceCount),
    learned[pool]?.limit ?? maxConcurrency,
  );
}

/**
 * `taken`: trials that have their place on this rung. Where they are no more than there are said to be in all, somebody else
 * uses the quota as well, and one less is tried.
 */
export function withQuotaAnswer(learned: Limits, rung: Capacity, taken: number, text: string, now: Instant): Limits {
  const instances = Number(/ is (\d+) Instances/.exec(text)?.[1]);
  const told = Number.isNaN(instances) ? undefined : Math.floor(instances / rung.instanceCount);
  // As many as it said, or one less than there are, where somebody else uses it as well.
  const less = taken > 0 ? taken - 1 : Number.POSITIVE_INFINITY;
  const found = Math.min(told ?? Number.POSITIVE_INFINITY, less, learned[poolOf(rung)]?.limit ?? less);
  const limit = Math.max(1, found);
  if (!Number.isFinite(limit)) return learned;
  return { ...learned, [poolOf(rung)]: { limit, answeredAt: now, ...(told === undefined ? {} : { told }) } };
}

const REST_SECONDS = 300;
/** Beyond what the quota was said to be it is worth asking only because a quota can be raised while a sweep runs. */
const REST_BEYOND_SECONDS = HOUR_SECONDS;

/** One place more on a rung where a trial has completed. */
export function withRecovery(learned: Limits, pool: string | undefined, maximum: number, now: Instant): Limits {
  const quota = pool === undefined ? undefined : learned[pool];
  if (pool === undefined || quota === undefined) return learned;
  const { limit, told = Number.POSITIVE_INFINITY, answeredAt } = quota;
  if (limit >= maximum || now < answeredAt + (limit < told ? REST_SECONDS : REST_BEYOND_SECONDS)) return learned;
  return { ...learned, [pool]: { ...quota, limit: limit + 1, answeredAt: limit < told ? answeredAt : now } };
}

/** What is wrong with quotas for this ladder, by pool. */
export function quotaProblems(
  quotas: NonNullable<SweepRequest['quotas']>,
  ladder: readonly Capacity[],
): readonly { readonly pool: string; readonly message: string }[] {
  const names = [...new Set(ladder.map(poolOf))];
  return Object.entries(quotas).flatMap(([pool, instances]) => {
    const rung = ladder.find((one) => poolOf(one) === pool);
    if (rung === undefined) return [{ pool, message: `is no rung of the ladder: ${names.join(', ')}` }];
    if (instances >= rung.instanceCount) return [];
    return [
      { pool, message: `is too small for one trial on ${formatCapacity(rung)}, which has ${rung.instanceCount}` },
    ];
  });
}
