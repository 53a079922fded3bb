// What a script can tell from the exit code; documented in docs/cli.md.
export const EXIT = {
  ok: 0,
  /** The run ended FAILED, EXHAUSTED or CANCELLED. */
  runFailed: 1,
  /** A flag, a file or a run request is wrong; nothing was started. */
  badInput: 2,
  /** AWS refused, could not be reached, or does not know the run. */
  awsFailed: 3,
  /** The run completed, but interruptions lost work that checkpoints should have kept; or not all drills were passed. */
  resumeFailed: 4,
  /** The run goes on: there is no receipt yet. */
  notEnded: 5,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** Wrong use: the message names the field or file, the value and the way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
