// How SageMaker refuses, in the words it uses: facts carried over from public reports, see docs/simulator-services.md.
import { UntracedError } from '../untraced-error.ts';

export class SageMakerError extends UntracedError {
  override readonly name = 'SageMakerError';
  readonly code: string;
  readonly statusCode: number;

  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}

/** The reply never came back; whether the call took effect is another matter. */
export class LostReply extends Error {
  override readonly name = 'LostReply';
}

export const CREATE_FAULTS = [
  'throttled',
  'quota',
  'capacity-error',
  'internal',
  'role-not-assumable',
  'access-denied',
  'lost-reply',
  'lost-request',
] as const;
export type CreateFault = (typeof CREATE_FAULTS)[number];

/** Undefined for faults that are not an answer of the service. */
export function errorOf(fault: CreateFault, instanceType: string, spot: boolean): SageMakerError | undefined {
  switch (fault) {
    case 'throttled':
      return new SageMakerError('ThrottlingException', 'Rate exceeded');
    case 'quota':
      return quotaError(instanceType, spot, 0, 1);
    case 'internal':
      return new SageMakerError(
        'InternalFailure',
        'The request processing has failed because of an unknown error, exception or failure.',
        500,
      );
    case 'role-not-assumable':
      return new SageMakerError(
        'ValidationException',
        'Could not assume role. Please ensure that the role exists and allows principal sagemaker.amazonaws.com to assume the role.',
      );
    case 'access-denied':
      return new SageMakerError(
        'AccessDeniedException',
        'The role of the state machine is not authorized to perform: sagemaker:CreateTrainingJob',
      );
    case 'capacity-error':
    case 'lost-reply':
    case 'lost-request':
      return undefined;
  }
}

export function quotaError(instanceType: string, spot: boolean, limit: number, requested: number): SageMakerError {
  const quota = `${instanceType} for ${spot ? 'spot ' : ''}training job usage`;
  return new SageMakerError(
    'ResourceLimitExceeded',
    `The account-level service limit '${quota}' is ${limit} Instances, with current utilization of ${limit} Instances and a request delta of ${requested} Instances. Please contact AWS support to request an increase for this limit.`,
  );
}
