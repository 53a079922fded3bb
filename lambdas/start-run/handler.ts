// Wiring only: the judgement is in start-run.ts.
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import type { S3ObjectCreatedNotificationEvent } from 'aws-lambda';
import { createSfnExecutions } from '../adapters/sfn-executions.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createStartRun } from './start-run.ts';

const startRun = createStartRun({
  executions: createSfnExecutions({ client: new SFNClient(), stateMachineArn: env.stateMachineArn }),
  upload: env.uploadTrigger,
});

export const handler = middy<S3ObjectCreatedNotificationEvent>().use(standardMiddleware()).handler(startRun);
