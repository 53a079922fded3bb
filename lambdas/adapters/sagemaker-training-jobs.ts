// Training jobs as SageMaker has them. The state machine creates them; handlers only look and stop.
import {
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  StopTrainingJobCommand,
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
