// One Lambda function from its prebuilt bundle, with its own role and its own log group.
import { Role, ServicePrincipal, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { RemovalPolicy, type Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../statemachines/package-root.ts';
import { allow } from './permissions.ts';

export interface HandlerFunctionProps {
  /** Folder of the bundle, such as `accept-run`. */
  readonly name: string;
  readonly pipelineName: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
  /** Keys of the ledger and the bucket, for functions that touch them. */
  readonly keys: readonly IKey[];
  readonly logRetention: RetentionDays;
  /** Keeps the events that an asynchronous invocation still fails on after its two repetitions. */
  readonly deadLetters?: Queue | undefined;
}

export class HandlerFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const { name, pipelineName, statements, keys } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Made here, because the role that Function makes may write into every log group of the account.
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Function ${name} of the Spotrelay pipeline ${pipelineName}`,
    });
    role.addToPolicy(allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]));
    for (const statement of statements) role.addToPolicy(statement);
    for (const key of keys) key.grantEncryptDecrypt(role);

    this.function = new LambdaFunction(this, 'Function', {
      description: `Spotrelay ${pipelineName}: ${props.description}`,
      code: Code.fromAsset(bundleFolder(name)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: props.timeout,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      ...(props.deadLetters === undefined ? {} : { deadLetterQueue: props.deadLetters }),
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: `${pipelineName}/${name}`,
        ...props.environment,
      },
    });
  }
}

function bundleFolder(name: string): string {
  const folder = join(packageRoot(import.meta.dirname), 'dist', 'lambdas', name);
  if (existsSync(join(folder, 'index.mjs'))) return folder;
  throw new Error(`the bundle of function ${name} is not at ${folder}: run "npm run build:lambdas" first`);
}
