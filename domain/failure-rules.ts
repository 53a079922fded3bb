// The rules by which a failed job is classified, as data with stable ids (docs/failure-classes.md is made from them). Text is
// compared at position 0 after normalisation and nowhere else: what a user's script writes becomes part of FailureReason,
// and must not be able to move a failure into another class.
import type { FailureClass } from './failure.ts';

export interface FailureRule {
  readonly id: string;
  readonly class: FailureClass;
  readonly explanation: string;
  readonly advice: string;
  /** Better advice where AWS's sentence, or the job, tells the names in `{braces}`; the first that can be filled wins. */
  readonly details?: readonly AdviceInDetail[];
}

export interface AdviceInDetail {
  /** On the text as it came. It never decides a class, so it may look further than position 0. */
  readonly pattern: RegExp;
  readonly advice: string;
}

export interface StatusRule extends FailureRule {
  /** What has to be seen, in words: statuses are judged in classify.ts. */
  readonly when: string;
}

const nothingToDo = 'nothing to do';
const goesToNextRung = 'nothing to do: the run moves along its capacity ladder';
const goesOn = 'nothing to do while the run has time left: the next attempt goes on from the checkpoint';

/** Jobs that did not end Failed, told by their statuses and by our own record of what we stopped. */
export const STATUS_RULES = {
  completedWithoutModel: {
    id: 'completed-without-model',
    class: 'Algorithm',
    when: 'Completed, and the model artifact is not in S3',
    explanation: 'the job says Completed, but there is no model artifact',
    advice:
      'let the script write its model to the model directory (SM_MODEL_DIR) and end with a non-zero code when it fails',
  },
  starving: {
    id: 'stopped-by-us-starving',
    class: 'Capacity',
    when: 'Stopped, and we had recorded that it starves',
    explanation: 'we stopped it because capacity did not come in time',
    advice: nothingToDo,
  },
  rotate: {
    id: 'stopped-by-us-rotate',
    class: 'Capacity',
    when: 'Stopped, and we had recorded that the next rung gets its turn',
    explanation: 'we stopped it to try the next rung while this one starves',
    advice: nothingToDo,
  },
  unsafe: {
    id: 'stopped-by-us-unsafe',
    class: 'Timeout',
    when: 'Stopped, and we had recorded that it is too slow',
    explanation: 'we stopped it because it was too slow for the deadline',
    advice: nothingToDo,
  },
  'no-progress': {
    id: 'stopped-by-us-no-progress',
    class: 'Timeout',
    when: 'Stopped, and we had recorded that it loses all it does at each interruption',
    explanation: 'we stopped it because it was interrupted again and again without having saved a checkpoint',
    advice:
      'let the script save to the checkpoint directory more often, and in time: what is not uploaded when capacity goes is lost',
  },
  'return-to-spot': {
    id: 'stopped-by-us-return-to-spot',
    class: 'Interruption',
    when: 'Stopped, and we had recorded that spot is back',
    explanation: 'we stopped it On-Demand to go on on spot, which had come back',
    advice: nothingToDo,
  },
  deadline: {
    id: 'stopped-by-us-deadline',
    class: 'Timeout',
    when: 'Stopped, and we had recorded that the deadline has passed',
    explanation: 'we stopped it at the deadline, as the request asks',
    advice: nothingToDo,
  },
  'run-closed': {
    id: 'stopped-by-us-run-closed',
    class: 'Cancelled',
    when: 'Stopped, and we had recorded that the run is over',
    explanation: 'we stopped it because the run had ended',
    advice: nothingToDo,
  },
  maxWaitNeverTrained: {
    id: 'stopped-max-wait-never-trained',
    class: 'Capacity',
    when: 'Stopped / MaxWaitTimeExceeded without Training among its transitions and without TrainingStartTime',
    explanation: 'spot capacity never came within the maximum wait',
    advice: goesToNextRung,
  },
  maxWaitInterrupted: {
    id: 'stopped-max-wait-interrupted',
    class: 'Interruption',
    when: 'Stopped / MaxWaitTimeExceeded with nothing trained since the last Interrupted',
    explanation: 'spot capacity was taken back, and training did not go on within the maximum wait',
    advice: 'nothing to do: the next attempt goes on from the checkpoint',
  },
  maxWaitTraining: {
    id: 'stopped-max-wait-training',
    class: 'Timeout',
    when: 'Stopped / MaxWaitTimeExceeded while it trained',
    explanation: 'the maximum wait ran out while the job was training',
    advice: goesOn,
  },
  maxRuntime: {
    id: 'stopped-max-runtime',
    class: 'Timeout',
    when: 'Stopped / MaxRuntimeExceeded',
    explanation: 'the job reached its maximum runtime',
    advice: 'raise maxRuntime or the budget; the checkpoint is kept',
  },
  pending: {
    id: 'stopped-pending',
    class: 'Capacity',
    when: 'Stopped, and the secondary status speaks of Pending',
    explanation: 'capacity did not come before the pending limit',
    advice: 'add rungs of other types',
  },
  byAPerson: {
    id: 'stopped-by-a-person',
    class: 'Cancelled',
    when: 'Stopped / Stopped, and we had recorded nothing',
    explanation: 'somebody stopped the training job; we did not',
    advice: 'start a new run when you want to go on; the checkpoint is kept',
  },
} as const satisfies Readonly<Record<string, StatusRule>>;

