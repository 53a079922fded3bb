// Training jobs as SageMaker has them. The state machine creates them; handlers only look and stop.
import { DescribeTrainingJobCommand, StopTrainingJobCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { TrainingJobs } from '../ports.ts';
import { isMissingResource, isNamed } from './aws-errors.ts';
import { describeTrainingJob } from './describe-training-job.ts';

export function createSageMakerTrainingJobs(client: SageMakerClient): TrainingJobs {
  const describe: TrainingJobs['describe'] = async (jobName) => {
    try {
      return describeTrainingJob(await client.send(new DescribeTrainingJobCommand({ TrainingJobName: jobName })));
    } catch (error) {
      if (isMissingResource(error)) return undefined;
      throw error;
    }
  };

  return {
    describe,

    async stop(jobName) {
      try {
        await client.send(new StopTrainingJobCommand({ TrainingJobName: jobName }));
      } catch (error) {
        if (isMissingResource(error)) return;
        if (!isNamed(error, 'ValidationException')) throw error;
        // A job that has ended is refused with the same error as a malformed call; only the job tells which it was, and
        // it may have ended between our decision and our call.
        const job = await describe(jobName);
        if (job?.status === 'InProgress') throw error;
      }
    },
  };
}
