// The error names of the service itself, how a failure travels through a machine, and how a bad definition is reported.

export const queryEvaluationError = 'States.QueryEvaluationError';
export const dataLimitExceeded = 'States.DataLimitExceeded';
export const noChoiceMatched = 'States.NoChoiceMatched';
export const runtimeError = 'States.Runtime';
export const timeoutError = 'States.Timeout';
export const heartbeatTimeoutError = 'States.HeartbeatTimeout';
export const itemReaderFailed = 'States.ItemReaderFailed';
export const resultWriterFailed = 'States.ResultWriterFailed';
export const exceedToleratedFailureThreshold = 'States.ExceedToleratedFailureThreshold';

/** What failed, as Retry and Catch see it. The service may report neither field. */
export interface Failure {
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** A further name that matches: an expired heartbeat is a States.Timeout that also answers to States.HeartbeatTimeout. */
  readonly alsoNamed?: string;
}

/**
 * Thrown while a state runs; `evaluation` marks those that the history shows as an EvaluationFailed event. How a machine
 * fails is data, and most worlds have many: a stack, which nobody reads, would take longer than what failed.
 */
export class StateFailure {
  readonly failure: Failure;
  readonly evaluation: { readonly location?: string } | undefined;

  constructor(failure: Failure, evaluation?: { readonly location?: string }) {
    this.failure = failure;
    this.evaluation = evaluation;
  }
}

/** For a message: what was thrown may be anything, and JSONata throws plain objects. */
export function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return String(message);
}

/** Ends the whole execution, past every Retry and Catch. */
export class ExecutionFailure extends Error {
  override readonly name = 'ExecutionFailure';
  readonly failure: Failure;

  constructor(cause: string) {
    super(cause);
    this.failure = { error: runtimeError, cause };
  }
}

/** What RedriveExecution refuses, in the service's words. */
export class ExecutionNotRedrivable extends Error {
  override readonly name = 'ExecutionNotRedrivable';
}

export interface DefinitionProblem {
  /** JSON pointer into the definition. */
  readonly location: string;
  readonly message: string;
}

export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly problems: readonly DefinitionProblem[];

  constructor(problems: readonly DefinitionProblem[]) {
    const lines = problems.map(({ location, message }) => `  ${location}: ${message}`);
    super(`the state machine definition cannot be interpreted:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
