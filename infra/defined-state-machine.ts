// Deploys a rendered definition, the same object that the simulator runs: nothing about the flow is written here.
import { Role, ServicePrincipal, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { placeholders, type Definition } from '../statemachines/render.ts';
import { functionPlaceholder, type FunctionContext, type PipelineFunctions } from './functions/function-plan.ts';
import { allow } from './permissions.ts';

export interface DefinedStateMachineProps {
  readonly name: string;
  readonly comment: string;
  readonly definition: Definition;
  readonly functions: PipelineFunctions;
  readonly statements: readonly PolicyStatement[];
  /** Placeholders that are neither functions nor the bus. @default none */
  readonly values?: Readonly<Record<string, string>>;
  /** Keys of the buckets that the machine itself reads and writes. @default none */
  readonly keys?: readonly IKey[];
}

export function createStateMachine(
  { scope, eventBus, logRetention }: FunctionContext,
  id: string,
  { name, comment, definition, functions, statements, values, keys = [] }: DefinedStateMachineProps,
): StateMachine {
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
    description: comment,
  });
  for (const statement of statements) role.addToPolicy(statement);
  for (const key of keys) key.grantEncryptDecrypt(role);
  role.addToPolicy(
    allow(
      ['lambda:InvokeFunction'],
      Object.values(functions).map(({ functionArn }) => functionArn),
    ),
  );
  return new StateMachine(scope, id, {
    stateMachineName: name,
    comment,
    // Not JSON.stringify: bucket, role and subnets may be tokens in it, whose values must come out quoted.
    definitionBody: DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    definitionSubstitutions: substitutions(definition, functions, {
      EventBusName: eventBus.eventBusName,
      ...values,
    }),
    role,
    tracingEnabled: true,
    logs: {
      // Under this prefix the account's log resource policy does not grow with each machine.
      // https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
      destination: new LogGroup(scope, `${id}Logs`, {
        logGroupName: `/aws/vendedlogs/states/${name}`,
        retention: logRetention,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      level: LogLevel.ALL,
      // Hyperparameters and locations stay in the execution's own history.
      includeExecutionData: false,
    },
  });
}

function substitutions(
  definition: Definition,
  functions: PipelineFunctions,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const known: Record<string, string> = { ...values };
  for (const [name, { functionArn }] of Object.entries(functions)) known[functionPlaceholder(name)] = functionArn;
  return Object.fromEntries(placeholders(definition).map((name) => [name, known[name] ?? missing(name, known)]));
}

function missing(name: string, known: Readonly<Record<string, string>>): never {
  throw new Error(
    `the definition names \${${name}}, which is not deployed; there are ${Object.keys(known).join(', ')}`,
  );
}