/** What is left when no rule knows a text; one more attempt, and a request to report it. */
export const UNKNOWN_RULES = {
  status: 'a TrainingJobStatus that is no end that we know',
  stopped: 'Stopped with a secondary status that no rule knows',
  reason: 'Failed with a FailureReason that no rule knows, or without one',
  task: 'no job, and an answer that no rule knows',
} as const;

export interface ReasonRule extends FailureRule {
  /** Lower case, no blank beside a colon; compared with the start of the normalised FailureReason. */
  readonly prefixes: readonly string[];
  /** The whole text, normalised: words too common to be told by how a text begins. */
  readonly words?: readonly string[];
  /** Of the container or the script; enough by themselves. */
  readonly exitCodes?: readonly number[];
}

/**
 * Statuses as consoles, logs and references write them out. No job that ended Failed gives them as its reason: they are for
 * a person who asks about a line of text, while a run is judged by the statuses themselves.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SecondaryStatusTransition.html
 */
export const STATUS_TEXT_RULES: readonly ReasonRule[] = [
  {
    id: 'text-waiting-for-capacity',
    class: 'Capacity',
    prefixes: ['training job waiting for capacity', 'insufficient capacity error from ec2', 'pending:'],
    words: ['pending'],
    explanation: 'the job waits for capacity',
    advice: goesToNextRung,
  },
  {
    id: 'text-hardware-repair',
    class: 'Internal',
    prefixes: ['launched instance was unhealthy', 'repairing training cluster due to hardware failure', 'restarting:'],
    words: ['restarting'],
    explanation: 'SageMaker replaces broken hardware',
    advice: 'nothing to do: the job starts again by itself, from its checkpoint',
  },
  {
    id: 'text-interrupted',
    class: 'Interruption',
    prefixes: [
      'interrupted:',
      'interrupted -',
      'the job stopped because the managed spot training instances were interrupted',
      'training job was interrupted',
      // EC2 and AWS Batch of a spot machine.
      ...['', 'your ', 'the ', 'ec2 '].flatMap((start) => [
        `${start}spot instance interrupt`,
        `${start}spot instance was interrupt`,
        `${start}spot instance terminat`,
        `${start}spot instance was terminat`,
      ]),
      'spotinterruption',
      'spot interruption',
      'server.spotinstance',
      'host ec2 (instance',
    ],
    words: ['interrupted'],
    explanation: 'spot capacity was taken back',
    advice: 'nothing to do: the next attempt goes on from the checkpoint',
  },
  {
    id: 'text-max-wait',
    class: 'Capacity',
    prefixes: [
      'maxwaittimeexceeded',
      'stopped/maxwaittimeexceeded',
      'maxpendingtimeexceeded',
      'the job stopped because it exceeded the maximum allowed wait time',
    ],
    explanation: 'the maximum wait ran out; the words do not tell whether the job had trained by then',
    advice:
      'ask about the reply of describe-training-job instead: its transitions tell whether it starved, was interrupted or was training',
  },
  {
    id: 'text-max-runtime',
    class: 'Timeout',
    prefixes: [
      'maxruntimeexceeded',
      'stopped/maxruntimeexceeded',
      'the job stopped because it exceeded the maximum allowed runtime',
      'training job exceeded the maximum',
      'training job exceeded maximum',
    ],
    explanation: 'the job reached its maximum runtime',
    advice: 'raise maxRuntime or the budget; the checkpoint is kept',
  },
  {
    id: 'text-stopped',
    class: 'Cancelled',
    prefixes: [
      'the training job has stopped',
      'training job stopped',
      'training job was stopped by',
      'stopped by ',
      'stopped:',
      'stopped -',
      'user initiated',
      'client.userinitiated',
      'execution aborted',
      'executionaborted',
      'cancelled by ',
      'canceled by ',
    ],
    words: ['stopped', 'stopped/stopped', 'aborted', 'cancelled', 'canceled'],
    explanation: 'somebody stopped the training job',
    advice: 'start a new run when you want to go on; the checkpoint is kept',
  },
];

