// What each action is for, and what people need: the sentences of docs/iam.md that no template holds.

const LEDGER = 'the ledger';
const FOLLOW_RULE = 'the rule by which Step Functions hears of the end of what it waits for';
const NETWORK = 'network interfaces in the VPC';
const IMAGE = 'the training image';
const MACHINE_LOGS = 'logs of the state machine';
const JOB_LOGS = "the job's own log";

export const PURPOSES: Readonly<Record<string, string>> = {
  'cloudwatch:PutMetricData': "the job's own metrics",
  'dynamodb:GetItem': LEDGER,
  'dynamodb:Query': LEDGER,
  'dynamodb:PutItem': LEDGER,
  'dynamodb:ConditionCheckItem': LEDGER,
  'dynamodb:UpdateItem': LEDGER,
  'dynamodb:DeleteItem': LEDGER,
  'ec2:CreateNetworkInterface': NETWORK,
  'ec2:CreateNetworkInterfacePermission': NETWORK,
  'ec2:DeleteNetworkInterface': NETWORK,
  'ec2:DeleteNetworkInterfacePermission': NETWORK,
  'ec2:DescribeDhcpOptions': NETWORK,
  'ec2:DescribeNetworkInterfaces': NETWORK,
  'ec2:DescribeSecurityGroups': NETWORK,
  'ec2:DescribeSubnets': NETWORK,
  'ec2:DescribeVpcs': NETWORK,
  'ecr:BatchCheckLayerAvailability': IMAGE,
  'ecr:BatchGetImage': IMAGE,
  'ecr:GetAuthorizationToken': IMAGE,
  'ecr:GetDownloadUrlForLayer': IMAGE,
  'events:DescribeRule': FOLLOW_RULE,
  'events:PutEvents': 'announcing what happened',
  'events:PutRule': FOLLOW_RULE,
  'events:PutTargets': FOLLOW_RULE,
  'iam:PassRole': 'giving a job its role, the one role and to SageMaker only',
  'lambda:InvokeFunction': 'calling its functions',
  'logs:CreateLogDelivery': MACHINE_LOGS,
  'logs:DeleteLogDelivery': MACHINE_LOGS,
  'logs:DescribeLogGroups': MACHINE_LOGS,
  'logs:DescribeResourcePolicies': MACHINE_LOGS,
  'logs:GetLogDelivery': MACHINE_LOGS,
  'logs:ListLogDeliveries': MACHINE_LOGS,
  'logs:PutResourcePolicy': MACHINE_LOGS,
  'logs:UpdateLogDelivery': MACHINE_LOGS,
  'logs:CreateLogGroup': JOB_LOGS,
  'logs:DescribeLogStreams': JOB_LOGS,
  'logs:CreateLogStream': 'its log',
  'logs:PutLogEvents': 'its log',
  's3:AbortMultipartUpload': 'large uploads that fail',
  's3:DeleteObject': 'checkpoints that the script removes',
  's3:GetBucketLocation': 'finding the bucket',
  's3:GetObject': 'data, checkpoints, progress, results, each below its own prefix',
  's3:ListBucket': 'finding them, and telling what is absent from what is forbidden',
  's3:ListMultipartUploadParts': 'results of a sweep, which the map writes',
  's3:PutObject': 'models, checkpoints, receipts and the files of sweeps, each below its own prefix',
  'sagemaker:AddTags': 'tags of the job: pipeline, run, attempt',
  'sagemaker:CreateModelPackage': 'registering the model',
  'sagemaker:CreateTrainingJob': 'starting a job, or a canary',
  'sagemaker:DescribeModelPackage': 'finding a version that is there already',
  'sagemaker:DescribeTrainingJob': 'seeing what became of a job',
  'sagemaker:ListModelPackages': 'finding a version that is there already',
  'sagemaker:ListTags': 'what Step Functions reads of a job that it waits for',
  'sagemaker:ListTrainingJobs': 'finding jobs that train for nobody',
  'sagemaker:StopTrainingJob': 'stopping a job that starves, is too slow or trains for nobody',
  'sqs:SendMessage': 'keeping an event that could not be handled',
  'states:DescribeExecution': 'whether a run, a sweep or a batch goes on',
  'states:RedriveExecution': 'the map of a sweep, as Step Functions wants it for a Distributed Map',
  'states:SendTaskSuccess': 'waking the watch beside a job',
  'states:StartExecution': 'starting runs, trials, batches or a registration',
  'states:StopExecution': 'stopping trials with their sweep',
};

export interface OperatorNeed {
  readonly to: string;
  readonly actions: readonly string[];
  readonly on: string;
}

export const OPERATOR_NEEDS: readonly OperatorNeed[] = [
  { to: 'start runs', actions: ['states:StartExecution'], on: '`stateMachine:<pipeline>-training-run`' },
  { to: 'start sweeps', actions: ['states:StartExecution'], on: '`stateMachine:<pipeline>-sweep`' },
  {
    to: 'cancel (`spotrelay cancel`)',
    actions: ['states:StopExecution', 'sagemaker:StopTrainingJob'],
    on: '`execution:<pipeline>-training-run:*`, `training-job/<pipeline>--*`',
  },
  {
    to: 'look (`ls`, `describe`, `watch`, `receipt`)',
    actions: [
      'states:ListStateMachines',
      'states:DescribeStateMachine',
      'states:ListExecutions',
      'states:DescribeExecution',
      'states:DescribeStateMachineForExecution',
      'states:GetExecutionHistory',
      'sagemaker:DescribeTrainingJob',
      's3:GetObject',
    ],
    on: 'the machines and executions of the pipeline, `training-job/<pipeline>--*`, `<bucket>/<pipeline>/models/*`; the list of machines takes no resource',
  },
  {
    to: 'look into the ledger (`sweep watch`, `sweep leaderboard`)',
    actions: ['dynamodb:Query', 'dynamodb:GetItem'],
    on: 'the ledger, and its key where there is one',
  },
  {
    to: 'check (`doctor`)',
    actions: [
      's3:ListBucket',
      's3:GetBucketNotification',
      'sagemaker:DescribeModelPackageGroup',
      'servicequotas:ListServiceQuotas',
    ],
    on: 'the buckets of data and artifacts, the model package group; quotas take no resource',
  },
  {
    to: 'mend ([dead letters](operations.md#dead-letters), [registration](operations.md#a-registration-that-failed))',
    actions: [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'lambda:InvokeFunction',
      'states:StartExecution',
      'states:RedriveExecution',
    ],
    on: "the pipeline's queues and functions, `<pipeline>-model-registration`, `<pipeline>-upload-batch`",
  },
];
