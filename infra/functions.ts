// The functions of a pipeline: what each is for, what it is told and what it may do.
import type { IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { HandlerFunction } from './handler-function.ts';
import { stateMachineArn, trainingRunName, uploadBatchName } from './names.ts';
import {
  announce,
  createTrainingJobs,
  deleteCheckpoints,
  describeBatches,
  describeJobs,
  describeRuns,
  describeSweeps,
  findModelPackages,
  listJobs,
  readObjects,
  startBatches,
  startRuns,
  stopJobs,
  stopTrials,
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
  /** Which are removed after a while. */
  readonly savesCheckpoints: boolean;
  /** Whether triggered runs wait for each other. */
  readonly queues: boolean;
  /** Whether many uploads make one run. */
  readonly collectsUploads: boolean;
}

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

/** By folder name. */
export type PipelineFunctions = Readonly<Record<string, LambdaFunction>>;

interface FunctionPlan {
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
  readonly deadLetters?: Queue;
}

/** A function reads and writes a few small items. */
const LEDGER_TIMEOUT = Duration.seconds(30);
/** It also lists checkpoints, up to 20 pages of them. */
const LISTING_TIMEOUT = Duration.seconds(60);
/** It looks at every open run, one after the other. */
const RECONCILE_TIMEOUT = Duration.minutes(5);

/** `deadLetters` of close-run, the only one of them that events invoke as well. */
export function createRunFunctions(context: FunctionContext, deadLetters: Queue): PipelineFunctions {
  const { sendsCanaries, runsSweeps } = context;
  const ledger = { LEDGER_TABLE_NAME: context.ledger.tableName };
  return create(context, {
    'accept-run': {
      description: 'checks a request and opens the run',
      timeout: LISTING_TIMEOUT,
      environment: ledger,
      // A run that is turned away is an open one no longer; one that is resumed goes on from what is in S3.
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem', 'DeleteItem']), ...readObjects(context)],
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
      environment: runEnvironment(context),
      statements: [
        useLedger(context, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem']),
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

/** What it takes to close a sweep in place of its execution. */
const closeSweeps = (context: FunctionContext): readonly PolicyStatement[] => [
  writeSweepFiles(context),
  describeSweeps(context),
  stopTrials(context),
];

/** `deadLetters` of close-sweep, the only one of them that events invoke as well. */
export function createSweepFunctions(context: FunctionContext, deadLetters: Queue): PipelineFunctions {
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
        STATE_MACHINE_ARN: stateMachineArn(scope, trainingRunName(pipelineName)),
      },
      statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), ...closeSweeps(context), announce(context)],
      deadLetters,
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

export function createStartRunFunction(
  context: FunctionContext,
  triggers: RunTriggersText,
  deadLetters: Queue,
): LambdaFunction {
  const needs = triggerNeeds(context, triggers);
  return createOne({ ...context, ...(needs.length === 0 ? { encryptionKeys: [] } : {}) }, 'start-run', {
    description: 'starts a run for an upload or a schedule, once',
    timeout: LEDGER_TIMEOUT,
    environment: {
      ...runEnvironment(context),
      UPLOAD_BATCH_MACHINE_ARN: stateMachineArn(context.scope, uploadBatchName(context.pipelineName)),
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

/** What functions are told that look after whole runs. */
const runEnvironment = (context: FunctionContext): Readonly<Record<string, string>> => ({
  LEDGER_TABLE_NAME: context.ledger.tableName,
  PIPELINE_NAME: context.pipelineName,
  EVENT_BUS_NAME: context.eventBus.eventBusName,
  STATE_MACHINE_ARN: stateMachineArn(context.scope, trainingRunName(context.pipelineName)),
});

/** Whoever ends a run starts the next that waits. */
const startNext = (context: FunctionContext): readonly PolicyStatement[] =>
  context.queues ? [startRuns(context)] : [];

export function createWakeWatchFunction(context: FunctionContext): LambdaFunction {
  return createOne(context, 'wake-watch', {
    description: 'wakes the watch beside a job of which there is news',
    timeout: LEDGER_TIMEOUT,
    environment: { LEDGER_TABLE_NAME: context.ledger.tableName },
    statements: [useLedger(context, ['GetItem', 'PutItem']), wakeTasks(context)],
  });
}

export function createExtendRunFunction(context: FunctionContext): LambdaFunction {
  return createOne(context, 'extend-run', {
    description: 'gives a run that goes on more time or money',
    timeout: LEDGER_TIMEOUT,
    environment: { LEDGER_TABLE_NAME: context.ledger.tableName },
    statements: [useLedger(context, ['GetItem', 'Query', 'PutItem']), wakeTasks(context)],
  });
}

export const createReconcileFunction = (context: FunctionContext): LambdaFunction =>
  createOne(context, 'reconcile', {
    description: 'looks for what events that were lost have left undone',
    timeout: RECONCILE_TIMEOUT,
    environment: {
      ...runEnvironment(context),
      UPLOAD_BATCH_MACHINE_ARN: stateMachineArn(context.scope, uploadBatchName(context.pipelineName)),
    },
    statements: [
      useLedger(context, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem']),
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
