// What a security review by cdk-nag (AwsSolutions) asks of a pipeline, answered where the question arises, so that a review
// of a stack that holds one is clean. An answer names its finding exactly; a new wildcard without a reason stays a finding.
import { CfnPolicy, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { listOf, textOf } from './template-text.ts';

const OWN_OBJECTS = "objects below the pipeline's own prefix, whose keys are made at run time";
const OWN_JOBS = "training jobs whose names begin with the pipeline's, made at run time";
const OWN_EXECUTIONS = "executions of the pipeline's own state machines, which are named at run time";
const OWN_PACKAGES = 'versions of the one model package group, which are numbered at run time';
const NO_RESOURCE = 'the action takes no resource (AWS service authorization reference)';
const NETWORK_INTERFACES = 'SageMaker makes network interfaces in the VPC; its guide grants it like this';
const LOG_DELIVERY = 'log delivery of a state machine takes no resource (Step Functions guide)';
const TRACES = 'AWS X-Ray takes no resource';
const KEY_FAMILY = 'the actions of one use of one key, as CDK grants them';
const VERSIONS = 'any version of the one function that the schedule invokes, as CDK grants it';

/** Why an action stands beside a wildcard, or has one in its name. */
const REASONS: Readonly<Record<string, string>> = {
  's3:GetObject': OWN_OBJECTS,
  's3:PutObject': OWN_OBJECTS,
  's3:DeleteObject': OWN_OBJECTS,
  's3:AbortMultipartUpload': OWN_OBJECTS,
  's3:ListMultipartUploadParts': OWN_OBJECTS,
  'sagemaker:CreateTrainingJob': OWN_JOBS,
  'sagemaker:DescribeTrainingJob': OWN_JOBS,
  'sagemaker:StopTrainingJob': OWN_JOBS,
  'sagemaker:AddTags': OWN_JOBS,
  'sagemaker:CreateModelPackage': OWN_PACKAGES,
  'sagemaker:DescribeModelPackage': OWN_PACKAGES,
  'sagemaker:ListTrainingJobs': NO_RESOURCE,
  'sagemaker:ListModelPackages': NO_RESOURCE,
  'sagemaker:ListTags': 'as the Step Functions guide grants it; it reads tags only',
  'states:DescribeExecution': OWN_EXECUTIONS,
  'states:StopExecution': OWN_EXECUTIONS,
  'states:RedriveExecution': OWN_EXECUTIONS,
  'lambda:InvokeFunction': VERSIONS,
  'logs:CreateLogGroup': 'the one log group that SageMaker gives all training jobs of an account',
  'logs:DescribeLogStreams': 'the one log group that SageMaker gives all training jobs of an account',
  'logs:CreateLogStream': OWN_JOBS,
  'logs:PutLogEvents': OWN_JOBS,
  'logs:CreateLogDelivery': LOG_DELIVERY,
  'logs:GetLogDelivery': LOG_DELIVERY,
  'logs:UpdateLogDelivery': LOG_DELIVERY,
  'logs:DeleteLogDelivery': LOG_DELIVERY,
  'logs:ListLogDeliveries': LOG_DELIVERY,
  'logs:PutResourcePolicy': LOG_DELIVERY,
  'logs:DescribeResourcePolicies': LOG_DELIVERY,
  'logs:DescribeLogGroups': LOG_DELIVERY,
  'xray:PutTraceSegments': TRACES,
  'xray:PutTelemetryRecords': TRACES,
  'xray:GetSamplingRules': TRACES,
  'xray:GetSamplingTargets': TRACES,
  'cloudwatch:PutMetricData': `${NO_RESOURCE}; a condition fixes the namespace`,
  'ecr:GetAuthorizationToken': NO_RESOURCE,
  'ec2:CreateNetworkInterface': NETWORK_INTERFACES,
  'ec2:CreateNetworkInterfacePermission': NETWORK_INTERFACES,
  'ec2:DeleteNetworkInterface': NETWORK_INTERFACES,
  'ec2:DeleteNetworkInterfacePermission': NETWORK_INTERFACES,
  'ec2:DescribeDhcpOptions': NETWORK_INTERFACES,
  'ec2:DescribeNetworkInterfaces': NETWORK_INTERFACES,
  'ec2:DescribeSecurityGroups': NETWORK_INTERFACES,
  'ec2:DescribeSubnets': NETWORK_INTERFACES,
  'ec2:DescribeVpcs': NETWORK_INTERFACES,
  'kms:GenerateDataKey*': KEY_FAMILY,
  'kms:ReEncrypt*': KEY_FAMILY,
};

/** For the policies below a construct, once they are complete. */
export function explainWildcards(scope: IConstruct): void {
  const stack = Stack.of(scope);
  for (const policy of scope.node.findAll()) {
    if (!(policy instanceof CfnPolicy)) continue;
    const { Statement = [] } = stack.resolve(policy.policyDocument) as {
      readonly Statement?: readonly StatementJson[];
    };
    explain(policy, Statement);
  }
}

/** For statements that are added to somebody else's role. */
export function explainStatements(role: IConstruct, statements: readonly PolicyStatement[]): void {
  explain(
    role,
    statements.map((statement) => Stack.of(role).resolve(statement.toStatementJson()) as StatementJson),
  );
}

/** The S3 access log of a bucket that is made for the pipeline. */
export const explainNoAccessLog = (bucket: IConstruct): void =>
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    "an access log needs a bucket, an owner and a retention of the account's choice: hand in `bucket` with serverAccessLogsBucket, or log its data events with CloudTrail",
  );

/** A queue of dead letters needs none of its own. */
export const explainDeadLetters = (queue: IConstruct): void =>
  acknowledge(queue, 'AwsSolutions-SQS3', 'it is the dead-letter queue of a rule, a schedule or a function');

interface StatementJson {
  readonly Action?: unknown;
  readonly Resource?: unknown;
}

function explain(construct: IConstruct, statements: readonly StatementJson[]): void {
  for (const { Action, Resource } of statements) {
    const actions = listOf(Action).map(String);
    for (const action of actions.filter(isWild)) acknowledgeWildcard(construct, `Action::${action}`, [action]);
    for (const resource of listOf(Resource).map(textOf).filter(isWild))
      acknowledgeWildcard(construct, `Resource::${resource}`, actions);
  }
}

function acknowledgeWildcard(construct: IConstruct, finding: string, actions: readonly string[]): void {
  if (actions.some((action) => REASONS[action] === undefined)) return;
  const reasons = [...new Set(actions.map((action) => REASONS[action]))];
  acknowledge(construct, `AwsSolutions-IAM5[${finding}]`, reasons.join('; '));
}

const acknowledge = (construct: IConstruct, id: string, reason: string): void =>
  Validations.of(construct).acknowledge({ id, reason });

const isWild = (text: string): boolean => text.includes('*');
