import { decide } from '../../../domain/decide.ts';
import { plannedAttempt } from '../../../domain/planned-attempt.ts';
import type { RunHistory } from '../../../domain/run-history.ts';
import { renderTrainingJob } from '../../../domain/training-job.ts';
import { createAcceptRun, type AcceptRunPorts } from '../../../lambdas/accept-run/accept-run.ts';
import type { Continuation } from '../../../simulator/vopr/drawn-world.ts';
import { lookBeforeTheLease } from '../../../simulator/vopr/looking-after.ts';
import type { World } from '../../../simulator/world.ts';
import { changedPort } from '../../../simulator/world/changed-port.ts';
import type { DrawnOverrides } from '../drawn.ts';
import { historyOf, inPlaceOf, withLedger, type Answer, type PlantedBug } from '../planting.ts';

const act = (wanted: Partial<Continuation> & Pick<Continuation, 'act' | 'when'>): Continuation => ({
  run: 0,
  names: 'last',
  terms: {},
  ...wanted,
});
const extending = act({ act: 'extend', when: { at: 3_600 }, terms: { deadline: '9h' } });
const stopping = act({ act: 'stop-job', when: { at: 5_400 } });
const stoppingAgain = act({ act: 'stop-job', when: { after: 'announced', end: 1, seconds: 1_800 } });
const resuming = (end: number, names: Continuation['names'] = 'last'): Continuation =>
  act({ act: 'resume', names, when: { after: 'announced', end, seconds: 60 }, terms: { deadline: '6h' } });
const worldOf = (...acts: readonly Continuation[]): DrawnOverrides => ({ continuations: { acts, mends: false } });
const LOOKED_AFTER = { pipeline: { checkpointRetention: '30d' } };
// Where the first call is throttled, the execution is stopped in the pause before the next attempt.
const REDRIVEN: DrawnOverrides = {
  ...worldOf(act({ act: 'abort-execution', when: { at: 1 } }), act({ act: 'redrive', when: { at: 7_200 } })),
  faults: { createFaults: { 1: 'throttled' } },
};

// Resumed when nobody keeps its checkpoints any longer, and nobody has removed them yet.
const RESUMED_AT_THE_LAST_MOMENT: DrawnOverrides = {
  continuations: {
    acts: [stopping, act({ act: 'resume', when: { after: 'announced', end: 1, seconds: 610 } })],
    mends: false,
    looksAtTheDoor: true,
  },
  pipeline: { checkpointRetention: '600s' },
};

export const SOUND_WITH_CONTINUATIONS: readonly DrawnOverrides[] = [
  worldOf(extending, stopping, resuming(1), resuming(1), resuming(2)),
  RESUMED_AT_THE_LAST_MOMENT,
];

/** The door as it is, over ports of which some lie. */
const doorWith = (change: (world: World, ports: AcceptRunPorts) => Partial<AcceptRunPorts>) =>
  inPlaceOf('AcceptRun', async (_invoke, event, world) => {
    const { ledger, objects, sweeps, clock } = world;
    const ports: AcceptRunPorts = { ledger, objects, sweeps, clock, metrics: { put: () => {} } };
    return createAcceptRun({ ...ports, ...change(world, ports) })(event);
  });

/** A door that goes by what it saw of checkpoints before it had their lease. */
const lookingOnce = () =>
  doorWith((world, { ledger, objects }) => {
    const seen = new Map<string, ReturnType<AcceptRunPorts['objects']['newestUnder']>>();
    const newestUnder: AcceptRunPorts['objects']['newestUnder'] = (prefix, except) => {
      const first = seen.get(prefix) ?? objects.newestUnder(prefix, except);
      seen.set(prefix, first);
      return first;
    };
    return {
      ledger: lookBeforeTheLease(ledger, () => world.reconcile()),
      objects: changedPort(objects, { newestUnder }),
    };
  });

