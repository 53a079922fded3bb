// The function that starts runs for uploads and schedules.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { announce, describeRuns, startBatches, startRuns, useLedger } from '../permissions.ts';
import { createFunction, LEDGER_TIMEOUT, type FunctionContext } from './function-plan.ts';
import { batchEnvironment, runEnvironment } from './shared-needs.ts';

export interface UploadTriggerText {
  readonly channel: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly quietSeconds?: number;
}

/** What start-run is told; the schema is in lambdas/env.ts. */
export interface RunTriggersText {
  readonly overlap: string;
  readonly upload?: UploadTriggerText | undefined;
}

export function createStartRunFunction(
  context: FunctionContext,
  triggers: RunTriggersText,
  deadLetters: Queue,
): LambdaFunction {
  const needs = triggerNeeds(context, triggers);
  return createFunction({ ...context, ...(needs.length === 0 ? { encryptionKeys: [] } : {}) }, 'start-run', {
    description: 'starts a run for an upload or a schedule, once',
    timeout: LEDGER_TIMEOUT,
    environment: {
      ...runEnvironment(context),
      ...batchEnvironment(context),
      RUN_TRIGGERS: JSON.stringify(triggers),
    },
    statements: [startRuns(context), ...needs],
    deadLetters,
  });
}

/** A trigger that starts a run for each event remembers nothing. */
function triggerNeeds(context: FunctionContext, { overlap, upload }: RunTriggersText): readonly PolicyStatement[] {
  const collects = upload?.quietSeconds !== undefined;
  const actions = [
    ...(overlap === 'allow' ? [] : ['GetItem', 'Query', 'PutItem']),
    ...(overlap === 'queue' ? ['DeleteItem'] : []),
    ...(collects ? ['GetItem', 'PutItem', 'DeleteItem'] : []),
  ];
  return [
    ...(actions.length === 0 ? [] : [useLedger(context, [...new Set(actions)])]),
    ...(overlap === 'allow' ? [] : [describeRuns(context)]),
    ...(overlap === 'skip' ? [announce(context)] : []),
    ...(collects ? [startBatches(context)] : []),
  ];
}
