// What a pipeline's own failures mean. The built-in rules know SageMaker's words; only the owner of a script knows that its
// exit code 75 says "start me again".

/** What a failed job is taken for, and with it how often it is repeated (docs/failure-classes.md). */
export class FailureClass {
  /** No capacity: the next rung gets its turn. */
  public static readonly CAPACITY = new FailureClass('Capacity');
  /** A hiccup: repeated up to three times in a run, after growing pauses. */
  public static readonly INTERNAL = new FailureClass('Internal');
  /** The script is at fault: not repeated. */
  public static readonly ALGORITHM = new FailureClass('Algorithm');
  /** The data are at fault: not repeated. */
  public static readonly DATA = new FailureClass('Data');
  /** The request is at fault: not repeated. */
  public static readonly CONFIG = new FailureClass('Config');
  /** A permission is missing: not repeated. */
  public static readonly ACCESS = new FailureClass('Access');
  /** Nobody knows: repeated once. */
  public static readonly UNKNOWN = new FailureClass('Unknown');

  /** The word that ledger, receipt and events use. */
  public readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }
}

/** Which jobs that ended Failed a rule is about, and what they are taken for. Needs `reasonPrefix`, `exitCode` or both. */
export interface FailureRule {
  /**
   * How the job's FailureReason begins; case and white space do not matter. What a script writes to
   * `/opt/ml/output/failure` stands behind `AlgorithmError: `.
   *
   * @default - any reason
   */
  readonly reasonPrefix?: string;

  /**
   * Exit code of the training container, or of the script that AWS's training toolkit runs in it; 1 to 255.
   *
   * @default - any exit code
   */
  readonly exitCode?: number;

  /** What such a failure is taken for. */
  readonly failureClass: FailureClass;

  /**
   * One sentence for the ledger, the receipt and `spotrelay explain`.
   *
   * @default - says which rule decided
   */
  readonly explanation?: string;
}
