// One attempt at a task: the call as the integration sees it, its two timers and its events. The attempt is over with
// the first answer, and a timeout beats an answer given at the very same instant: whoever answers at the deadline is late.

import { assertNever } from '../../domain/errors.ts';
import type { Timer } from '../clock/virtual-clock.ts';
import type { TaskState } from './definition.ts';
import { type Failure, heartbeatTimeoutError, StateFailure, timeoutError } from './errors.ts';
import { type EventDetails, failureDetails, type HistoryEventType, inputDetails, outputDetails } from './history.ts';
import type { TaskCall, TaskFailure } from './integration.ts';
import { type Json, plainJson } from './json.ts';
import { optional } from './optional.ts';
import type { StateVisit } from './state-visit.ts';
import type { Step } from './step.ts';

export interface TaskAttemptOptions {
  readonly state: TaskState;
  readonly visit: StateVisit;
  readonly arguments: Json;
  readonly timeoutSeconds: number | undefined;
  readonly heartbeatSeconds: number | undefined;
}

export class TaskAttempt {
  readonly call: TaskCall;
  readonly #options: TaskAttemptOptions;
  readonly #state: TaskState;
  readonly #visit: StateVisit;
  readonly #abortCallbacks: (() => void)[] = [];
  #answer: 'none' | 'given' | 'not started' | 'timed out' = 'none';
  #closed = false;
  #deadline = Infinity;
  #heartbeatDeadline = Infinity;
  #timeout: Timer | undefined;
  #heartbeat: Timer | undefined;

  constructor(options: TaskAttemptOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#visit = options.visit;
    const { host, taskToken } = options.visit;
    const call: TaskCall = {
      resource: this.#state.resource.key,
      // A copy, because an integration may change what it is given.
      arguments: plainJson(options.arguments),
      state: this.#state.name,
      execution: { arn: host.arn, name: host.name },
      submitted: (output) => this.#submitted(output),
      succeed: (output) => {
        const copy = plainJson(output);
        this.#settle(() => this.#succeed(copy));
      },
      fail: (failure) => this.#settle(() => this.#fail(failure), isBeforeStart(failure)),
      heartbeat: () => this.#beat(),
      onAbort: (callback) => this.#abortCallbacks.push(callback),
    };
    this.call = taskToken === undefined ? call : { ...call, taskToken };
    this.#visit.onClose(() => this.#close());
    this.#startTimers();
  }

