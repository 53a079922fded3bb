// Task: evaluates what the call needs, hands the call to its integration and blocks. The answer, or the lack of one,
// continues the state.

import type { TaskState } from '../definition.ts';
import { ExecutionFailure } from '../errors.ts';
import { type Evaluation, evaluate, evaluateTo, evaluationFailure } from '../evaluation.ts';
import { isJsonObject, type Json } from '../json.ts';
import { randomBytes } from '../random.ts';
import type { StateVisit } from '../state-visit.ts';
import { blocked, type Step } from '../step.ts';
import { TaskAttempt } from '../task-attempt.ts';
import type { Template } from '../template.ts';

const taskTokenByteCount = 96;

export async function task(state: TaskState, visit: StateVisit): Promise<Step> {
  const { host } = visit;
  if (state.resource.waitsForTaskToken) {
    visit.taskToken = randomBytes(host.random.tokens, taskTokenByteCount).toString('base64');
  }
  const evaluation = visit.evaluation();
  const call = state.arguments === undefined ? visit.input : await evaluate(state.arguments, evaluation);
  visit.checkSize(call);
  const { timeoutSeconds, heartbeatSeconds } = isUnlimited(state) ? UNLIMITED : await limitsOf(state, evaluation);
  const credentials = state.credentials && (await evaluate(state.credentials, evaluation));
  if (!visit.isCurrent) return blocked;
  const integration = host.integrationFor(state.resource.key);
  if (integration === undefined) {
    const give = `pass integrations['${state.resource.key}'] or integrations['*']`;
    throw new ExecutionFailure(
      `state '${state.name}' calls ${state.resource.key}, which no integration serves: ${give}`,
    );
  }
  const attempt = new TaskAttempt({ state, visit, arguments: call, timeoutSeconds, heartbeatSeconds });
  attempt.recordScheduled(roleArnOf(credentials));
  await integration(attempt.call);
  attempt.recordStarted();
  return blocked;
}

const UNLIMITED = { timeoutSeconds: undefined, heartbeatSeconds: undefined };

const isUnlimited = ({ timeoutSeconds, heartbeatSeconds }: TaskState): boolean =>
  timeoutSeconds === undefined && heartbeatSeconds === undefined;

async function limitsOf(state: TaskState, evaluation: Evaluation) {
  const timeoutSeconds = await secondsOf('TimeoutSeconds', state.timeoutSeconds, evaluation);
  const heartbeatSeconds = await secondsOf('HeartbeatSeconds', state.heartbeatSeconds, evaluation);
  if (timeoutSeconds !== undefined && heartbeatSeconds !== undefined && heartbeatSeconds >= timeoutSeconds) {
    const message = `The HeartbeatSeconds field must be less than TimeoutSeconds (${timeoutSeconds}), but was: ${heartbeatSeconds}`;
    throw evaluationFailure(message, 'HeartbeatSeconds', evaluation);
  }
  return { timeoutSeconds, heartbeatSeconds };
}

async function secondsOf(field: string, template: Template | undefined, evaluation: Evaluation) {
  if (template === undefined) return undefined;
  const seconds = await evaluateTo('number', template, evaluation);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw evaluationFailure(`The ${field} field must be a positive integer, but was: ${seconds}`, field, evaluation);
}

function roleArnOf(credentials: Json | undefined): string | undefined {
  const roleArn = credentials !== undefined && isJsonObject(credentials) ? credentials['RoleArn'] : undefined;
  return typeof roleArn === 'string' ? roleArn : undefined;
}
