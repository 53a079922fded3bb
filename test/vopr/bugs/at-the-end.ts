import { classifyTaskFailure } from '../../../domain/classify.ts';
import { makeReceipt } from '../../../domain/make-receipt.ts';
import { refusedOutcome } from '../../../domain/outcome.ts';
import type { Receipt } from '../../../domain/receipt.ts';
import type { RunEnd } from '../../../domain/run.ts';
import { createMemoryLedger } from '../../../simulator/services/memory-ledger.ts';
import { changedPort } from '../../../simulator/world/changed-port.ts';
import { NEVER_SPOT } from '../drawn.ts';
import { historyOf, inPlaceOf, type Answer, type PlantedBug } from '../planting.ts';

const LEFT_BEHIND = {
  faults: { people: [{ act: 'abort-execution', at: 3_600, run: 0 }], abortDoesNotStop: 1 },
} as const;

export const AT_THE_END: readonly PlantedBug[] = [
  {
    what: 'a CloseRun that forgets the receipt',
    drawn: {},
    plant: () =>
      inPlaceOf('CloseRun', async (_invoke, { runId, status, code, reason }, world) => {
        const { run } = await historyOf(world, runId);
        const { pipeline, executionArn } = run;
        const announcement = { version: 1, pipeline, runId, executionArn, status, code, reason, endedAt: '' };
        return { status, announcement, cause: 'done' };
      }),
    noticedBy: {
      endsOnce: ['an accepted run ends exactly once'],
      registeredOnce: ['a completed run is registered once, or visibly rejected'],
      deadlineHolds: ['the deadline holds'],
    },
  },
  {
    what: 'a run that is announced as something it is not',
    drawn: {},
    plant: () =>
      inPlaceOf('CloseRun', async (invoke, event) => {
        const { announcement, ...closing } = (await invoke(event)) as { announcement: Answer };
        return { ...closing, announcement: { ...announcement, status: 'EXHAUSTED' } };
      }),
    noticedBy: { endsOnce: ['an accepted run ends exactly once'] },
  },
  {
    what: 'a receipt without one of the attempts',
    drawn: {},
    plant: () => {
      const ledger = createMemoryLedger();
      const readReceipt = async (runId: string): Promise<Receipt | undefined> => {
        const receipt = await ledger.readReceipt(runId);
        return receipt === undefined ? undefined : { ...receipt, attempts: receipt.attempts.slice(0, -1) };
      };
      return { ledgers: { ledger: changedPort(ledger, { readReceipt }) } };
    },
    noticedBy: { receiptAddsUp: ['the receipt adds up to what was billed'] },
  },
  {
    what: 'a model that nobody registers',
    drawn: {},
    plant: () => inPlaceOf('RecordRegistration', async (_invoke, { runId, status }) => ({ runId, status })),
    noticedBy: { registeredOnce: ['a completed run is registered once, or visibly rejected'] },
  },
  {
    what: 'a model that is registered twice',
    drawn: {},
    plant: () => {
      let calls = 0;
      return inPlaceOf('PrepareRegistration', async (invoke, event, world) => {
        const { detail } = event as { readonly detail: { readonly runId: string } };
        const plan = (await invoke(event)) as { readonly request: Answer };
        calls += 1;
        const request = { ...plan.request, ClientToken: `token-${calls}` };
        // Two versions of one run, as where the token were drawn anew for each call.
        if (calls === 1) world.registry.create({ ...plan.request, ClientToken: detail.runId } as never);
        return { ...plan, request };
      });
    },
    noticedBy: { registeredOnce: ['a completed run is registered once, or visibly rejected'] },
  },
  {
    what: 'a job that an aborted execution leaves behind',
    drawn: LEFT_BEHIND,
    plant: () =>
      inPlaceOf('CloseRun', async (invoke, event, world) => {
        if (!('detail-type' in event)) return invoke(event);
        const { executionArn } = event['detail'] as { readonly executionArn: string };
        const runId = String(await world.ledger.runIdOfExecution(executionArn));
        const now = world.clock.now();
        // Believes that there never was a job.
        await world.ledger.settleAttempt(runId, 1, refusedOutcome(classifyTaskFailure({ error: 'no job' }), now));
        const end: RunEnd = { status: 'CANCELLED', code: 'ExecutionAborted', reason: '', endedAt: now };
        await world.ledger.endRun(runId, end, makeReceipt(await historyOf(world, runId), end));
        return invoke(event);
      }),
    noticedBy: {
      receiptAddsUp: ['the receipt adds up to what was billed'],
      nothingOutlivesItsRun: ['no job outlives its run'],
    },
  },
  {
    what: 'a canary that nobody stops',
    drawn: { market: NEVER_SPOT },
    plant: () =>
      inPlaceOf('PlanAttempt', async (invoke, event, world) => {
        const plan = (await invoke(event)) as { readonly next: string };
        const [job] = world.sagemaker.all();
        const request = job === undefined ? undefined : world.sagemaker.requestOf(job.jobName);
        if (plan.next !== 'end' || request === undefined) return plan;
        const { CheckpointConfig: _, ...canary } = request;
        world.sagemaker.createTrainingJob({
          ...canary,
          TrainingJobName: `${request.TrainingJobName}c999`,
          AlgorithmSpecification: { ...request.AlgorithmSpecification, ContainerEntrypoint: ['/bin/true'] },
          EnableManagedSpotTraining: true,
          StoppingCondition: { MaxRuntimeInSeconds: 300, MaxWaitTimeInSeconds: 3_600 },
        });
        return plan;
      }),
    noticedBy: { nothingOutlivesItsRun: ['no canary outlives its run'] },
  },
  {
    what: 'a run that nobody ends after its door was killed, each time, when it had let it in',
    drawn: {},
    plant: () => ({
      double: (name, invoke) => async (event) => {
        const isClosing = name === 'Reconcile' || (name === 'CloseRun' && 'detail-type' in (event as Answer));
        const answer = isClosing ? { findings: [] } : await invoke(event);
        if (name === 'AcceptRun') throw new Error('killed');
        return answer;
      },
    }),
    noticedBy: {
      endsOnce: ['an accepted run ends exactly once'],
      everythingEnds: ['once the world heals everything ends'],
      lineagesHold: ['the checkpoints of a lineage are free when its runs have ended'],
    },
  },
];
