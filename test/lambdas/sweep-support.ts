// A sweep in the ledger, and the functions that its state machine calls for each trial.
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { createAcceptSweep } from '../../lambdas/accept-sweep/accept-sweep.ts';
import { createAdmitTrial } from '../../lambdas/admit-trial/admit-trial.ts';
import { createSettleTrial } from '../../lambdas/settle-trial/settle-trial.ts';
import { aPipeline } from '../support/builders.ts';
import { aSweepRequest } from '../support/sweeps.ts';
import { START, type TestPorts } from './support.ts';

export const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:churn-training-run';
export const SWEEP_ARN = 'arn:aws:states:us-east-1:000000000000:execution:churn-sweep:one';
const pipeline = aPipeline();

export const acceptSweepInput = (request: unknown = aSweepRequest()) => ({
  pipeline,
  request,
  execution: { arn: SWEEP_ARN, name: 'one', startedAt: new Date(START * 1_000).toISOString() },
});

export async function aSweepIn(testPorts: TestPorts, request: unknown = aSweepRequest()) {
  const plan = await createAcceptSweep(testPorts)(acceptSweepInput(request));
  if (plan.next !== 'trials') throw new Error(plan.reason);
  const lines = (await testPorts.objects.readText(`s3://${plan.trials.bucket}/${plan.trials.key}`)) ?? '';
  const items = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { trial: number; hyperParameters: Record<string, string> });
  const key = (trial: number) => ({ sweepId: plan.sweepId, round: 1, trial });
  const admit = (trial: number, asked = 0) =>
    createAdmitTrial(testPorts)({ key: key(trial), item: items[trial - 1], asked, stateMachineArn: MACHINE });
  const settle = (trial: number, asked = 0, task: object = {}) =>
    createSettleTrial(testPorts)({ key: key(trial), stateMachineArn: MACHINE, asked, task });
  /** The run that an admitted trial starts. */
  const start = async (trial: number) => {
    const admission = await admit(trial);
    if (admission.verdict !== 'start') throw new Error(admission.reason);
    const name = admission.executionName;
    const arn = `${MACHINE.replace(':stateMachine:', ':execution:')}:${name}`;
    const startedAt = new Date(START * 1_000).toISOString();
    return createAcceptRun(testPorts)({ pipeline, request: admission.request, execution: { arn, name, startedAt } });
  };
  return { plan, items, key, admit, settle, start };
}
