// The public props, apart from the construct so that each file can be read at one sitting. Plain interfaces, CDK's own
// types and classes with named constructors only: no unions and no generics, so that jsii stays possible.
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core';
import type { Capacity } from './capacity.ts';
import type { FailureRule } from './failure-rule.ts';
import type { ModelRegistration } from './model-registration.ts';
import type { OnDeadlineMissed } from './on-deadline-missed.ts';
import type { OverlapPolicy } from './overlap-policy.ts';
import type { RunSchedule } from './schedules.ts';
import type { TrainingCode } from './training-code.ts';

/** Reads a metric out of the training job's log. */
export interface MetricDefinition {
  /** Name of the metric, such as `validation:accuracy`. */
  readonly name: string;
  /** Regular expression with one group, which captures the number. */
  readonly regex: string;
}

/** USD an instance-hour, with where and when they were read: both stand on every receipt. */
export interface PriceList {
  readonly region: string;
  /** Such as `2026-11`. */
  readonly asOf: string;
  readonly source: string;
  readonly usdPerHour: { readonly [instanceType: string]: number };
}

/** Uploads that start runs. */
export interface Uploads {
  /**
   * Bucket to watch. A bucket made in this app is set up to send its events to EventBridge; for an imported one the
   * synthesis warns and says how to do it.
   */
  readonly bucket: IBucket;

  /**
   * Beginning of the keys that start a run.
   *
   * @default - every key
   */
  readonly prefix?: string;

  /**
   * End of the keys that start a run. Many files make many events: name the one that is uploaded last, for example
   * `manifest.json`, or set a `quietPeriod`.
   *
   * @default - every key
   */
  readonly suffix?: string;

  /**
   * Channel that reads the uploaded object.
   *
   * @default 'train'
   */
  readonly channel?: string;

  /**
   * How long nothing must be uploaded before one run starts for all that was, 1 minute to 12 hours. It reads everything under
   * the prefix's folder. Uploads that never pause start a run after 24 hours.
   *
   * @default - each upload starts a run, which reads the uploaded object
   */
  readonly quietPeriod?: Duration;
}

/** What the deadline arithmetic assumes; times measured with your own jobs are better than the defaults. */
export interface TimingOverrides {
  /**
   * From the start of a job until its container runs, once capacity is there.
   *
   * @default Duration.seconds(300)
   */
  readonly startup?: Duration;

  /**
   * Downloading the data and the checkpoint, until training goes on.
   *
   * @default Duration.seconds(180)
   */
  readonly restore?: Duration;

  /**
   * A graceful stop.
   *
   * @default Duration.seconds(120)
   */
  readonly stop?: Duration;

  /**
   * How often the script saves a checkpoint; at most this much work is lost with an interruption.
   *
   * @default Duration.seconds(600)
   */
  readonly checkpointInterval?: Duration;

  /**
   * Kept in hand before the deadline on top of everything else.
   *
   * @default Duration.seconds(300)
   */
  readonly margin?: Duration;

  /**
   * Shortest pause between two looks at a job, 10 seconds to an hour.
   *
   * @default Duration.seconds(60)
   */
  readonly poll?: Duration;
}

export interface TrainingPipelineProps {
  /**
   * Name of the pipeline: the prefix of its training jobs, state machines and S3 keys, unique in an account and Region.
   * At most 32 characters of a-z, 0-9 and single hyphens.
   *
   * @default - derived from the stack's name and the construct's id
   */
  readonly pipelineName?: string;

  /** Training image: the URI of a container in ECR. */
  readonly image: string;

  /**
   * Code that the image fetches and runs, for the framework images of AWS (PyTorch, TensorFlow, Hugging Face, scikit-learn,
   * XGBoost) and others with the SageMaker training toolkit: `TrainingCode.fromAsset('train/', { entry: 'train.py' })`.
   *
   * @default - the image holds its own code
   */
  readonly code?: TrainingCode;

  /** What to train on, first choice first; at most 10. End it with an On-Demand capacity to have something to fall back to. */
  readonly capacity: Capacity[];

  /**
   * Entry point of the container.
   *
   * @default - the image's own
   */
  readonly entryPoint?: string[];

  /**
   * Arguments of the entry point.
   *
   * @default - the image's own
   */
  readonly containerArguments?: string[];

