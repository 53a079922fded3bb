// Faults of the calls that a state machine makes by itself: refused, their reply lost, their cause cut.
import type { Integration, TaskCall, TaskFailure } from '../machine/index.ts';
import { chance } from './chance.ts';
import { isOut, type FaultContext, type Now } from './fault-context.ts';

export function integrationFaults(
  { drawn }: FaultContext,
  { elapsed, healed }: Now,
  resource: string,
  integration: Integration,
): Integration {
  const { faults, seed } = drawn;
  const draw = chance(seed, 'during', 'integrations', resource);
  const failing = (share: number, error: string, cause: string): Integration => {
    return (call) => {
      if (share === 0 || healed() || !draw.odds(share)) return integration(call);
      if (draw.odds(0.5)) return call.fail({ error, cause });
      return integration(answering(call, () => call.fail({ error, cause: `${cause} (its reply was lost)` })));
    };
  };
  switch (resource) {
    case 'events:putEvents':
      return failing(faults.putEventsFailure, 'EventBridge.InternalException', 'the bus is busy');
    case 'aws-sdk:sagemaker:createModelPackage':
      return failing(faults.registrationConflict, 'SageMaker.ConflictException', 'another version is being created');
    case 'sagemaker:createTrainingJob.sync':
      return (call) => {
        if (!isOut(faults.outages, 'create', elapsed())) return integration(call);
        const cause = 'Rate exceeded (Service: AmazonSageMaker; Status Code: 400; Error Code: ThrottlingException)';
        return call.fail({ error: 'SageMaker.AmazonSageMakerException', cause });
      };
    default:
      return integration;
  }
}

/** As the execution hears of it: what stands in a cause is for people, and no part of it is promised. */
export function cuttingCauses(
  { drawn: { faults, seed } }: FaultContext,
  healed: () => boolean,
  resource: string,
  integration: Integration,
): Integration {
  const draw = chance(seed, 'during', 'causes', resource);
  const cut = (failure: TaskFailure): TaskFailure => {
    const { cause, ...rest } = failure;
    if (cause === undefined || healed() || !draw.odds(faults.causeCut)) return failure;
    return draw.odds(0.3) ? rest : { ...rest, cause: cause.slice(0, draw.whole(0, cause.length)) };
  };
  return (call) => integration({ ...call, fail: (failure) => call.fail(cut(failure)) });
}

const answering = (call: TaskCall, succeed: () => void): TaskCall => ({ ...call, succeed });
