// What a function of a pipeline is planned with, and made of.
import type { IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { HandlerFunction } from '../handler-function.ts';
import type { PermissionScope } from '../permissions.ts';

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

/** By folder name. */
export type PipelineFunctions = Readonly<Record<string, LambdaFunction>>;

export interface FunctionPlan {
  readonly description: string;
  readonly timeout: Duration;
  /** Beside the name of the ledger's table, which all are told. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
  readonly deadLetters?: Queue;
}

/** A function reads and writes a few small items. */
export const LEDGER_TIMEOUT = Duration.seconds(30);
/** It also lists checkpoints, up to 20 pages of them. */
export const LISTING_TIMEOUT = Duration.seconds(60);

export const createFunctions = (
  context: FunctionContext,
  plans: Readonly<Record<string, FunctionPlan>>,
): PipelineFunctions =>
  Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, createFunction(context, name, plan)]));

export function createFunction(context: FunctionContext, name: string, plan: FunctionPlan): LambdaFunction {
  const { scope, pipelineName, ledger, encryptionKeys: keys, logRetention } = context;
  const environment = { LEDGER_TABLE_NAME: ledger.tableName, ...plan.environment };
  return new HandlerFunction(scope, pascalCase(name), { ...plan, name, pipelineName, keys, logRetention, environment })
    .function;
}

/** `accept-run` is `AcceptRun` in construct ids and `AcceptRunFunctionArn` in the definitions. */
const pascalCase = (name: string): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

export const functionPlaceholder = (name: string): string => `${pascalCase(name)}FunctionArn`;