  /**
   * Hyperparameters of every run; a run may override them.
   *
   * @default - none
   */
  readonly hyperParameters?: { readonly [name: string]: string };

  /**
   * Environment variables of the container. No secrets: they are readable in the state machine's definition.
   *
   * @default - none but Spotrelay's own
   */
  readonly environment?: { readonly [name: string]: string };

  /**
   * Data of every run: channel name to S3 location, such as `{ train: 's3://bucket/prefix/' }`. A run may choose a
   * narrower location under one of them. For data encrypted with a key of your own, let `trainingRole` decrypt with it.
   *
   * @default - all that `uploads` has brought, in its channel; none without `uploads`
   */
  readonly channels?: { readonly [name: string]: string };

  /**
   * A bucket that runs may choose their data from. Runs of a pipeline without `channels` must then name a channel.
   *
   * @default - runs read the pipeline's `channels` and what `uploads` names
   */
  readonly dataBucket?: IBucket;

  /**
   * Starts a run for each upload.
   *
   * @default - runs are started by hand
   */
  readonly uploads?: Uploads;

  /**
   * Starts runs by the calendar.
   *
   * @default - none
   */
  readonly schedules?: RunSchedule[];

  /**
   * What uploads and schedules do while another run of the pipeline is going on.
   *
   * @default OverlapPolicy.ALLOW
   */
  readonly overlap?: OverlapPolicy;

  /**
   * Bucket for model artifacts, receipts and checkpoints, under `<pipelineName>/`.
   *
   * @default - a bucket is created: private, encrypted, TLS only
   */
  readonly bucket?: IBucket;

  /**
   * Whether the script saves checkpoints to `/opt/ml/checkpoints` and resumes from them. Without them each interruption
   * starts from zero, and long spot runs are refused unless the guard `spot-without-checkpoint` is acknowledged.
   *
   * @default true
   */
  readonly checkpoints?: boolean;

  /**
   * How long a run's checkpoints are kept after its end, for whoever resumes it; at most 365 days. Those of a run that is
   * going on, or waits, are never removed.
   *
   * @default Duration.days(14)
   */
  readonly checkpointRetention?: Duration;

  /**
   * How long after its start a run's model is wanted. Needs `expectedTrainingTime` beside it.
   *
   * @default - none: a run waits for spot capacity as `spotPatience` and `waitingUsdPerHour` say, then trains On-Demand
   */
  readonly deadline?: Duration;

  /**
   * How long the training takes on the first On-Demand capacity of the list, start-up not included.
   *
   * @default - unknown: then a run can have a deadline once three earlier ones have succeeded, which it is estimated from
   */
  readonly expectedTrainingTime?: Duration;

  /**
   * Longest training time of a run, all its attempts together.
   *
   * @default Duration.hours(24)
   */
  readonly maxRuntime?: Duration;

  /**
   * What becomes of a run that misses its deadline.
   *
   * @default OnDeadlineMissed.FINISH
   */
  readonly onDeadlineMissed?: OnDeadlineMissed;

  /**
   * What a run may cost at most, in USD. Estimated at the On-Demand rate, before an attempt starts.
   *
   * @default - no limit
   */
  readonly budgetUsd?: number;

  /**
   * How long a run without a deadline waits for spot capacity, all its attempts together.
   *
   * @default Duration.hours(6); with `waitingUsdPerHour`, as long as that says
   */
  readonly spotPatience?: Duration;

  /**
   * What an hour of delay costs you, in USD. A run without a deadline then waits for spot until waiting has cost what spot
   * would save on the expected training: at most twice the cost of the best choice in hindsight. Needs
   * `expectedTrainingTime` and prices; with `spotPatience` the shorter of the two waits counts. Not beside `deadline`.
   *
   * @default - waiting has no price: a run waits `spotPatience`
   */
  readonly waitingUsdPerHour?: number;

  /**
   * What spot costs you, as a share of the On-Demand price, above 0 and at most 1. SageMaker publishes no spot price: read
   * it from the receipts of earlier runs.
   *
   * @default 0.35
   */
  readonly spotPriceRatio?: number;

  /**
   * Whether a run that has fallen back to On-Demand looks for spot, by canaries (tiny spot jobs of the same image and type
   * that end at once), and goes back to it when that pays and the deadline still holds. Gives the function that watches
   * the jobs the right to create training jobs of this pipeline with its training role.
   *
   * @default - true where a restore takes at most 10 minutes (`timing.restore`) and the script saves checkpoints; beyond
   * that a return earns too little
   */
  readonly returnToSpot?: boolean;

