// What an attempt may be trained on, written the way one says it: `Capacity.spot('ml.g5.2xlarge')`.
import type { SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { Size } from 'aws-cdk-lib/core';

export interface CapacityOptions {
  /**
   * Number of instances of one attempt.
   *
   * @default 1
   */
  readonly instanceCount?: number;

  /**
   * Work done per second, compared with the first On-Demand capacity of the list (or the first, when there is none).
   * `expectedTrainingTime` is stated for that one.
   *
   * @default 1
   */
  readonly relativeSpeed?: number;

  /**
   * Size of the EBS volume. SageMaker ignores it on instance types with local NVMe storage.
   *
   * @default - the pipeline's `volumeSize`
   */
  readonly volumeSize?: Size;

  /**
   * On-Demand price of one instance in USD per hour, where the built-in table does not know or does not fit your Region.
   *
   * @default - the built-in price table (us-east-1)
   */
  readonly usdPerHour?: number;

  /**
   * Training image for this kind of machine, for example one for another processor or accelerator. It must read the
   * checkpoints that the others write.
   *
   * @default - the pipeline's `image`
   */
  readonly image?: string;

  /**
   * Hyperparameters for this kind of machine, for example a batch size that fits its memory; at most 20. They go before the
   * pipeline's; what a run itself states goes before both.
   *
   * @default - the pipeline's alone
   */
  readonly hyperParameters?: { readonly [name: string]: string };

  /**
   * Environment variables for this kind of machine, before the pipeline's; at most 20. No secrets.
   *
   * @default - the pipeline's alone
   */
  readonly environment?: { readonly [name: string]: string };

  /**
   * Subnets where this instance type exists; needs the pipeline's `vpc`.
   *
   * @default - the pipeline's `subnets`
   */
  readonly subnets?: SubnetSelection;
}

/** One rung of the ladder that a run climbs until its model is trained. */
export class Capacity {
  /** Spare capacity at a discount, which may be late, or taken back at any time. */
  public static spot(instanceType: string, options: CapacityOptions = {}): Capacity {
    return new Capacity('spot', instanceType, options);
  }

  /** Capacity at the full price, which stays once it is there. */
  public static onDemand(instanceType: string, options: CapacityOptions = {}): Capacity {
    return new Capacity('on-demand', instanceType, options);
  }

  /** `spot` or `on-demand`. */
  public readonly purchaseOption: string;
  /** SageMaker's name, such as `ml.g5.2xlarge`. */
  public readonly instanceType: string;
  /** As they were given. */
  public readonly options: CapacityOptions;

  private constructor(purchaseOption: string, instanceType: string, options: CapacityOptions) {
    this.purchaseOption = purchaseOption;
    this.instanceType = instanceType;
    this.options = options;
  }
}
