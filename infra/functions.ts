// The functions of a pipeline: what each is for, what it is told and what it may do.
import type { IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration } from 'aws-cdk-lib/core';
import { HandlerFunction } from './handler-function.ts';
import { stateMachineArn, sweepName, trainingRunName } from './names.ts';
import {
  announce,
  createTrainingJobs,
  describeJobs,
  describeRuns,
  describeSweeps,
  findModelPackages,
  readObjects,
  startRuns,
  stopJobs,
  useLedger,
  wakeTasks,
  writeReceipts,
  writeSweepFiles,
  type PermissionScope,
} from './permissions.ts';

export interface FunctionContext extends PermissionScope {
  readonly trainingRole: IRole;
  /** Runs return to spot, and send canaries to see whether it is up. */
  readonly sendsCanaries: boolean;
  /** Runs may be trials of sweeps, whose account they then keep. */
  readonly runsSweeps: boolean;
  readonly encryptionKeys: readonly IKey[];
  readonly logRetention: RetentionDays;
}

export interface UploadTriggerText {
  readonly channel: string;
  readonly prefix: string;
  readonly suffix: string;
}

/** By folder name. */
export type PipelineFunctions = Readonly<Record<string, LambdaFunction>>;

interface FunctionPlan {
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
}

/** A function reads and writes a few small items. */
const LEDGER_TIMEOUT = Duration.seconds(30);
/** It also lists checkpoints, up to 20 pages of them. */
const LISTING_TIMEOUT = Duration.seconds(60);

export function createRunFunctions(context: FunctionContext): PipelineFunctions {
  const { sendsCanaries, runsSweeps } = context;
  const ledger = { LEDGER_TABLE_NAME: context.ledger.tableName };
  return create(context, {
    'accept-run': {
      description: 'checks a request and opens the run',
      timeout: LEDGER_TIMEOUT,
      environment: ledger,
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem'])],
    },
    'plan-attempt': {
      description: 'decides what next, and why',
      timeout: LEDGER_TIMEOUT,
      environment: ledger,
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem'])],
    },
    'review-attempt': {
      description: 'looks at a job under way, and stops it where that is better',
      timeout: LISTING_TIMEOUT,
      environment: ledger,
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
      environment: ledger,
      statements: [useLedger(context, ['GetItem', 'PutItem']), wakeTasks(context)],
    },
    'inspect-attempt': {
      description: 'finds out how an attempt ended',
      timeout: LISTING_TIMEOUT,
      environment: ledger,
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
      environment: {
        ...ledger,
        EVENT_BUS_NAME: context.eventBus.eventBusName,
        STATE_MACHINE_ARN: stateMachineArn(context.scope, trainingRunName(context.pipelineName)),
      },
      statements: [
        useLedger(context, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem']),
        describeJobs(context),
        stopJobs(context),
        ...readObjects(context),
        writeReceipts(context),
        describeRuns(context),
        announce(context),
      ],
    },
  });
}

export function createSweepFunctions(context: FunctionContext): PipelineFunctions {
  const { scope, pipelineName } = context;
  const ledger = { LEDGER_TABLE_NAME: context.ledger.tableName };
  return create(context, {
    'accept-sweep': {
      description: 'checks the request of a sweep and writes its trials',
      timeout: LISTING_TIMEOUT,
      environment: ledger,
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), writeSweepFiles(context)],
    },
    'admit-trial': {
      description: 'decides whether a trial may start now',
      timeout: LEDGER_TIMEOUT,
      environment: ledger,
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), describeJobs(context)],
    },
    'settle-trial': {
      description: 'finds out how a trial ended',
      timeout: LEDGER_TIMEOUT,
      environment: { ...ledger, STATE_MACHINE_ARN: stateMachineArn(scope, trainingRunName(pipelineName)) },
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), describeRuns(context)],
    },
    'select-best': {
      description: 'reads the results of a round and writes the trials of the next one',
      timeout: LISTING_TIMEOUT,
      environment: ledger,
      statements: [useLedger(context, ['GetItem', 'Query']), ...readObjects(context), writeSweepFiles(context)],
    },
    'close-sweep': {
      description: 'writes the end of a sweep, also of one whose execution broke',
      timeout: LISTING_TIMEOUT,
      environment: {
        ...ledger,
        EVENT_BUS_NAME: context.eventBus.eventBusName,
        STATE_MACHINE_ARN: stateMachineArn(scope, sweepName(pipelineName)),
      },
      statements: [
        useLedger(context, ['GetItem', 'Query', 'PutItem']),
        writeSweepFiles(context),
        describeSweeps(context),
        announce(context),
      ],
    },
  });
}

export function createRegistrationFunctions(context: FunctionContext): PipelineFunctions {
  const ledger = { LEDGER_TABLE_NAME: context.ledger.tableName };
  return create(context, {
    'prepare-registration': {
      description: "holds a model's metrics against the quality gate",
      timeout: LISTING_TIMEOUT,
      environment: ledger,
      statements: [useLedger(context, ['GetItem', 'Query']), ...findModelPackages(context)],
    },
    'record-registration': {
      description: "writes down what became of a run's model",
      timeout: LEDGER_TIMEOUT,
      environment: ledger,
      statements: [useLedger(context, ['GetItem', 'PutItem'])],
    },
  });
}

export function createStartRunFunction(context: FunctionContext, upload: UploadTriggerText): LambdaFunction {
  const plan: FunctionPlan = {
    description: 'starts a run for an upload, once',
    timeout: LEDGER_TIMEOUT,
    environment: {
      STATE_MACHINE_ARN: stateMachineArn(context.scope, trainingRunName(context.pipelineName)),
      UPLOAD_TRIGGER: JSON.stringify(upload),
    },
    statements: [startRuns(context)],
  };
  return createOne({ ...context, encryptionKeys: [] }, 'start-run', plan);
}

export function createWakeWatchFunction(context: FunctionContext): LambdaFunction {
  return createOne(context, 'wake-watch', {
    description: 'wakes the watch beside a job of which there is news',
    timeout: LEDGER_TIMEOUT,
    environment: { LEDGER_TABLE_NAME: context.ledger.tableName },
    statements: [useLedger(context, ['GetItem', 'PutItem']), wakeTasks(context)],
  });
}

const create = (context: FunctionContext, plans: Readonly<Record<string, FunctionPlan>>): PipelineFunctions =>
  Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, createOne(context, name, plan)]));

function createOne(context: FunctionContext, name: string, plan: FunctionPlan): LambdaFunction {
  const { scope, pipelineName, encryptionKeys: keys, logRetention } = context;
  return new HandlerFunction(scope, pascalCase(name), { name, pipelineName, keys, logRetention, ...plan }).function;
}

/** `accept-run` is `AcceptRun` in construct ids and `AcceptRunFunctionArn` in the definitions. */
const pascalCase = (name: string): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

export const functionPlaceholder = (name: string): string => `${pascalCase(name)}FunctionArn`;
