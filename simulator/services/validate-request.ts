// What CreateTrainingJob refuses before anything else: shapes, limits, and fields that do not go together.
import { hasLocalStorage } from '../../domain/instance-types.ts';
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import { TrainingJobArguments } from '../../lambdas/contracts.ts';
import { SageMakerError } from './sagemaker-errors.ts';

export function validateRequest(input: unknown): TrainingJobRequest {
  const parsed = TrainingJobArguments.safeParse(input);
  if (!parsed.success)
    throw new SageMakerError(
      'ValidationException',
      `invalid request: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`,
    );
  const request = parsed.data as TrainingJobRequest;
  const { MaxRuntimeInSeconds: maxRuntime, MaxWaitTimeInSeconds: maxWait } = request.StoppingCondition;
  if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(request.TrainingJobName))
    refuse(`trainingJobName ${request.TrainingJobName} is not valid`);
  if (request.EnableManagedSpotTraining && maxWait === undefined)
    refuse('MaxWaitTimeInSeconds must be specified when managed spot training is enabled');
  if (!request.EnableManagedSpotTraining && maxWait !== undefined)
    refuse('MaxWaitTimeInSeconds above 0 requires managed spot training');
  if (maxWait !== undefined && maxWait < maxRuntime)
    refuse('MaxWaitTimeInSeconds must be at least MaxRuntimeInSeconds');
  if (maxRuntime < 1 || maxRuntime > 2_419_200) refuse('MaxRuntimeInSeconds must be between 1 and 2419200');
  const { InstanceType, VolumeKmsKeyId } = request.ResourceConfig;
  if (VolumeKmsKeyId !== undefined && hasLocalStorage(InstanceType))
    refuse(`VolumeKmsKeyId is not supported for ${InstanceType}`);
  return request;
}

function refuse(message: string): never {
  throw new SageMakerError('ValidationException', message);
}
