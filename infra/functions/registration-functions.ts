// The functions that register models.
import { findModelPackages, useLedger } from '../permissions.ts';
import {
  createFunctions,
  LEDGER_TIMEOUT,
  LISTING_TIMEOUT,
  type FunctionContext,
  type PipelineFunctions,
} from './function-plan.ts';

export function createRegistrationFunctions(context: FunctionContext): PipelineFunctions {
  return createFunctions(context, {
    'prepare-registration': {
      description: "holds a model's metrics against the quality gate",
      timeout: LISTING_TIMEOUT,
      statements: [useLedger(context, ['GetItem', 'Query']), ...findModelPackages(context)],
    },
    'record-registration': {
      description: "writes down what became of a run's model",
      timeout: LEDGER_TIMEOUT,
      statements: [useLedger(context, ['GetItem', 'PutItem'])],
    },
  });
}
