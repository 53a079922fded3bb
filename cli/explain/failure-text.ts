// One line of text, as people paste it: a FailureReason, "ExceptionName: message", or what boto3 prints. Which of them it
// is decides which rules read it.
import type { TaskFailure } from '../../domain/classify.ts';

export type FailureText =
  /** What a job that ended Failed gives as its FailureReason. */
  { readonly kind: 'reason'; readonly reason: string } | { readonly kind: 'call'; readonly task: TaskFailure };

/** "An error occurred (ThrottlingException) when calling the CreateTrainingJob operation (reached max retries: 4): Rate exceeded" */
const BOTO =
  /^(?:botocore\.exceptions\.\w+: )?An error occurred \(([\w.]+)\) when calling the \w+ operation(?: \([^)]*\))?: ([\s\S]*)$/;
const NAMED = /^([A-Za-z][\w.]*)(?:: ?([\s\S]*))?$/;
/** SageMaker's own words at the start of a FailureReason; everything else before a colon is taken for an error's name. */
const REASON_WORDS = new Set([
  'algorithmerror',
  'clienterror',
  'internalservererror',
  'capacityerror',
  'insufficientinstancecapacity',
]);
const CALL_NAME =
  /(?:Exception|Error|Exceeded|InUse|Denied|NotFound|Failure|Unavailable)$|^(?:States|SageMaker|Sagemaker|Lambda|EventBridge)\./;

export function readFailureText(text: string): FailureText {
  const trimmed = text.trim();
  const boto = BOTO.exec(trimmed);
  if (boto !== null) return call(boto[1] ?? '', boto[2] ?? '');
  const named = NAMED.exec(trimmed);
  const [, name = '', message = ''] = named ?? [];
  if (named === null || REASON_WORDS.has(name.toLowerCase()) || !CALL_NAME.test(name))
    return { kind: 'reason', reason: trimmed };
  return call(name, message);
}

/** A name alone, such as States.Timeout, has no cause. */
function call(error: string, message: string): FailureText {
  return { kind: 'call', task: { error, ...(message === '' ? {} : { cause: message }) } };
}
