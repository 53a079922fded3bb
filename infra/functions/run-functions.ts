// The functions that take part in a run: its own, the one that gives it more, and the one that wakes its watch.
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  announce,
  createTrainingJobs,
  describeJobs,
  describeRuns,
  readObjects,
  stopJobs,
  useLedger,
  wakeTasks,
  writeReceipts,
} from '../permissions.ts';
import {
  createFunction,
  createFunctions,
  LEDGER_TIMEOUT,
  LISTING_TIMEOUT,
  type FunctionContext,
  type PipelineFunctions,
} from './function-plan.ts';
import { runEnvironment, startNext } from './shared-needs.ts';

/** `deadLetters` of close-run, the only one of them that events invoke as well. */
export function createRunFunctions(context: FunctionContext, deadLetters: Queue): PipelineFunctions {
  const { sendsCanaries, runsSweeps } = context;
  return createFunctions(context, {
    'accept-run': {
      description: 'checks a request and opens the run',
      timeout: LISTING_TIMEOUT,
      // A run that is turned away is an open one no longer; one that is resumed goes on from what is in S3.
      statements: [
        useLedger(context, ['GetItem', 'Query', 'PutItem', 'ConditionCheckItem', 'DeleteItem']),
        ...readObjects(context),
      ],
    },
    'plan-attempt': {
      description: 'decides what next, and why',
      timeout: LEDGER_TIMEOUT,
      // An attempt is written only while its run has no end, as an end only while its receipt has all attempts: a check of
      // another item takes a permission of its own,
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem', 'ConditionCheckItem'])],
    },
    'review-attempt': {
      description: 'looks at a job under way, and stops it where that is better',
      timeout: LISTING_TIMEOUT,
      statements: [
        useLedger(context, ['GetItem', 'Query', 'PutItem', ...(sendsCanaries ? ['UpdateItem'] : [])]),
        describeJobs(context),
        stopJobs(context),
        ...readObjects(context),
        ...(sendsCanaries ? createTrainingJobs(context.scope, context.pipelineName, context.trainingRole) : []),
      ],
    },
    'await-news': {
      description: 'lets the watch beside a job listen for news of it',
      timeout: LEDGER_TIMEOUT,
      statements: [useLedger(context, ['GetItem', 'PutItem']), wakeTasks(context)],
    },
    'inspect-attempt': {
      description: 'finds out how an attempt ended',
      timeout: LISTING_TIMEOUT,
      statements: [
        useLedger(context, ['GetItem', 'Query', 'UpdateItem', ...(runsSweeps ? ['PutItem'] : [])]),
        describeJobs(context),
        ...(sendsCanaries ? [stopJobs(context)] : []),
        ...readObjects(context),
      ],
    },
    'close-run': {
      description: 'writes the end of a run, also of one whose execution broke',
      timeout: LISTING_TIMEOUT,
      environment: runEnvironment(context),
      statements: [
        useLedger(context, ['GetItem', 'Query', 'PutItem', 'ConditionCheckItem', 'UpdateItem', 'DeleteItem']),
        describeJobs(context),
        stopJobs(context),
        ...readObjects(context),
        writeReceipts(context),
        describeRuns(context),
        announce(context),
        ...startNext(context),
      ],
      deadLetters,
    },
  });
}

export function createExtendRunFunction(context: FunctionContext): LambdaFunction {
  return createFunction(context, 'extend-run', {
    description: 'gives a run that goes on more time or money',
    timeout: LEDGER_TIMEOUT,
    statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), wakeTasks(context)],
  });
}

export function createWakeWatchFunction(context: FunctionContext): LambdaFunction {
  return createFunction(context, 'wake-watch', {
    description: 'wakes the watch beside a job of which there is news',
    timeout: LEDGER_TIMEOUT,
    statements: [useLedger(context, ['GetItem', 'PutItem']), wakeTasks(context)],
  });
}
