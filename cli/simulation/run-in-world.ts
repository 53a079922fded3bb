// What is known of the one run of a simulated world once nothing is left to do in it.
import type { Receipt } from '../../domain/receipt.ts';
import type { RunHistory } from '../../domain/run-history.ts';
import type { Execution } from '../../simulator/machine/index.ts';
import type { ModelPackageVersion } from '../../simulator/services/sim-model-registry.ts';
import type { World } from '../../simulator/world.ts';

export interface RunInWorld {
  readonly execution: Execution | undefined;
  /** Absent, like the receipt, when the request was refused. */
  readonly history: RunHistory | undefined;
  readonly receipt: Receipt | undefined;
  readonly registered: ModelPackageVersion | undefined;
}

export async function runInWorld(world: World): Promise<RunInWorld> {
  const execution = world.executions.all().find(({ arn }) => arn.includes('-training-run:'));
  const runId = execution === undefined ? undefined : await world.ledger.runIdOfExecution(execution.arn);
  return {
    execution,
    history: runId === undefined ? undefined : await world.ledger.readRun(runId),
    receipt: runId === undefined ? undefined : await world.ledger.readReceipt(runId),
    registered: world.registry.versions().at(-1),
  };
}
