// Wiring only: the judgement is in start-run.ts.
import { SFNClient } from '@aws-sdk/client-sfn';
import middy from '@middy/core';
import { createSfnExecutions } from '../adapters/sfn-executions.ts';
import { env } from '../env.ts';
import { standardMiddleware } from '../middleware.ts';
import { createStartRun } from './start-run.ts';

const startRun = createStartRun({
  executions: createSfnExecutions({ client: new SFNClient(), stateMachineArn: env.stateMachineArn }),
  ...env.runTriggers,
});

export const handler = middy().use(standardMiddleware()).handler(startRun);
