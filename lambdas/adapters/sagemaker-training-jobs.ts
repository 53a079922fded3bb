// Training jobs as SageMaker has them. The state machine creates those that train; handlers look, stop, and send canaries.
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  StopTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import type { TrainingJobs } from '../ports.ts';
import { isMissingResource, isNamed } from './aws-errors.ts';
import { describeTrainingJob } from './describe-training-job.ts';

const PAGE_SIZE = 100;

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

    async create(request) {
      try {
        // Our own types are read-only and know no more instance types than the domain needs; the keys are the API's.
        await client.send(new CreateTrainingJobCommand(structuredClone(request) as CreateTrainingJobCommandInput));
        return 'created';
      } catch (error) {
        if (isNamed(error, 'ResourceInUse', 'ResourceInUseException')) return 'exists';
        throw error;
      }
    },

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

    async namesInProgress(prefix) {
      const names: string[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListTrainingJobsCommand({
            StatusEquals: 'InProgress',
            // Anywhere in the name is as near as the API comes to a prefix.
            NameContains: prefix,
            MaxResults: PAGE_SIZE,
            ...(token === undefined ? {} : { NextToken: token }),
          }),
        );
        names.push(...(page.TrainingJobSummaries ?? []).map(({ TrainingJobName = '' }) => TrainingJobName));
        token = page.NextToken;
      } while (token !== undefined);
      return names.filter((name) => name.startsWith(prefix));
    },
  };
}
