// On-Demand prices of SageMaker training in us-east-1, USD per instance-hour. SageMaker publishes no spot price: the
// discount shows only afterwards, in BillableTimeInSeconds. A figure from this table is an estimate, never a bill.
import * as z from 'zod';
import type { Capacity } from './capacity.ts';
import { INSTANCE_TYPE } from './instance-types.ts';

/** Where prices come from; on every receipt. */
export const PriceSource = z.strictObject({
  region: z.string().min(1).max(64),
  asOf: z.string().min(4, 'says when the prices were read, for example "2026-11"').max(32),
  source: z.string().min(1).max(300),
});
export type PriceSource = z.infer<typeof PriceSource>;

export const PriceTable = PriceSource.extend({
  /** USD an instance-hour, On-Demand, by instance type. */
  usdPerHour: z.record(
    z.string().regex(INSTANCE_TYPE, 'names instance types such as ml.g5.xlarge'),
    z.number().positive(),
  ),
});
export type PriceTable = z.infer<typeof PriceTable>;

/**
 * Collected from public copies of the price list (service code AmazonSageMaker) whose dates differ, p4d after its cut of
 * mid-2025; override it (`prices`) with what your Region and contract say.
 */
export const DEFAULT_PRICES: PriceTable = {
  region: 'us-east-1',
  asOf: '2026',
  source: 'public copies of https://aws.amazon.com/sagemaker/ai/pricing/ (training, On-Demand)',
  usdPerHour: {
    'ml.m5.large': 0.115,
    'ml.m5.xlarge': 0.23,
    'ml.m5.2xlarge': 0.461,
    'ml.m5.4xlarge': 0.922,
    'ml.m5.12xlarge': 2.765,
    'ml.m5.24xlarge': 5.53,
    'ml.c5.xlarge': 0.204,
    'ml.c5.2xlarge': 0.408,
    'ml.c5.4xlarge': 0.816,
    'ml.c5.9xlarge': 1.836,
    'ml.c5.18xlarge': 3.672,
    'ml.g4dn.xlarge': 0.7364,
    'ml.g4dn.2xlarge': 0.94,
    'ml.g4dn.4xlarge': 1.505,
    'ml.g4dn.12xlarge': 4.89,
    'ml.g5.xlarge': 1.408,
    'ml.g5.2xlarge': 1.515,
    'ml.g5.4xlarge': 2.03,
    'ml.g5.8xlarge': 3.06,
    'ml.g5.12xlarge': 7.09,
    'ml.g5.24xlarge': 10.18,
    'ml.g5.48xlarge': 20.36,
    'ml.g6.xlarge': 1.127,
    'ml.g6.2xlarge': 1.222,
    'ml.g6.4xlarge': 1.654,
    'ml.g6.12xlarge': 5.752,
    'ml.g6.48xlarge': 16.688,
    'ml.g6e.2xlarge': 2.8,
    'ml.p3.2xlarge': 3.825,
    'ml.p3.8xlarge': 14.688,
    'ml.p3.16xlarge': 28.152,
    'ml.p4d.24xlarge': 25.251,
    'ml.p5.48xlarge': 63.296,
    'ml.trn1.2xlarge': 1.55,
    'ml.trn1.32xlarge': 24.8,
  },
};

/**
 * What spot costs, as a share of On-Demand, while nothing better is known. SageMaker publishes no spot price, the discount
 * shows only in the bill: its guide says "up to 90 %"
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html), a public project plans with 65 % off.
 */
export const DEFAULT_SPOT_PRICE_RATIO = 0.35;

/** USD per hour for the whole capacity (all its instances) at the On-Demand rate; undefined where no price is known. */
export function onDemandUsdPerHour(capacity: Capacity, prices: PriceTable = DEFAULT_PRICES): number | undefined {
  const each = capacity.usdPerHour ?? prices.usdPerHour[capacity.instanceType];
  return each === undefined ? undefined : each * capacity.instanceCount;
}