/** A door to whose ledger each run has been cancelled, whatever became of it. */
const believingCancelled = () =>
  doorWith((world) => ({
    ledger: withLedger(world, {
      readRun: async (runId): Promise<RunHistory | undefined> => {
        const history = await world.ledger.readRun(runId);
        if (history === undefined) return undefined;
        return { ...history, end: { status: 'CANCELLED', code: 'Cancelled', reason: '', endedAt: world.clock.now() } };
      },
      acquireLease: async () => ({ kind: 'held' }),
    }),
  }));

/** A door that counts twice what earlier runs have saved. */
const countingTwice = () =>
  doorWith((world) => ({
    ledger: withLedger(world, {
      readRun: async (runId) => {
        const history = await world.ledger.readRun(runId);
        const attempts = history?.attempts.map((attempt) => {
          const { outcome } = attempt;
          if (outcome === undefined) return attempt;
          const durable = { ...outcome.durable, savedSeconds: 2 * outcome.durable.savedSeconds };
          return { ...attempt, outcome: { ...outcome, durable } };
        });
        return history === undefined ? undefined : { ...history, attempts: attempts ?? [] };
      },
    }),
  }));

/** A door to which each prefix holds something. */
const seeingCheckpoints = () =>
  doorWith((world, { objects }) => ({
    objects: changedPort(objects, { newestUnder: async (uri) => ({ uri, modifiedAt: world.clock.now() }) }),
  }));

const cleaningHastily = () =>
  inPlaceOf('Reconcile', async (_invoke, _event, world) => {
    const [run] = [...(await world.ledger.openRuns('vopr')), ...(await world.ledger.endedRuns('vopr'))];
    await world.objects.deleteUnder(`s3://artifacts/vopr/checkpoints/${run?.runId}/`);
    return {};
  });

