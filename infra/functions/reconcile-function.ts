// The function that looks for what was left undone.
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import { CLEANING_SECONDS_MAX } from '../../domain/checkpoint-retention.ts';
import {
  announce,
  deleteCheckpoints,
  describeBatches,
  describeJobs,
  describeRuns,
  listJobs,
  readObjects,
  startBatches,
  stopJobs,
  useLedger,
  writeReceipts,
} from '../permissions.ts';
import { createFunction, type FunctionContext } from './function-plan.ts';
import { batchEnvironment, closeSweeps, runEnvironment, startNext } from './shared-needs.ts';

/** It looks at every open run, one after the other. What one holds of checkpoints that is killed then, another takes over. */
const RECONCILE_TIMEOUT = Duration.seconds(CLEANING_SECONDS_MAX);

export const createReconcileFunction = (context: FunctionContext): LambdaFunction =>
  createFunction(context, 'reconcile', {
    description: 'looks for what events that were lost have left undone',
    timeout: RECONCILE_TIMEOUT,
    environment: { ...runEnvironment(context), ...batchEnvironment(context) },
    statements: [
      useLedger(context, ['GetItem', 'Query', 'PutItem', 'ConditionCheckItem', 'UpdateItem', 'DeleteItem']),
      describeJobs(context),
      stopJobs(context),
      listJobs(),
      ...readObjects(context),
      writeReceipts(context),
      describeRuns(context),
      announce(context),
      ...(context.savesCheckpoints ? [deleteCheckpoints(context)] : []),
      ...startNext(context),
      ...(context.collectsUploads ? [startBatches(context), describeBatches(context)] : []),
      ...(context.runsSweeps ? closeSweeps(context) : []),
    ],
  });
