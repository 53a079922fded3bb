// A scenario test tells a story: a world, some hours of virtual time, and what a user would see at the end.
import type { Receipt } from '../../domain/receipt.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { Execution } from '../../simulator/machine/index.ts';
import type { World } from '../../simulator/world.ts';

export interface Story {
  readonly world: World;
  readonly execution: Execution;
  readonly history: RunHistory;
  readonly receipt: Receipt;
  /** Seconds from the start of the run to its end. */
  readonly tookSeconds: number;
}

export const HOUR = 3_600;

/** Runs until nothing is left to do, and collects what is known of the first run. */
export async function tell(world: World, request: unknown = {}): Promise<Story> {
  if (world.executions.all().length === 0) world.startRun(request);
  await world.run();
  return collect(world);
}

export const collect = (world: World): Promise<Story> => storyOf(world, trainingExecution(world));

/** Starts another run in a world where one has ended, and collects what is known of that. */
export async function tellNext(world: World, request: unknown, name: string): Promise<Story> {
  const execution = world.startRun(request, name);
  if (execution === undefined) throw new Error(`${name} has been started before`);
  await world.run();
  return storyOf(world, execution);
}

async function storyOf(world: World, execution: Execution): Promise<Story> {
  const runId = await world.ledger.runIdOfExecution(execution.arn);
  const history = runId === undefined ? undefined : await world.ledger.readRun(runId);
  const receipt = runId === undefined ? undefined : await world.ledger.readReceipt(runId);
  if (history === undefined || receipt === undefined)
    throw new Error(`the run has no end: ${execution.status} ${execution.error} ${execution.cause}`);
  return { world, execution, history, receipt, tookSeconds: receipt.endedAt - receipt.acceptedAt };
}

export function trainingExecution(world: World): Execution {
  const execution = world.executions.all().find(({ arn }) => arn.includes('-training-run:'));
  if (execution === undefined) throw new Error('no run was started');
  return execution;
}

export const optionsOf = ({ history }: Story): readonly string[] =>
  history.attempts.map(({ capacity }) => capacity.purchaseOption);

export const classesOf = ({ history }: Story): readonly string[] =>
  history.attempts.map(({ outcome }) => outcome?.failure?.class ?? 'Completed');

export const jobNames = (world: World): readonly string[] => world.sagemaker.all().map(({ jobName }) => jobName);

/** Details of the events of one type that reached the bus. */
export function stateNames(execution: Execution): readonly string[] {
  return execution.history.flatMap((event) => {
    const details: unknown = (event as unknown as Record<string, unknown>)['stateEnteredEventDetails'];
    return typeof details === 'object' && details !== null && 'name' in details ? [String(details.name)] : [];
  });
}