/** SageMaker puts its own sentence before what S3 said, or leaves it out. */
const whileDownloading = (...texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => [
    `clienterror:data download failed:${text}`,
    `clienterror:data download failed:failed to download data. ${text}`,
  ]);

const whileUploading = (...texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => [
    `clienterror:artifact upload failed:${text}`,
    `clienterror:artifact upload failed:clienterror:${text}`,
  ]);

const PYTHON_ERRORS = [
  'assertionerror',
  'attributeerror',
  'eoferror',
  'filenotfounderror',
  'importerror',
  'indexerror',
  'keyerror',
  'memoryerror',
  'modulenotfounderror',
  'nameerror',
  'notimplementederror',
  'oserror',
  'permissionerror',
  'runtimeerror',
  'syntaxerror',
  'typeerror',
  'unicodedecodeerror',
  'valueerror',
  'zerodivisionerror',
];

export const QUOTA_EXPLANATION =
  'a quota of the account does not allow it, mostly the one for instances of this type with this purchase option';

export const QUOTA_ADVICE =
  'raise the quota in Service Quotas, service Amazon SageMaker: "<type> for spot training job usage" for spot, "<type> for training job usage" for On-Demand, "<type> for training warm pool usage" for a warm pool are three quotas';

const LIMIT = String.raw`^(?:[\w.]{1,80}: ?)?(?:the )?account-level service limit `;
const FIGURES = String.raw` is (?<limit>\d+) [\w ]{1,30}, with current utilization of (?<used>\d+) [\w ]{1,30} and a request delta of (?<delta>\d+)`;
const howToRaise =
  'in Service Quotas, service Amazon SageMaker: it is {limit}, {used} are in use, and this job needs {delta} more; a raised quota takes some 15 to 30 minutes to work';

const limitNamed = (name: string, figures = FIGURES): RegExp => new RegExp(`${LIMIT}'${name}'${figures}`, 'i');

const TYPE = String.raw`(?<type>ml\.[\w.-]{1,40})`;
const ANY_NAME = "(?<quota>[^']{1,200})";
const ZERO = String.raw` is (?<limit>0)(?!\d)`;

/** The limit's name, and mostly its figures; the oldest wording names the instance type alone. */
export const QUOTA_DETAILS: readonly AdviceInDetail[] = [
  {
    pattern: limitNamed(`${TYPE} for spot training job usage`),
    advice: `raise "{type} for spot training job usage" ${howToRaise}. On-Demand has a quota of its own, "{type} for training job usage", so a rung on-demand:{type} may run meanwhile`,
  },
  {
    pattern: limitNamed(`${TYPE} for training job usage`),
    advice: `raise "{type} for training job usage" ${howToRaise}. Spot has a quota of its own, "{type} for spot training job usage"`,
  },
  { pattern: limitNamed(ANY_NAME), advice: `raise "{quota}" ${howToRaise}` },
  {
    pattern: limitNamed(ANY_NAME, ZERO),
    advice:
      'raise "{quota}" in Service Quotas, service Amazon SageMaker: it is 0, so waiting alone never helps; a raised quota takes some 15 to 30 minutes to work. Spot and On-Demand have quotas of their own',
  },
  {
    pattern: limitNamed(ANY_NAME, String.raw` is (?<limit>\d+)`),
    advice:
      'raise "{quota}" in Service Quotas, service Amazon SageMaker: it is {limit}; a raised quota takes some 15 to 30 minutes to work. Spot and On-Demand have quotas of their own',
  },
  {
    pattern: new RegExp(`${LIMIT}${String.raw`for training-job\/(?<type>ml\.[\w.-]{1,40}) is (?<limit>\d+)`}`, 'i'),
    advice:
      'raise "{type} for training job usage" in Service Quotas, service Amazon SageMaker: it is {limit}; spot has a quota of its own, "{type} for spot training job usage"',
  },
];

