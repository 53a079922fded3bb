// The rules by which a failure is classified, as data with stable ids. Text is compared at position 0 after
// normalisation and nowhere else: what a user's script writes becomes part of FailureReason, and must not be able to
// move a failure into another class.
import type { FailureClass } from './failure.ts';

export interface FailureRule {
  readonly id: string;
  readonly class: FailureClass;
  readonly explanation: string;
  readonly advice: string;
}

export interface ReasonRule extends FailureRule {
  /** Lower case, no blank beside a colon; compared with the start of the normalised FailureReason. */
  readonly prefixes: readonly string[];
}

/** FailureReason of jobs that ended Failed; the first match wins, so the narrow ones come first. */
export const REASON_RULES: readonly ReasonRule[] = [
  {
    id: 'reason-capacity-error',
    class: 'Capacity',
    prefixes: ['capacityerror', 'insufficientinstancecapacity', 'insufficientcapacity'],
    explanation: 'SageMaker could not provision the requested instances',
    advice:
      'nothing to do: the run moves along its capacity ladder; add rungs of other instance types if it happens often',
  },
  {
    id: 'reason-internal-server-error',
    class: 'Internal',
    prefixes: ['internalservererror', 'we encountered an internal error'],
    explanation: 'SageMaker reports an internal error',
    advice:
      'if it comes back at every start, look at the size of the checkpoint prefix: very large checkpoints (hundreds of GB) end this way',
  },
  {
    id: 'reason-out-of-memory',
    class: 'Algorithm',
    prefixes: [
      'algorithmerror:exit code:137',
      'algorithmerror:please use an instance type with more memory',
      'clienterror:please use an instance type with more memory',
    ],
    explanation: 'the container ran out of memory',
    advice: 'use an instance type with more memory, or a smaller batch',
  },
  {
    id: 'reason-algorithm-error',
    class: 'Algorithm',
    prefixes: ['algorithmerror'],
    explanation: 'the training script failed',
    advice: 'read the job log from the end',
  },
  {
    id: 'reason-access-denied',
    class: 'Access',
    prefixes: [
      'clienterror:data download failed:access denied',
      'clienterror:data download failed:accessdenied',
      'clienterror:access denied',
      'clienterror:accessdenied',
      'clienterror:artifact upload failed:clienterror:accessdenied',
      'clienterror:artifact upload failed:accessdenied',
      'clienterror:cannot pull algorithm container',
    ],
    explanation: 'the training role may not read or write what the job needs',
    advice: 'grant the training role access to the data, the output location, the key and the image',
  },
  {
    id: 'reason-client-error',
    class: 'Data',
    prefixes: ['clienterror'],
    explanation: 'SageMaker rejects the data or the request of the job',
    advice: 'check that every channel holds data in the form the script expects',
  },
];

export interface CodeRule extends FailureRule {
  /** Lower case error codes, without a trailing "exception". */
  readonly codes: readonly string[];
  /** Lower case; anchored where AWS puts it first, because the message of a refused request quotes what a user wrote. */
  readonly message?: RegExp;
  /** The call was refused for certain, so no job can exist. */
  readonly definite: boolean;
}

/** Answers to CreateTrainingJob itself, when no job exists. */
export const CODE_RULES: readonly CodeRule[] = [
  {
    id: 'create-throttled',
    class: 'Throttling',
    codes: ['throttling', 'throttled', 'toomanyrequests', 'requestlimitexceeded'],
    definite: true,
    explanation: 'CreateTrainingJob was throttled',
    advice: 'nothing to do: the call is repeated with growing, random pauses',
  },
  {
    id: 'create-throttled-rate',
    class: 'Throttling',
    codes: ['*'],
    message: /^rate exceeded/,
    definite: true,
    explanation: 'CreateTrainingJob was throttled',
    advice: 'nothing to do: the call is repeated with growing, random pauses',
  },
  {
    id: 'create-quota',
    class: 'Quota',
    codes: ['resourcelimitexceeded'],
    message: /account-level service limit/,
    definite: true,
    explanation: 'the account may not run more instances of this type with this purchase option',
    advice:
      'raise the quota in Service Quotas ("<type> for spot training job usage" and "<type> for training job usage" are two quotas)',
  },
  {
    id: 'create-not-offered',
    class: 'Config',
    codes: ['resourcelimitexceeded'],
    definite: true,
    explanation: 'SageMaker does not offer this instance type here',
    advice: 'choose an instance type that the Region offers for training',
  },
  {
    id: 'create-role-not-assumable',
    class: 'Access',
    codes: ['validation', 'accessdenied'],
    message: /^could not assume role/,
    definite: true,
    explanation: 'SageMaker could not assume the training role',
    advice:
      'just after a deployment this passes within a minute or two; otherwise let sagemaker.amazonaws.com assume the role',
  },
  {
    id: 'create-access-denied',
    class: 'Access',
    codes: ['accessdenied', 'unauthorizedoperation', 'notauthorized', 'unrecognizedclient', 'invalidclienttokenid'],
    definite: true,
    explanation: 'the state machine may not create the training job',
    advice:
      'deploy the stack again, or look for a service control policy that denies sagemaker:CreateTrainingJob or iam:PassRole',
  },
  {
    id: 'create-invalid',
    class: 'Config',
    codes: ['validation', 'invalidparameter', 'serialization', 'paramvalidation'],
    definite: true,
    explanation: 'SageMaker refuses the request',
    advice: 'mend the field that the message names in the pipeline, and deploy',
  },
  {
    id: 'create-name-taken',
    class: 'Config',
    codes: ['resourceinuse'],
    // There is a job; it may be our own, created by a call whose reply was lost, and not visible to Describe yet.
    definite: false,
    explanation: 'a job of this name exists and belongs to somebody else',
    advice: 'look at the job of that name in the SageMaker console',
  },
  {
    id: 'create-service-error',
    class: 'Internal',
    codes: [
      'internalfailure',
      'internalserver',
      'internalservererror',
      'serviceunavailable',
      'sdkclient',
      'requesttimeout',
    ],
    definite: false,
    explanation: 'the call failed inside the service or on its way',
    advice: 'nothing to do: it is repeated under a new name once it is certain that no job was created',
  },
];