export const IN_CONTINUATIONS: readonly PlantedBug[] = [
  {
    what: 'an extension that shortens what a run has',
    drawn: worldOf(extending),
    plant: () =>
      inPlaceOf('ExtendRun', async (_invoke, event, world) => {
        const { request, execution } = event as unknown as {
          readonly request: { readonly runId: string };
          readonly execution: { readonly arn: string };
        };
        const { runId } = request;
        const { deadline = 0 } = (await historyOf(world, runId)).run;
        const [at, by] = [world.clock.now(), execution.arn];
        const after = { deadline: deadline - 600 };
        await world.ledger.recordAmendment({ runId, number: 1, at, by, before: { deadline }, after });
        return { verdict: 'unchanged', reason: 'deadline' };
      }),
    noticedBy: { extensionsOnlyGive: ['an extension gives more, and takes nothing away'] },
  },
  {
    what: 'an extension that is granted and not given',
    drawn: worldOf(extending),
    plant: () => inPlaceOf('ExtendRun', async () => ({ verdict: 'unchanged', reason: 'the run has a new deadline' })),
    noticedBy: { extensionsOnlyGive: ['an extension gives more, and takes nothing away'] },
  },
  {
    what: 'an end at a deadline that has been put off',
    drawn: worldOf(extending),
    plant: () => {
      let plans = 0;
      return inPlaceOf('PlanAttempt', async () => {
        plans += 1;
        return plans === 1
          ? { next: 'wait', waitSeconds: 7_200, reason: 'not yet' }
          : { next: 'end', status: 'EXHAUSTED', code: 'DeadlineMissed', reason: 'too late' };
      });
    },
    noticedBy: {
      deadlineHolds: ['the deadline holds'],
      extensionsOnlyGive: ['an extension gives more, and takes nothing away'],
    },
  },
  {
    what: 'a door that lets a run go on from one that has not ended',
    drawn: worldOf(act({ act: 'resume', when: { at: 3_600 } })),
    plant: believingCancelled,
    noticedBy: {
      oneJobPerPrefix: ['at most one live job on a checkpoint prefix'],
      lineagesHold: ['at most one live run in a lineage', 'a lineage comes to one model at most'],
      lineageAddsUp: ['the receipts of a lineage add up'],
    },
  },
  {
    what: 'a door that lets a run go on from one that has its model',
    drawn: worldOf(resuming(1)),
    plant: believingCancelled,
    noticedBy: { lineagesHold: ['a lineage comes to one model at most'] },
  },
  {
    what: 'checkpoints that somebody holds who is no run, and will not end',
    drawn: {},
    plant: () =>
      inPlaceOf('CloseRun', async (invoke, event, world) => {
        const answer = await invoke(event);
        await world.ledger.acquireLease((await historyOf(world, event['runId'])).run.lineageId, 'somebody');
        return answer;
      }),
    noticedBy: { lineagesHold: ['the checkpoints of a lineage are free when its runs have ended'] },
  },
  {
    what: 'a door that takes for done what no checkpoint holds',
    drawn: { ...worldOf(stopping, resuming(1)), script: { checkpointIntervalSeconds: 0 } },
    plant: seeingCheckpoints,
    noticedBy: { resumesFromWhatIsSafe: ['what counts as done at a resumption is in a checkpoint'] },
  },
  {
    what: 'a door that takes for done more than the checkpoint holds',
    drawn: worldOf(stopping, resuming(1)),
    plant: countingTwice,
    noticedBy: { resumesFromWhatIsSafe: ['what counts as done at a resumption is in a checkpoint'] },
  },
  {
    what: 'a door that takes for done what was removed before it had the lease',
    drawn: RESUMED_AT_THE_LAST_MOMENT,
    plant: lookingOnce,
    noticedBy: { resumesFromWhatIsSafe: ['what counts as done at a resumption is in a checkpoint'] },
  },
  {
    what: 'a run that forgets one of those it goes on from',
    drawn: worldOf(stopping, resuming(1), stoppingAgain, resuming(2, 'first')),
    plant: () => doorWith((world) => ({ ledger: withLedger(world, { readLineage: async () => [] }) })),
    noticedBy: { lineageAddsUp: ['the receipts of a lineage add up'] },
  },
  {
    what: 'checkpoints that are removed while a run goes on',
    drawn: { ...worldOf(act({ act: 'look', when: { at: 3_600 } })), ...LOOKED_AFTER },
    plant: cleaningHastily,
    noticedBy: { checkpointsAreKept: ['checkpoints are kept while a run goes on, and as long as stated afterwards'] },
  },
  {
    what: 'checkpoints that are removed too soon after the end of a run',
    drawn: { ...worldOf(act({ act: 'look', when: { at: 9_000 } })), ...LOOKED_AFTER },
    plant: cleaningHastily,
    noticedBy: { checkpointsAreKept: ['checkpoints are kept while a run goes on, and as long as stated afterwards'] },
  },
  {
    what: 'an extension that is refused without a reason',
    drawn: worldOf(extending),
    plant: () => inPlaceOf('ExtendRun', async () => ({ verdict: 'refused', reason: 'no' })),
    noticedBy: { refusalsSayWhy: ['a refusal says why'] },
  },
  {
    what: 'a run that is refused without a reason',
    drawn: worldOf(resuming(1)),
    plant: () =>
      inPlaceOf('AcceptRun', async (invoke, event) => {
        const answer = (await invoke(event)) as Answer;
        return answer['verdict'] === 'rejected' ? { ...answer, reason: '' } : answer;
      }),
    noticedBy: { refusalsSayWhy: ['a refusal says why'] },
  },
  {
    what: 'a job that is started for a run that has ended',
    drawn: REDRIVEN,
    plant: () =>
      inPlaceOf('PlanAttempt', async (invoke, event, world) => {
        const { end, ...before } = await historyOf(world, event['runId']);
        const [answer, now] = [await invoke(event), world.clock.now()];
        const decision = decide(before, now);
        if (end !== undefined && decision.next === 'attempt')
          world.sagemaker.createTrainingJob(renderTrainingJob(before.run, plannedAttempt(before.run, decision, now)));
        return answer;
      }),
    noticedBy: {
      receiptAddsUp: ['the receipt adds up to what was billed'],
      nothingOutlivesItsRun: ['no job outlives its run'],
    },
  },
];
