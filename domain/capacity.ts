// A capacity is what an attempt asks for; a run carries an ordered ladder of them, first choice first.
import * as z from 'zod';
import { Environment, HyperParameters, Image, Subnets } from './fields.ts';
import { INSTANCE_TYPE } from './instance-types.ts';

export const PurchaseOption = z.enum(['spot', 'on-demand']);
export type PurchaseOption = z.infer<typeof PurchaseOption>;

/** Ten rungs travel with every run, whose accepted form has to fit into 256 KiB. */
const OWN_ENTRIES_MAX = 20;
const few = (map: Readonly<Record<string, string>>): boolean => Object.keys(map).length <= OWN_ENTRIES_MAX;
const FEW = `takes at most ${OWN_ENTRIES_MAX} entries on one capacity: what all share belongs to the pipeline`;

export const Capacity = z.strictObject({
  purchaseOption: PurchaseOption,
  instanceType: z.string().regex(INSTANCE_TYPE, 'must be a SageMaker training instance type such as ml.g5.2xlarge'),
  instanceCount: z.int().min(1).max(100).default(1),
  /** Work done per second, in any unit: only the ratio to the reference rung matters (the first On-Demand one, or the first). */
  relativeSpeed: z.number().positive().max(10_000).default(1),
  /** EBS volume; ignored by SageMaker on types with local NVMe storage. */
  volumeSizeGb: z.int().min(1).max(16_384).optional(),
  /** On-Demand price of one instance; overrides the price table. */
  usdPerHour: z.number().positive().optional(),
  /** These go before the pipeline's (job-on-rung.ts). */
  image: Image.optional(),
  hyperParameters: HyperParameters.refine(few, FEW).optional(),
  environment: Environment.refine(few, FEW).optional(),
  subnets: Subnets.optional(),
});
export type Capacity = z.infer<typeof Capacity>;

export const CapacityLadder = z
  .array(Capacity)
  .min(1, 'needs at least one capacity, for example spot:ml.g5.xlarge')
  .max(10, 'takes at most 10 capacities')
  .check(({ value: ladder, issues }) => {
    const seen = new Set<string>();
    ladder.forEach((capacity, index) => {
      const name = formatCapacity(capacity);
      if (seen.has(name))
        issues.push({
          code: 'custom',
          path: [index],
          message: `repeats ${name}: list each capacity once`,
          input: capacity,
        });
      seen.add(name);
    });
  });
export type CapacityLadder = readonly Capacity[];

/** "spot:ml.g5.xlarge", "on-demand:ml.p4d.24xlarge:2". */
export function formatCapacity(capacity: Pick<Capacity, 'purchaseOption' | 'instanceType' | 'instanceCount'>): string {
  const count = capacity.instanceCount === 1 ? '' : `:${capacity.instanceCount}`;
  return `${capacity.purchaseOption}:${capacity.instanceType}${count}`;
}

/** Reads what `formatCapacity` writes; throws an Error that names the part that is wrong. */
export function parseCapacity(text: string): Capacity {
  const [purchaseOption, instanceType, count, ...rest] = text.trim().split(':');
  if (rest.length > 0 || instanceType === undefined) {
    throw new Error(
      `a capacity reads <spot|on-demand>:<instance type>[:<count>], for example spot:ml.g5.xlarge, got "${text}"`,
    );
  }
  const parsed = Capacity.safeParse({
    purchaseOption,
    instanceType,
    ...(count === undefined ? {} : { instanceCount: Number(count) }),
  });
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')} is wrong: ${message}`);
  throw new Error(`capacity "${text}": ${wrong.join('; ')}; write for example spot:ml.g5.xlarge`);
}

export const isSpot = (capacity: Capacity): boolean => capacity.purchaseOption === 'spot';

/** What a run falls back to; undefined where its ladder has spot alone. */
export const firstOnDemand = (ladder: CapacityLadder): Capacity | undefined =>
  ladder.find((capacity) => !isSpot(capacity));

/** Times are stated for this rung: the first On-Demand one, or the first where there is none. */
export function referenceCapacity(ladder: CapacityLadder): Capacity {
  const reference = firstOnDemand(ladder) ?? ladder[0];
  if (reference === undefined) throw new RangeError('a capacity ladder has at least one rung');
  return reference;
}

/** The same question of a capacity as `formatCapacity` writes it. */
export const isSpotText = (capacity: string): boolean => capacity.startsWith('spot:');
