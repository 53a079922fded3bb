// Where trained models go: a model package group of the pipeline's own, one that exists, or nowhere. Named constructors,
// so that a group cannot be both created and found.

/** The approval status that a new model version begins with. */
export class ApprovalStatus {
  /** May be deployed at once. */
  public static readonly APPROVED = new ApprovalStatus('Approved');
  /** Waits for a person's decision. */
  public static readonly PENDING_MANUAL_APPROVAL = new ApprovalStatus('PendingManualApproval');
  /** Kept, but not to be deployed. */
  public static readonly REJECTED = new ApprovalStatus('Rejected');

  /** SageMaker's word. */
  public readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }
}

/** A metric of the training job and what it must reach; a model below it is announced as rejected, not registered. */
export interface QualityGate {
  /** Name of a metric that the training job reports (see `metricDefinitions`). */
  readonly metric: string;

  /**
   * Least value that is good enough.
   *
   * @default - no lower bound
   */
  readonly minimum?: number;

  /**
   * Greatest value that is good enough.
   *
   * @default - no upper bound
   */
  readonly maximum?: number;
}

export interface ModelRegistrationOptions {
  /**
   * Approval status of a new version.
   *
   * @default ApprovalStatus.PENDING_MANUAL_APPROVAL
   */
  readonly approvalStatus?: ApprovalStatus;

  /**
   * Image that serves the model.
   *
   * @default - the training image
   */
  readonly inferenceImage?: string;

  /**
   * What a model's metrics must reach; all of them.
   *
   * @default - every trained model is registered
   */
  readonly qualityGate?: QualityGate[];
}

export interface NewGroupOptions extends ModelRegistrationOptions {
  /**
   * Name of the model package group.
   *
   * @default - the pipeline's name
   */
  readonly groupName?: string;
}

export class ModelRegistration {
  /** Creates a model package group for this pipeline. */
  public static newGroup(options: NewGroupOptions = {}): ModelRegistration {
    return new ModelRegistration(true, true, options.groupName, options);
  }

  /** Registers into a model package group of this account and Region that exists. */
  public static existingGroup(groupName: string, options: ModelRegistrationOptions = {}): ModelRegistration {
    return new ModelRegistration(true, false, groupName, options);
  }

  /** Registers nothing: runs end with an artifact in S3. */
  public static none(): ModelRegistration {
    return new ModelRegistration(false, false, undefined, {});
  }

  /** Whether models are registered at all. */
  public readonly enabled: boolean;
  /** Whether the group is created with the pipeline. */
  public readonly createsGroup: boolean;
  /** As it was given. */
  public readonly groupName?: string;
  /** As they were given. */
  public readonly options: ModelRegistrationOptions;

  private constructor(
    enabled: boolean,
    createsGroup: boolean,
    groupName: string | undefined,
    options: ModelRegistrationOptions,
  ) {
    this.enabled = enabled;
    this.createsGroup = createsGroup;
    if (groupName !== undefined) this.groupName = groupName;
    this.options = options;
  }
}
