// What a played world leaves behind, put together once it is at rest.
import { CANARY_ENTRY_POINT } from '../../domain/training-job.ts';
import { isTerminal } from '../../domain/job-description.ts';
import type { Execution } from '../machine/index.ts';
import type { World } from '../world.ts';
import type { Observing } from './observing.ts';
import { sweepRecords } from './sweeping.ts';
import type { ExecutionRecord, JobRecord, RunRecord, WorldRecord } from './world-record.ts';

export async function recordOf(
  world: World,
  seeing: Observing,
  frame: Pick<WorldRecord, 'drawn' | 'pipeline' | 'startedAt' | 'patienceEndsAt' | 'acts' | 'continuations'>,
): Promise<WorldRecord> {
  const { sagemaker, registry } = world;
  const jobs = sagemaker.all().flatMap((last): JobRecord[] => {
    const seen = seeing.jobs.get(last.jobName);
    const request = sagemaker.requestOf(last.jobName);
    if (seen === undefined || request === undefined) return [];
    const { createdAt, endedAt } = seen;
    return [
      {
        jobName: last.jobName,
        runId: last.runId ?? '',
        canary: isCanary(world, last.jobName),
        request,
        createdAt,
        last,
        ...(endedAt === undefined || !isTerminal(last) ? {} : { endedAt }),
      },
    ];
  });
  const runs: RunRecord[] = [];
  for (const runId of new Set([...seeing.accepted, ...(await runsOfExecutions(world))])) {
    const history = await world.ledger.readRun(runId);
    if (history === undefined || (history.end?.status === 'REJECTED' && !seeing.accepted.has(runId))) continue;
    const receipt = await world.ledger.readReceipt(runId);
    const registration = await world.ledger.readRegistration(runId);
    runs.push({
      runId,
      executionArn: history.run.executionArn,
      history,
      ...(receipt === undefined ? {} : { receipt }),
      ...(registration === undefined ? {} : { registration }),
      canaries: history.canaries ?? [],
    });
  }
  return {
    ...frame,
    healedAt: frame.startedAt + frame.drawn.healsAt,
    jobs,
    runs,
    executions: world.executions.all().map(executionRecord),
    announcements: seeing.announcements,
    modelEvents: seeing.modelEvents,
    versions: registry.versions().map(({ request }) => request.CustomerMetadataProperties['spotrelay-run'] ?? ''),
    containers: seeing.containers,
    uploads: seeing.uploads,
    skipped: seeing.skipped,
    acceptances: seeing.acceptances,
    sweeps: await sweepRecords(world),
    sweepAnnouncements: seeing.sweepAnnouncements,
    cleanings: seeing.cleanings,
    leasesHeld: await leasesHeld(world, runs),
    payloadBytesMax: seeing.payloadBytesMax,
  };
}

/** Also those whose door was killed after it had let them in, each time: nobody was told of them, and they must end all the same. */
async function runsOfExecutions({ ledger, executions }: World): Promise<readonly string[]> {
  const runIds = await Promise.all(executions.all().map(({ arn }) => ledger.runIdOfExecution(arn)));
  return runIds.filter((runId) => runId !== undefined);
}

/** Asks for each as a further run of the lineage would. */
async function leasesHeld({ ledger }: World, runs: readonly RunRecord[]): Promise<WorldRecord['leasesHeld'][number][]> {
  const held: WorldRecord['leasesHeld'][number][] = [];
  for (const lineageId of new Set(runs.map(({ history }) => history.run.lineageId))) {
    const lease = await ledger.acquireLease(lineageId, 'a further run');
    if (lease.kind === 'taken') held.push({ lineageId, holder: lease.holderRunId });
  }
  return held;
}

const MACHINES = ['extend-run', 'sweep', 'training-run', 'model-registration', 'upload-batch'] as const;

function executionRecord(execution: Execution): ExecutionRecord {
  const { arn, name, status, error, cause, startedAt, stoppedAt, eventCount, transitions } = execution;
  const machine = MACHINES.find((one) => arn.includes(`-${one}:`)) ?? 'model-registration';
  const output = machine === 'extend-run' ? { output: execution.output } : {};
  return { arn, name, machine, status, error, cause, startedAt, stoppedAt, eventCount, transitions, ...output };
}

export const isCanary = (world: World, jobName: string): boolean =>
  world.sagemaker.requestOf(jobName)?.AlgorithmSpecification.ContainerEntrypoint?.join(' ') ===
  CANARY_ENTRY_POINT.join(' ');
