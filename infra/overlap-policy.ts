/** What a trigger does while another run of the pipeline is going on. Runs that are started by hand start at once, always. */
export class OverlapPolicy {
  /** Starts its run beside the other; each has checkpoints of its own. */
  public static readonly ALLOW = new OverlapPolicy('allow');
  /** Starts none, and says so: an event `Training Run Skipped`, a metric `RunsSkipped`, a line in the log. */
  public static readonly SKIP = new OverlapPolicy('skip');
  /** Starts its run when the other has ended, in the order in which the triggers came. */
  public static readonly QUEUE = new OverlapPolicy('queue');

  /** `allow`, `skip` or `queue`. */
  public readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }
}
