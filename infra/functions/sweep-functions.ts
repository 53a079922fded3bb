// The functions that take part in a sweep.
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { announce, describeJobs, describeRuns, readObjects, useLedger, writeSweepFiles } from '../permissions.ts';
import {
  createFunctions,
  LEDGER_TIMEOUT,
  LISTING_TIMEOUT,
  type FunctionContext,
  type PipelineFunctions,
} from './function-plan.ts';
import { closeSweeps, machineEnvironment } from './shared-needs.ts';

/** `deadLetters` of close-sweep, the only one of them that events invoke as well. */
export function createSweepFunctions(context: FunctionContext, deadLetters: Queue): PipelineFunctions {
  return createFunctions(context, {
    'accept-sweep': {
      description: 'checks the request of a sweep and writes its trials',
      timeout: LISTING_TIMEOUT,
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), writeSweepFiles(context)],
    },
    'admit-trial': {
      description: 'decides whether a trial may start now',
      timeout: LEDGER_TIMEOUT,
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), describeJobs(context)],
    },
    'settle-trial': {
      description: 'finds out how a trial ended',
      timeout: LEDGER_TIMEOUT,
      environment: machineEnvironment(context),
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), describeRuns(context)],
    },
    'select-best': {
      description: 'reads the results of a round and writes the trials of the next one',
      timeout: LISTING_TIMEOUT,
      statements: [useLedger(context, ['GetItem', 'Query']), ...readObjects(context), writeSweepFiles(context)],
    },
    'close-sweep': {
      description: 'writes the end of a sweep, also of one whose execution broke',
      timeout: LISTING_TIMEOUT,
      environment: { EVENT_BUS_NAME: context.eventBus.eventBusName, ...machineEnvironment(context) },
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), ...closeSweeps(context), announce(context)],
      deadLetters,
    },
  });
}