  recordScheduled(roleArn: string | undefined): void {
    const { timeoutSeconds, heartbeatSeconds } = this.#options;
    const { kind, resource, resourceType } = this.#state.resource;
    const shared = () => ({
      ...optional('timeoutInSeconds', timeoutSeconds),
      ...optional('taskCredentials', roleArn === undefined ? undefined : { roleArn }),
    });
    if (kind === 'LambdaFunction') {
      this.#visit.record('LambdaFunctionScheduled', () => ({
        lambdaFunctionScheduledEventDetails: { resource, ...inputDetails(this.#options.arguments), ...shared() },
      }));
      return;
    }
    this.#visit.record('TaskScheduled', () => {
      const [, , , region = ''] = this.#visit.host.stateMachineArn.split(':');
      const parameters = JSON.stringify(this.#options.arguments);
      const heartbeat = optional('heartbeatInSeconds', heartbeatSeconds);
      return { taskScheduledEventDetails: { resourceType, resource, region, parameters, ...shared(), ...heartbeat } };
    });
  }

  /** Comes after the call itself, which may have found out that the task cannot start at all. */
  recordStarted(): void {
    if (this.#closed || this.#answer === 'not started') return;
    const lambda = this.#state.resource.kind === 'LambdaFunction';
    if (lambda) this.#visit.record('LambdaFunctionStarted');
    else this.#visit.record('TaskStarted', () => ({ taskStartedEventDetails: this.#taskDetails() }));
  }

  #startTimers(): void {
    const { timeoutSeconds, heartbeatSeconds } = this.#options;
    const { host } = this.#visit;
    if (timeoutSeconds !== undefined) {
      this.#deadline = host.now() + timeoutSeconds;
      this.#timeout = host.after(timeoutSeconds, () => this.#timeOut({ error: timeoutError }));
    }
    if (heartbeatSeconds !== undefined) this.#startHeartbeat(heartbeatSeconds);
  }

  #startHeartbeat(seconds: number): void {
    const { host } = this.#visit;
    this.#heartbeat?.cancel();
    this.#heartbeatDeadline = host.now() + seconds;
    const failure = { error: timeoutError, alsoNamed: heartbeatTimeoutError };
    this.#heartbeat = host.after(seconds, () => this.#timeOut(failure));
  }

  #isLate(): boolean {
    const now = this.#visit.host.now();
    return this.#answer !== 'none' || this.#closed || now >= this.#deadline || now >= this.#heartbeatDeadline;
  }

  #beat(): void {
    const { heartbeatSeconds } = this.#options;
    if (heartbeatSeconds !== undefined && !this.#isLate()) this.#startHeartbeat(heartbeatSeconds);
  }

  #submitted(output: Json | undefined): void {
    if (this.#isLate() || this.#state.resource.kind === 'LambdaFunction') return;
    const copy = output === undefined ? undefined : plainJson(output);
    this.#visit.host.soon(() => {
      if (this.#closed) return;
      this.#visit.record('TaskSubmitted', () => ({
        taskSubmittedEventDetails: { ...this.#taskDetails(), ...(copy === undefined ? {} : outputDetails(copy)) },
      }));
    });
  }

  #settle(run: () => Promise<Step>, beforeStart = false): void {
    if (this.#isLate()) return;
    this.#answer = beforeStart ? 'not started' : 'given';
    this.#cancelTimers();
    this.#visit.resume(run);
  }

  async #succeed(output: Json): Promise<Step> {
    this.#visit.checkSize(output);
    if (this.#state.resource.kind === 'LambdaFunction') {
      this.#visit.record('LambdaFunctionSucceeded', () => ({
        lambdaFunctionSucceededEventDetails: outputDetails(output),
      }));
    } else {
      this.#visit.record('TaskSucceeded', () => ({
        taskSucceededEventDetails: { ...this.#taskDetails(), ...outputDetails(output) },
      }));
    }
    return await this.#visit.leave(this.#state.exit, output, { result: output });
  }

  #fail(failure: TaskFailure): Promise<never> {
    const lambda = this.#state.resource.kind === 'LambdaFunction';
    const [type, details] = lambda ? lambdaFailed(failure) : taskFailed(failure, this.#taskDetails());
    this.#visit.record(type, () => details);
    return Promise.reject(new StateFailure({ error: failure.error, cause: failure.cause }));
  }

  #timeOut(failure: Failure): void {
    if (this.#answer !== 'none' || this.#closed) return;
    this.#answer = 'timed out';
    this.#visit.resume(() => {
      const details = failureDetails(failure);
      if (this.#state.resource.kind === 'LambdaFunction') {
        this.#visit.record('LambdaFunctionTimedOut', () => ({ lambdaFunctionTimedOutEventDetails: details }));
      } else {
        this.#visit.record('TaskTimedOut', () => ({
          taskTimedOutEventDetails: { ...this.#taskDetails(), ...details },
        }));
      }
      return Promise.reject(new StateFailure(failure));
    });
  }

  #close(): void {
    this.#closed = true;
    this.#cancelTimers();
    if (this.#answer !== 'none' && this.#answer !== 'timed out') return;
    for (const callback of this.#abortCallbacks) callback();
  }

  #cancelTimers(): void {
    this.#timeout?.cancel();
    this.#heartbeat?.cancel();
  }

  #taskDetails(): { readonly resourceType: string; readonly resource: string } {
    const { resourceType, resource } = this.#state.resource;
    return { resourceType, resource };
  }
}

function isBeforeStart({ stage }: TaskFailure): boolean {
  return stage === 'schedule' || stage === 'start';
}

function lambdaFailed(failure: TaskFailure): [HistoryEventType, EventDetails] {
  const details = failureDetails(failure);
  const { stage = 'run' } = failure;
  switch (stage) {
    case 'schedule':
      return ['LambdaFunctionScheduleFailed', { lambdaFunctionScheduleFailedEventDetails: details }];
    case 'start':
      return ['LambdaFunctionStartFailed', { lambdaFunctionStartFailedEventDetails: details }];
    case 'run':
    case 'submit':
      return ['LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: details }];
    default:
      return assertNever(stage);
  }
}

function taskFailed(
  failure: TaskFailure,
  task: { readonly resourceType: string; readonly resource: string },
): [HistoryEventType, EventDetails] {
  const details = { ...task, ...failureDetails(failure) };
  const { stage = 'run' } = failure;
  switch (stage) {
    case 'schedule':
    case 'start':
      return ['TaskStartFailed', { taskStartFailedEventDetails: details }];
    case 'submit':
      return ['TaskSubmitFailed', { taskSubmitFailedEventDetails: details }];
    case 'run':
      return ['TaskFailed', { taskFailedEventDetails: details }];
    default:
      return assertNever(stage);
  }
}
