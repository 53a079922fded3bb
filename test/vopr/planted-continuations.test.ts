import { describe, expect, it } from '@jest/globals';
import type { RunHistory } from '../../domain/run-history.ts';
import { createAcceptRun, type AcceptRunPorts } from '../../lambdas/accept-run/accept-run.ts';
import type { Continuation } from '../../simulator/vopr/drawn-world.ts';
import type { World } from '../../simulator/world.ts';
import type { DrawnOverrides } from './drawn.ts';
import { historyOf, inPlaceOf, promisesBroken, withLedger } from './planting.ts';

const act = (wanted: Partial<Continuation> & Pick<Continuation, 'act' | 'when'>): Continuation => ({
  run: 0,
  names: 'last',
  terms: {},
  ...wanted,
});
const extending = act({ act: 'extend', when: { at: 3_600 }, terms: { deadline: '9h' } });
const stopping = act({ act: 'stop-job', when: { at: 5_400 } });
const resuming = (end: number, names: Continuation['names'] = 'last'): Continuation =>
  act({ act: 'resume', names, when: { after: 'announced', end, seconds: 60 }, terms: { deadline: '6h' } });
const worldOf = (...acts: readonly Continuation[]): DrawnOverrides => ({ continuations: { acts, mends: false } });

/** The door as it is, over ports of which some lie. */
const doorWith = (change: (world: World, ports: AcceptRunPorts) => Partial<AcceptRunPorts>) =>
  inPlaceOf('AcceptRun', async (_invoke, event, world) => {
    const { ledger, objects, sweeps, clock } = world;
    const ports: AcceptRunPorts = { ledger, objects, sweeps, clock, metrics: { put: () => {} } };
    return createAcceptRun({ ...ports, ...change(world, ports) })(event);
  });

/** A ledger by which each run has been cancelled, whatever became of it. */
const believingCancelled = (world: World) =>
  withLedger(world, {
    readRun: async (runId): Promise<RunHistory | undefined> => {
      const history = await world.ledger.readRun(runId);
      if (history === undefined) return undefined;
      return { ...history, end: { status: 'CANCELLED', code: 'Cancelled', reason: '', endedAt: world.clock.now() } };
    },
    acquireLease: async () => ({ kind: 'held' }),
  });

it('nothing is found where runs are extended and gone on from, and nothing is wrong', async () => {
  expect(await promisesBroken(undefined, worldOf(extending))).toEqual([]);
  expect(await promisesBroken(undefined, worldOf(extending, stopping, resuming(1), resuming(1), resuming(2)))).toEqual(
    [],
  );
});

describe('the checkers notice', () => {
  it('an extension that shortens what a run has', async () => {
    const double = inPlaceOf('ExtendRun', async (_invoke, event, world) => {
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
    });

    expect(await promisesBroken(double, worldOf(extending))).toEqual([
      'an extension gives more, and takes nothing away',
    ]);
  });

  it('an extension that is granted and not given', async () => {
    const double = inPlaceOf('ExtendRun', async () => ({ verdict: 'unchanged', reason: 'the run has a new deadline' }));

    expect(await promisesBroken(double, worldOf(extending))).toEqual([
      'an extension gives more, and takes nothing away',
    ]);
  });

  it('an end at a deadline that has been put off', async () => {
    let plans = 0;
    const double = inPlaceOf('PlanAttempt', async () => {
      plans += 1;
      return plans === 1
        ? { next: 'wait', waitSeconds: 7_200, reason: 'not yet' }
        : { next: 'end', status: 'EXHAUSTED', code: 'DeadlineMissed', reason: 'too late' };
    });

    expect(await promisesBroken(double, worldOf(extending))).toContain(
      'an extension gives more, and takes nothing away',
    );
  });

  it('a door that lets a run go on from one that has not ended', async () => {
    const early = act({ act: 'resume', when: { at: 3_600 } });
    const double = doorWith((world) => ({ ledger: believingCancelled(world) }));

    expect(await promisesBroken(double, worldOf(early))).toEqual(
      expect.arrayContaining(['at most one live job on a checkpoint prefix', 'at most one live run in a lineage']),
    );
  });

  it('a door that lets a run go on from one that has its model', async () => {
    const double = doorWith((world) => ({ ledger: believingCancelled(world) }));

    expect(await promisesBroken(double, worldOf(resuming(1)))).toContain('a lineage comes to one model at most');
  });

  it('checkpoints that somebody holds who is no run, and will not end', async () => {
    const double = inPlaceOf('CloseRun', async (invoke, event, world) => {
      const answer = await invoke(event);
      await world.ledger.acquireLease((await historyOf(world, event['runId'])).run.lineageId, 'somebody');
      return answer;
    });

    expect(await promisesBroken(double, worldOf())).toEqual([
      'the checkpoints of a lineage are free when its runs have ended',
    ]);
  });

  it('a door that takes for done what no checkpoint holds', async () => {
    const seeing = doorWith((world, { objects }) => ({
      objects: {
        readText: async (uri) => objects.readText(uri),
        writeText: async (uri, text) => objects.writeText(uri, text),
        exists: async (uri) => objects.exists(uri),
        deleteUnder: async (uri) => objects.deleteUnder(uri),
        newestUnder: async (uri) => ({ uri, modifiedAt: world.clock.now() }),
      },
    }));
    const never = { ...worldOf(stopping, resuming(1)), script: { checkpointIntervalSeconds: 0 } };
    const promise = 'what counts as done at a resumption is in a checkpoint';
    expect(await promisesBroken(seeing, never)).toContain(promise);

    const counting = doorWith((world) => ({
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
    expect(await promisesBroken(counting, worldOf(stopping, resuming(1)))).toContain(promise);
  });

  it('a run that forgets one of those it goes on from', async () => {
    const double = doorWith((world) => ({ ledger: withLedger(world, { readLineage: async () => [] }) }));
    const again = act({ act: 'stop-job', when: { after: 'announced', end: 1, seconds: 1_800 } });

    expect(await promisesBroken(double, worldOf(stopping, resuming(1), again, resuming(2, 'first')))).toContain(
      'the receipts of a lineage add up',
    );
  });

  it('checkpoints that are removed while a run goes on, or too soon after its end', async () => {
    const hasty = inPlaceOf('Reconcile', async (_invoke, _event, world) => {
      const [run] = [...(await world.ledger.openRuns('vopr')), ...(await world.ledger.endedRuns('vopr'))];
      await world.objects.deleteUnder(`s3://artifacts/vopr/checkpoints/${run?.runId}/`);
      return {};
    });
    const promise = 'checkpoints are kept while a run goes on, and as long as stated afterwards';
    for (const at of [3_600, 9_000]) {
      const look = { ...worldOf(act({ act: 'look', when: { at } })), pipeline: { checkpointRetention: '30d' } };
      expect(await promisesBroken(undefined, look)).toEqual([]);
      expect(await promisesBroken(hasty, look)).toContain(promise);
    }
  });

  it('a refusal without a reason', async () => {
    const promise = 'a refusal says why';
    const refusing = inPlaceOf('ExtendRun', async () => ({ verdict: 'refused', reason: 'no' }));
    expect(await promisesBroken(refusing, worldOf(extending))).toEqual([promise]);

    const rejecting = inPlaceOf('AcceptRun', async (invoke, event) => {
      const answer = (await invoke(event)) as Readonly<Record<string, unknown>>;
      return answer['verdict'] === 'rejected' ? { ...answer, reason: '' } : answer;
    });
    expect(await promisesBroken(rejecting, worldOf(resuming(1)))).toEqual([promise]);
  });
});