  /**
   * Whether the pipeline also runs sweeps: many trials, each a run, one winner registered. Adds a state machine and five
   * functions, and the right to start runs by the thousand, which is why it is not there unasked.
   *
   * @default false
   */
  readonly sweeps?: boolean;

  /**
   * What the deadline arithmetic assumes.
   *
   * @default - see the fields
   */
  readonly timing?: TimingOverrides;

  /**
   * Metrics to read from the log; at most 40. Built-in algorithms bring their own.
   *
   * @default - none
   */
  readonly metricDefinitions?: MetricDefinition[];

  /**
   * Where trained models are registered.
   *
   * @default ModelRegistration.newGroup()
   */
  readonly registration?: ModelRegistration;

  /**
   * EBS volume of each instance, whole GiB. SageMaker ignores it on instance types with local NVMe storage.
   *
   * @default Size.gibibytes(50)
   */
  readonly volumeSize?: Size;

  /**
   * Whether the container is cut off from the network. SageMaker still moves data and checkpoints.
   *
   * @default false
   */
  readonly networkIsolation?: boolean;

  /**
   * Role of the training jobs. What they need is added to it; hand in `role.withoutPolicyUpdates()` to prevent that.
   *
   * @default - a role is created that may read the data, keep artifacts and checkpoints, write logs and pull the image
   */
  readonly trainingRole?: IRole;

  /**
   * Encrypts the created bucket, the ledger, artifacts and training volumes (volumes with local NVMe storage excepted).
   *
   * @default - keys that AWS manages
   */
  readonly encryptionKey?: IKey;

  /**
   * Bus on which runs and models are announced.
   *
   * @default - the account's default bus
   */
  readonly eventBus?: IEventBus;

  /**
   * How long the logs of functions and state machines are kept. SageMaker keeps the training jobs' own logs.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;

  /**
   * VPC of the training containers. They need a way to S3 there, best a gateway endpoint.
   *
   * @default - SageMaker's own network
   */
  readonly vpc?: IVpc;

  /**
   * Subnets of the training containers.
   *
   * @default - the VPC's private subnets
   */
  readonly subnets?: SubnetSelection;

  /**
   * Security groups of the training containers; at most 5.
   *
   * @default - one is created that lets nothing in and everything out
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * Tags of the training jobs, for example for cost allocation. Spotrelay adds pipeline, run and attempt.
   *
   * @default - none but Spotrelay's own
   */
  readonly jobTags?: { readonly [key: string]: string };

  /**
   * Guards that you have read and accept (docs/guards.md), by id, best with the reason behind a colon:
   * `spot-without-checkpoint: twenty minutes of work, cheap to repeat`.
   *
   * @default - none
   */
  readonly acknowledgedGuards?: string[];

  /**
   * What failures of this pipeline's own jobs mean, beside what Spotrelay knows; at most 50. The first that matches wins,
   * before the built-in rules, so that an exit code of your script can ask for another attempt.
   *
   * @default - the built-in rules alone: a script that fails is not repeated
   */
  readonly failureRules?: FailureRule[];

  /**
   * On-Demand prices of your Region and contract, for budgets and receipts. Instance types that it leaves out keep the
   * built-in price; a capacity's own `usdPerHour` goes before both.
   *
   * @default - a dated table of public us-east-1 prices
   */
  readonly prices?: PriceList;

  /**
   * What becomes of the bucket, the ledger and the model package group when the stack is deleted. Logs always go.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Whether there are alarms: a run failed, too many runs fell back, a run finds no capacity, the safety net found
   * something, a registration failed, an event could not be handled.
   *
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * Who is told when an alarm goes off, and when it is over.
   *
   * @default - nobody: alarms are seen in the console only
   */
  readonly alarmTopic?: ITopic;

  /**
   * Share of a day's runs that may fall back to On-Demand before there is an alarm, above 0 and below 1.
   *
   * @default 0.5
   */
  readonly fallbackAlarmShare?: number;

  /**
   * How long a run may be without capacity before there is an alarm.
   *
   * @default Duration.hours(6)
   */
  readonly starvingAlarmAfter?: Duration;

  /**
   * Whether there is a dashboard.
   *
   * @default true
   */
  readonly dashboard?: boolean;
}
