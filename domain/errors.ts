// Every error name that a state machine's Catch, Retry or Fail may carry, in one place, so that a test can hold the
// definitions against it. Step Functions matches names exactly.

export const ERROR_NAMES = {
  /** The job branch raises it when its job has ended, so that the watch beside it is aborted. */
  jobEnded: 'Spotrelay.JobEnded',
  runRejected: 'Spotrelay.RunRejected',
  runFailed: 'Spotrelay.RunFailed',
  runExhausted: 'Spotrelay.RunExhausted',
  runCancelled: 'Spotrelay.RunCancelled',
  extensionRefused: 'Spotrelay.ExtensionRefused',
  sweepRejected: 'Spotrelay.SweepRejected',
  sweepFailed: 'Spotrelay.SweepFailed',
  sweepExhausted: 'Spotrelay.SweepExhausted',
  registrationRefused: 'Spotrelay.RegistrationRefused',
} as const;

/** The ends that the state machine announces itself before it fails with them. */
export const ANNOUNCED_ERROR_NAMES: readonly string[] = [
  ERROR_NAMES.runRejected,
  ERROR_NAMES.runFailed,
  ERROR_NAMES.runExhausted,
  ERROR_NAMES.runCancelled,
  ERROR_NAMES.sweepRejected,
  ERROR_NAMES.sweepFailed,
  ERROR_NAMES.sweepExhausted,
];

/** A caller handed us something wrong: which field, what it was, what is allowed. */
export interface Problem {
  readonly field: string;
  readonly value: string;
  readonly message: string;
}

export type Report = (field: string, value: unknown, message: string) => void;

export const formatProblem = ({ field, value, message }: Problem): string => `${field}: ${message}, got ${value}`;

const SHOWN_LENGTH_MAX = 120;

/** Values are shown in messages, never in full length. */
export function showValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : writtenOut(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX - 3)}...` : text;
}

function writtenOut(value: unknown): string {
  const short = typeof value === 'string' ? value.slice(0, SHOWN_LENGTH_MAX) : value;
  try {
    return JSON.stringify(short) ?? typeof value;
  } catch {
    // A parser reads what is nested too deeply to be written out again.
    return Array.isArray(value) ? '[[[[...' : `${typeof value}, too deep to be shown`;
  }
}

/** For names that come from outside, where they stand in a sentence. */
export const shortName = (name: string): string =>
  name.length > SHOWN_LENGTH_MAX ? `${name.slice(0, SHOWN_LENGTH_MAX - 3)}...` : name;

/** What must be impossible happened; nothing catches it. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** A run is to end on a receipt that lacks an attempt: its execution was set going again since it was read, and it goes on. */
export class AttemptNotOnReceipt extends Error {
  override readonly name = 'AttemptNotOnReceipt';

  constructor(runId: string, number: number) {
    super(`run ${runId} has an attempt ${number} that its receipt does not have, so it cannot end with it`);
  }
}

export function assertNever(value: never): never {
  throw new InvariantViolation(`unexpected value ${showValue(value)}`);
}