/** A container that ran out of memory may go on, once, on a bigger instance of the ladder (rungs.ts). */
export const OUT_OF_MEMORY_RULE = 'reason-out-of-memory';

/** FailureReason of jobs that ended Failed; the first match wins, so the narrow ones come first. */
export const REASON_RULES: readonly ReasonRule[] = [
  {
    id: 'reason-capacity-error',
    class: 'Capacity',
    prefixes: [
      'capacityerror',
      'clienterror:capacityerror',
      'insufficientinstancecapacity',
      'insufficientcapacity',
      'insufficient capacity',
      'unable to provision requested ml compute capacity',
      'could not provision requested ml compute capacity',
      'we currently do not have sufficient',
      'there is no spot capacity available',
      'there is not enough capacity',
    ],
    explanation: 'SageMaker could not provision the requested instances',
    advice:
      'nothing to do: the run moves along its capacity ladder; add rungs of other instance types if it happens often',
  },
  {
    id: 'reason-internal-server-error',
    class: 'Internal',
    prefixes: [
      'internalservererror',
      'clienterror:internalservererror',
      'internalerror',
      'internalfailure',
      'internal server error',
      'internal error',
      'we encountered an internal error',
      'platform error',
      'servicefault',
      'service unavailable',
      'serviceunavailable',
    ],
    explanation: 'SageMaker reports an internal error',
    advice:
      'if it comes back at every start, look at the size of the checkpoint prefix: very large checkpoints (hundreds of GB) end this way, so let the script delete all but the last two',
  },
  {
    id: 'reason-throttled',
    class: 'Throttling',
    prefixes: [
      'rate exceeded',
      'clienterror:rate exceeded',
      'clienterror:throttling',
      ...whileDownloading('slowdown', 'please reduce your request rate', 'rate exceeded', 'throttling'),
      ...whileUploading('slowdown', 'please reduce your request rate', 'rate exceeded', 'throttling'),
    ],
    explanation: 'a service that the job needs was called too often, mostly S3 or KMS',
    advice:
      'nothing to do: the run starts again after a pause; if it comes back, spread the data over more prefixes, use larger files, or switch on the bucket key of an encrypted bucket',
  },
  {
    id: 'reason-quota',
    class: 'Quota',
    prefixes: ['resourcelimitexceeded', 'the account-level service limit', 'account-level service limit'],
    explanation: QUOTA_EXPLANATION,
    advice: QUOTA_ADVICE,
    details: QUOTA_DETAILS,
  },
  {
    id: OUT_OF_MEMORY_RULE,
    class: 'Algorithm',
    prefixes: [
      'algorithmerror:please use an instance type with more memory',
      'clienterror:please use an instance type with more memory',
      'clienterror:out of memory',
      'outofmemory',
      ...whileDownloading('out of memory'),
      ...whileUploading('out of memory'),
    ],
    exitCodes: [137],
    explanation:
      'the container ran out of memory: the machine had none left, or the container was killed (exit code 137)',
    advice:
      'use an instance type with more memory, or a smaller batch, fewer loader workers; a bigger rung in the ladder would be tried once by itself',
    details: [
      {
        pattern: /^/,
        advice:
          'use a bigger instance than {instanceType}, or a smaller batch, fewer loader workers; a bigger rung of its family in the ladder is tried once by itself',
      },
    ],
  },
  {
    id: 'reason-command-not-found',
    class: 'Algorithm',
    // tini starts the containers of SageMaker: "[FATAL tini (7)] exec train failed: Permission denied".
    prefixes: ['[fatal tini', 'exec train failed', 'exec /', 'exec format error'],
    exitCodes: [126, 127],
    explanation: 'the container could not run its command (exit code 126 or 127)',
    advice:
      'check that the entry point exists in the image, is executable and is built for the processor of the instance',
  },
  {
    id: 'reason-algorithm-error',
    class: 'Algorithm',
    prefixes: ['algorithmerror'],
    explanation: 'the training script failed',
    advice: 'read the job log from the end',
  },
  {
    id: 'reason-script-error',
    class: 'Algorithm',
    // Python's own names for errors: no service of AWS speaks like this.
    prefixes: [
      'traceback (most recent call last)',
      'framework error:',
      'executeuserscripterror',
      'torch.',
      'tensorflow.',
      'subprocess.calledprocesserror',
      ...PYTHON_ERRORS.map((name) => `${name}:`),
    ],
    words: PYTHON_ERRORS,
    explanation: 'this is what a training script says, not SageMaker: the script failed',
    advice: 'read the job log from the end',
  },
  {
    id: 'reason-access-denied',
    class: 'Access',
    prefixes: [
      ...whileDownloading(
        'access denied',
        'accessdenied',
        '403 forbidden',
        'forbidden',
        'kms',
        'the ciphertext refers',
      ),
      'clienterror:access denied',
      'clienterror:accessdenied',
      'clienterror:kms',
      'clienterror:not authorized to perform',
      'access denied',
      'accessdenied',
      // "User: arn:… is not authorized to perform: kms:Decrypt": only IAM begins a sentence like this.
      'clienterror:user:arn:aws',
      ...whileDownloading('user:arn:aws'),
      ...whileUploading('user:arn:aws'),
      ...whileUploading('access denied', 'accessdenied', 'error 7:accessdenied', '403 forbidden', 'kms'),
    ],
    explanation: 'the training role may not read or write what the job needs',
    advice: 'grant the training role access to the data, the output location, the key and the image',
    details: [
      {
        pattern:
          /\bis not authorized to perform: (?<action>[\w-]{1,40}:\w{1,60}) on resource: (?<resource>"?arn:\S{1,200}[^\s.,"])/i,
        advice:
          'the training role lacks {"Effect":"Allow","Action":"{action}","Resource":"{resource}"}; look at the policy of the bucket or key too when it belongs to another account',
      },
      {
        pattern: /artifact upload failed/i,
        advice:
          'let the training role write the output: s3:PutObject and s3:AbortMultipartUpload on the objects below it, and kms:GenerateDataKey and kms:Decrypt on the key where the bucket is encrypted with one',
      },
      {
        pattern: /data download failed/i,
        advice:
          'let the training role read the data: s3:GetObject on its objects, s3:ListBucket on its bucket, and kms:Decrypt on the key where the bucket is encrypted with one; look at the bucket policy too when it belongs to another account',
      },
    ],
  },
  {
    id: 'reason-role-not-assumable',
    class: 'Access',
    prefixes: [
      'clienterror:sagemaker was unable to assume the role',
      'clienterror:could not assume role',
      'clienterror:unable to assume role',
      'clienterror:sagemaker is unable to perform:sts:assumerole',
      'clienterror:traininghostagent initialization failed:invalidinputexception:sagemaker is unable to perform:sts:assumerole',
    ],
    explanation: 'SageMaker could not assume the training role while the job started',
    advice:
      'check the ARN of the training role, and that its trust policy has {"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}',
  },
  {
    id: 'reason-image-not-pulled',
    class: 'Access',
    prefixes: [
      'cannot pull algorithm container',
      'clienterror:cannot pull algorithm container',
      ...['', 'clienterror:'].flatMap((start) => [
        `${start}cannotpullcontainererror`,
        `${start}api error (404):manifest for`,
        `${start}api error (404):repository`,
        `${start}pull access denied`,
        `${start}error response from daemon:pull access denied`,
        `${start}failed to pull`,
        `${start}unable to pull`,
        `${start}requested image`,
      ]),
    ],
    explanation: 'the training image could not be pulled: it does not exist, or the training role may not read it',
    advice:
      'check name and tag of the image; the training role needs ecr:GetAuthorizationToken, and ecr:BatchCheckLayerAvailability, ecr:GetDownloadUrlForLayer and ecr:BatchGetImage on the repository, whose policy has to allow it when it belongs to another account',
  },
  {
    id: 'reason-disk-full',
    class: 'Config',
    prefixes: [
      'clienterror:insufficient disk space',
      ...whileDownloading('insufficient disk space', 'no space left on device'),
      ...whileUploading(
        'insufficient disk space',
        'no space left on device',
        'error 5:received a failed archive status',
      ),
    ],
    explanation: 'the volume of the instance is too small for the data or for what the script wrote',
    advice:
      'raise volumeSize; on types with local NVMe storage, which have no other volume, take a bigger instance; or read the data as FastFile',
  },
  {
    id: 'reason-file-system',
    class: 'Config',
    prefixes: ['clienterror:', 'clienterror:data download failed:'].flatMap((start) => [
      `${start}unable to mount`,
      `${start}failed to mount`,
      `${start}mount failed`,
      `${start}mount.nfs`,
      `${start}unable to access file system`,
      `${start}file system`,
    ]),
    explanation: 'the file system of a channel (EFS, FSx) could not be mounted',
    advice:
      'check its id and directory, that it has a mount target in the subnets of the job, and that security groups let NFS (2049) or Lustre (988, 1018 to 1023) through',
  },
  {
    id: 'reason-subnet',
    class: 'Config',
    prefixes: [
      'insufficientfreeaddressesinsubnet',
      ...[
        'subnet',
        'the subnet',
        'not enough free ip',
        'insufficient free ip',
        'security group',
        'the security group',
      ].map((start) => `clienterror:${start}`),
    ],
    explanation: 'the job could not be put into its subnets and security groups',
    advice:
      'check that they exist, belong to one VPC, and that each subnet has free addresses for all machines of the job',
  },
  {
    id: 'reason-wrong-region',
    class: 'Config',
    prefixes: [
      ...whileDownloading('permanentredirect', 'the bucket is in this region', 'moved permanently'),
      ...whileUploading('permanentredirect', 'the bucket is in this region', 'moved permanently'),
    ],
    explanation: 'the bucket lies in another Region than the job',
    advice: 'use a bucket in the Region of the job: data, checkpoints and output have to lie there',
  },
  {
    id: 'reason-no-route-to-s3',
    class: 'Config',
    prefixes: [
      ...whileDownloading("please ensure that the subnet's route table", 'listobjectsv2 failed'),
      ...whileUploading("please ensure that the subnet's route table"),
    ],
    explanation: 'the training containers have no way to S3 from their subnets',
    advice:
      'add a gateway endpoint for S3 to the route tables of the subnets, and let the security groups send HTTPS out; where there is no VPC, check the name and the Region of the bucket',
  },
  {
    id: 'reason-container-not-started',
    class: 'Config',
    prefixes: [
      'cannotstartcontainererror',
      'clienterror:cannotstartcontainererror',
      'clienterror:oci runtime create failed',
      'clienterror:api error (400):oci runtime create failed',
      ...whileUploading('oci runtime create failed', 'api error (400):oci runtime create failed'),
    ],
    explanation: 'the container could not be started',
    advice: 'give the image an executable called train, or set entryPoint',
  },
  {
    id: 'reason-request-refused',
    class: 'Config',
    prefixes: [
      'clienterror:failed to invoke sagemaker:',
      'clienterror:please use a gpu instance',
      'clienterror:unsupported instance type',
      'clienterror:no value(s) were specified for',
      'clienterror:do not need to setup parameter',
      'clienterror:invalid parameter value',
      'clienterror:additional properties are not allowed',
      'clienterror:additional hyperparameters are not allowed',
    ],
    explanation: 'the algorithm refuses the instance type or the hyperparameters',
    advice: 'mend the instance type or the hyperparameter that the message names',
  },
  {
    id: 'reason-client-error',
    class: 'Data',
    prefixes: ['clienterror'],
    explanation: 'SageMaker rejects the data or the request of the job',
    advice: 'check that every channel holds data in the form the script expects',
    details: [
      {
        pattern: /^(?:ClientError: ?)+Data download failed:[^]*\b(?:AccessDenied|Access Denied|Forbidden)\b/i,
        advice:
          'S3 denied it: let the training role read the data (s3:GetObject on its objects, s3:ListBucket on its bucket, kms:Decrypt on the key of an encrypted one)',
      },
    ],
  },
];
