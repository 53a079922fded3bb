/** What becomes of a run whose deadline passes before its model is trained. */
export class OnDeadlineMissed {
  /** Train on, On-Demand and within the budget; the receipt says that it was late. */
  public static readonly FINISH = new OnDeadlineMissed('finish');
  /** Stop the job and end the run as EXHAUSTED; the checkpoint is kept. */
  public static readonly STOP = new OnDeadlineMissed('stop');

  /** The word a run request uses. */
  public readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }
}
