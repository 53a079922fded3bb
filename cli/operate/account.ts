// The flags that every command on an account takes, and how the pipeline or the run that is meant is found there.
import type { Command } from 'commander';
import { deriveRunId, RUN_ID } from '../../domain/naming.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { ExecutionSummary, MachineSummary, OperatorAccount } from '../../lambdas/adapters/operator-account.ts';
import { UsageError } from '../exit-codes.ts';
import { parsePipeline } from '../json-inputs.ts';
import { inWords, OperationError } from './operation-error.ts';

export interface AccountFlags {
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly json?: true;
}

export const withAccountFlags = (command: Command): Command =>
  command
    .option('--region <name>', 'AWS Region (default: that of the environment or the profile)')
    .option('--endpoint-url <url>', 'endpoint of every service, for emulators')
    .option('--json', 'print JSON');

/** Whatever AWS refuses on the way is told in words. */
export async function onAccount<T>(flags: AccountFlags, act: (account: OperatorAccount) => Promise<T>): Promise<T> {
  try {
    // The SDK takes longer to load than most commands take to run.
    const { OperatorAccount } = await import('../../lambdas/adapters/operator-account.ts');
    return await act(new OperatorAccount(flags));
  } catch (error) {
    throw inWords(error);
  }
}

const MACHINE_SUFFIX = '-training-run';

export interface DeployedPipeline {
  readonly name: string;
  readonly machineArn: string;
}

export async function deployedPipelines(account: OperatorAccount): Promise<readonly DeployedPipeline[]> {
  return (await account.machines()).filter(({ name }) => name.endsWith(MACHINE_SUFFIX)).map(deployed);
}

const deployed = ({ name, arn }: MachineSummary): DeployedPipeline => ({
  name: name.slice(0, -MACHINE_SUFFIX.length),
  machineArn: arn,
});

export async function findPipeline(account: OperatorAccount, name: string): Promise<DeployedPipeline> {
  const pipelines = await deployedPipelines(account);
  const found = pipelines.find((pipeline) => pipeline.name === name);
  if (found !== undefined) return found;
  const there = pipelines.length === 0 ? 'there is none' : `there are ${pipelines.map((each) => each.name).join(', ')}`;
  throw new OperationError(
    `there is no pipeline ${name} in ${await account.region()}: ${there}; check the name, the account and --region`,
  );
}

export async function readDeployed(
  account: OperatorAccount,
  { name, machineArn }: DeployedPipeline,
): Promise<Pipeline> {
  return parsePipeline((await account.definition(machineArn)).definition, `state machine of ${name}`);
}

const EXECUTION_ARN = /^arn:[a-z-]+:states:([a-z0-9-]+):\d{12}:execution:[^:]+:[^:]+$/;
/** A run id says which pipeline, but not which execution; older runs want the execution's ARN. */
const RUNS_SEARCHED_MAX = 1_000;

/** `text`: an execution's ARN, a run id, or an execution's name beside `--pipeline`; absent: the pipeline's newest run. */
export async function findRun(
  account: OperatorAccount,
  text: string | undefined,
  pipelineName: string | undefined,
): Promise<ExecutionSummary> {
  if (text?.startsWith('arn:') === true) return byArn(account, text);
  const [, ofRunId] = RUN_ID.exec(text ?? '') ?? [];
  if (text !== undefined && ofRunId !== undefined) return byRunId(account, text, ofRunId);
  if (pipelineName === undefined) {
    throw new UsageError(
      `${text ?? 'which run'}: give an execution ARN, a run id such as churn--0123456789, or --pipeline <name> with or without an execution name`,
    );
  }
  const { machineArn } = await findPipeline(account, pipelineName);
  if (text !== undefined) return account.execution(`${machineArn.replace(':stateMachine:', ':execution:')}:${text}`);
  const [newest] = await account.executions(machineArn, 1);
  if (newest === undefined)
    throw new OperationError(`${pipelineName} has no runs yet: spotrelay start --pipeline ${pipelineName}`);
  return account.execution(newest.arn);
}

async function byArn(account: OperatorAccount, arn: string): Promise<ExecutionSummary> {
  const [, region] = EXECUTION_ARN.exec(arn) ?? [];
  if (region === undefined)
    throw new UsageError(
      `${arn}: is not the ARN of an execution (arn:aws:states:<region>:<account>:execution:<machine>:<name>)`,
    );
  const here = await account.region();
  if (region !== here)
    throw new UsageError(`${arn}: the run is in ${region}, and ${here} is asked: give --region ${region}`);
  return account.execution(arn);
}

async function byRunId(account: OperatorAccount, runId: string, pipelineName: string): Promise<ExecutionSummary> {
  const { machineArn } = await findPipeline(account, pipelineName);
  const executions = await account.executions(machineArn, RUNS_SEARCHED_MAX);
  const found = executions.find(({ arn, startedAt }) => deriveRunId(pipelineName, arn, startedAt) === runId);
  if (found !== undefined) return account.execution(found.arn);
  throw new OperationError(
    `there is no run ${runId} among the newest ${executions.length} of ${pipelineName} in ${await account.region()}: spotrelay ls --pipeline ${pipelineName} lists them`,
  );
}

export const runIdOf = (pipelineName: string, { arn, startedAt }: ExecutionSummary): string =>
  deriveRunId(pipelineName, arn, startedAt);

export const pipelineNameOf = ({ machineArn }: ExecutionSummary): string =>
  (machineArn.split(':').at(-1) ?? '').slice(0, -MACHINE_SUFFIX.length);
