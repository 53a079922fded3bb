// What every ledger promises. The simulator's results are worth something in the cloud only because both ledgers keep this.
import { describe, expect, it } from '@jest/globals';
import { ATTEMPTS_PER_RUN_MAX } from '../../domain/budget.ts';
import { AttemptNotOnReceipt } from '../../domain/errors.ts';
import type { RetainedCheckpoints } from '../../domain/checkpoint-retention.ts';
import { freshWatch, heard, listening } from '../../domain/watch.ts';
import { TRAINING_TIMES_MAX, type Ledger } from '../../lambdas/ports.ts';
import {
  ACCEPTED_AT,
  aCanary,
  aReceipt,
  aRegistration,
  aRun,
  aStopIntent,
  aTrainingTime,
  anAttempt,
  anEnd,
  anOutcome,
  executionArn,
  LINEAGE_ID,
  OTHER_RUN_ID,
  RUN_ID,
} from './facts.ts';

const RACES = 25;

/** `createLedger` gives an empty one each time; where requests travel, the seed decides in which order they arrive. */
export function describeLedger(name: string, createLedger: (seed?: number) => Ledger): void {
  /** Twenty-five ledgers, each with its own order of arrival. */
  const inManyOrders = async (race: (ledger: Ledger) => Promise<void>): Promise<void> => {
    for (let seed = 1; seed <= RACES; seed += 1) await race(createLedger(seed * 7_919));
  };

  describe(`${name}: canaries`, () => {
    const outcome = {
      settledAt: ACCEPTED_AT + 900,
      startedAt: ACCEPTED_AT + 840,
      billable: 18,
      reason: 'Completed/Completed',
    };

    it('are read in the order in which they were sent, and settled once', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      for (const canary of [aCanary(4, 1), aCanary(2, 11), aCanary(2, 2)]) await ledger.planCanary(canary);
      expect(await ledger.settleCanary(aCanary(2, 2), outcome)).toEqual(outcome);
      expect(await ledger.settleCanary(aCanary(2, 2), { ...outcome, billable: 99 })).toEqual(outcome);
      expect((await ledger.readRun(RUN_ID))?.canaries).toEqual([
        aCanary(2, 2, { outcome }),
        aCanary(2, 11),
        aCanary(4, 1),
      ]);
    });

    it('are planned once under one name', async () => {
      const ledger = createLedger();
      await ledger.planCanary(aCanary(2, 1));
      expect(await ledger.planCanary(aCanary(2, 1, { rung: 1 }))).toEqual(aCanary(2, 1));
    });

    it('that were never planned cannot be settled', async () => {
      await expect(createLedger().settleCanary(aCanary(2, 1), outcome)).rejects.toThrow(/never planned|is gone/);
    });

    it('lets two that settle one canary agree', async () => {
      await inManyOrders(async (ledger) => {
        await ledger.planCanary(aCanary(2, 1));
        const settled = await Promise.all(
          [1, 2, 3].map((billable) => ledger.settleCanary(aCanary(2, 1), { ...outcome, billable })),
        );
        expect(new Set(settled.map(({ billable }) => billable)).size).toBe(1);
      });
    });
  });

  describe(`${name}: the watch of an attempt`, () => {
    it('is fresh at first, and kept as it was changed', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      const listens = await ledger.updateWatch(RUN_ID, 2, (watch) => listening(watch, 'token', ACCEPTED_AT));
      expect(listens).toEqual({ ...freshWatch(2), taskToken: 'token', lookedAt: ACCEPTED_AT });
      expect(await ledger.updateWatch(RUN_ID, 2, (watch) => watch)).toEqual(listens);
      await ledger.updateWatch(RUN_ID, 1, (watch) => heard(watch, ACCEPTED_AT));
      expect((await ledger.readRun(RUN_ID))?.watches).toEqual([{ ...freshWatch(1), newsAt: ACCEPTED_AT }, listens]);
    });

    it('loses no change, whoever comes first', async () => {
      await inManyOrders(async (ledger) => {
        await Promise.all([
          ledger.updateWatch(RUN_ID, 1, (watch) => listening(watch, 'token', ACCEPTED_AT)),
          ledger.updateWatch(RUN_ID, 1, (watch) => heard(watch, ACCEPTED_AT + 9)),
          ledger.updateWatch(RUN_ID, 1, (watch) => heard(watch, ACCEPTED_AT + 8)),
        ]);
        expect(await ledger.updateWatch(RUN_ID, 1, (watch) => watch)).toEqual({
          attemptNumber: 1,
          taskToken: 'token',
          lookedAt: ACCEPTED_AT,
          newsAt: ACCEPTED_AT + 9,
          woken: true,
          wokenFor: expect.any(Number),
          wakeCount: 1,
        });
      });
    });
  });

  describe(`${name}: accepting a run`, () => {
    it('gives back what was accepted', async () => {
      const ledger = createLedger();
      expect(await ledger.acceptRun(aRun())).toEqual(aRun());
      expect(await ledger.readRun(RUN_ID)).toEqual({ run: aRun(), attempts: [], stopIntents: [] });
    });

    it('keeps the first of two and returns it to the second', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun({ maxRuntimeSeconds: 100 }));
      expect(await ledger.acceptRun(aRun({ maxRuntimeSeconds: 200 }))).toEqual(aRun({ maxRuntimeSeconds: 100 }));
      expect((await ledger.readRun(RUN_ID))?.run.maxRuntimeSeconds).toBe(100);
    });

    it('points from the execution to the run', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      expect(await ledger.runIdOfExecution(executionArn('first'))).toBe(RUN_ID);
    });

    it('knows no run of an execution that it has not seen', async () => {
      expect(await createLedger().runIdOfExecution(executionArn('first'))).toBeUndefined();
    });

    it('writes no pointer for an acceptance that came second', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.acceptRun(aRun({ executionArn: executionArn('second') }));
      expect(await ledger.runIdOfExecution(executionArn('second'))).toBeUndefined();
    });

    it('points to the newest run of an execution name that had become free', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.acceptRun(aRun({ runId: OTHER_RUN_ID }));
      await ledger.acceptRun(aRun());
      expect(await ledger.runIdOfExecution(executionArn('first'))).toBe(OTHER_RUN_ID);
    });

    it('lets concurrent acceptances agree on one run', async () => {
      await inManyOrders(async (ledger) => {
        const accepted = await Promise.all([1, 2, 3].map((budgetUsd) => ledger.acceptRun(aRun({ budgetUsd }))));
        const history = await ledger.readRun(RUN_ID);
        expect(new Set(accepted.map(({ budgetUsd }) => budgetUsd))).toEqual(new Set([history?.run.budgetUsd]));
      });
    });
  });

  describe(`${name}: amendments`, () => {
    const anAmendment = (number: number, by = 'first') => ({
      runId: RUN_ID,
      number,
      at: ACCEPTED_AT + 60 * number,
      by,
      before: { budgetUsd: 40 },
      after: { budgetUsd: 40 + number },
    });

    it('are read in the order of their numbers, beside the run as it was accepted', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun({ budgetUsd: 40 }));
      for (const number of [2, 11, 1]) await ledger.recordAmendment(anAmendment(number));
      const history = await ledger.readRun(RUN_ID);
      expect(history?.amendments).toEqual([anAmendment(1), anAmendment(2), anAmendment(11)]);
      expect(history?.run.budgetUsd).toBe(40);
    });

    it('lets two that give one number agree on the first', async () => {
      await inManyOrders(async (ledger) => {
        await ledger.acceptRun(aRun());
        const given = await Promise.all(['one', 'other'].map((by) => ledger.recordAmendment(anAmendment(1, by))));
        expect(given[0]).toEqual(given[1]);
        expect((await ledger.readRun(RUN_ID))?.amendments).toEqual([given[0]]);
      });
    });
  });

  describe(`${name}: a lineage`, () => {
    const resumes = {
      runId: RUN_ID,
      status: 'FAILED' as const,
      code: 'Algorithm',
      runCount: 1,
      attemptCount: 1,
      trainedSeconds: 60,
      billableSeconds: 90,
      work: { savedSeconds: 30, checkpointAt: ACCEPTED_AT },
      changed: ['image'],
    };
    const resumed = (runId: string, acceptedAt: number) =>
      aRun({ runId, executionArn: executionArn(runId), acceptedAt, resumes });

    it('lists the runs that were resumed in it, in the order in which they were accepted', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.acceptRun(resumed(`${RUN_ID}a`, ACCEPTED_AT + 20.5));
      await ledger.acceptRun(resumed(`${RUN_ID}b`, ACCEPTED_AT + 10));
      await ledger.acceptRun({ ...resumed(`${RUN_ID}c`, ACCEPTED_AT + 5), lineageId: `${LINEAGE_ID}-other` });
      expect(await ledger.readLineage(LINEAGE_ID)).toEqual([`${RUN_ID}b`, `${RUN_ID}a`]);
      expect((await ledger.readRun(`${RUN_ID}a`))?.run.resumes).toEqual(resumes);
    });

    it('has none of them at first, its lease notwithstanding', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.acquireLease(LINEAGE_ID, RUN_ID);
      expect(await ledger.readLineage(LINEAGE_ID)).toEqual([]);
    });
  });

  describe(`${name}: reading a run`, () => {
    it('finds nothing of a run that it does not know', async () => {
      const ledger = createLedger();
      expect(await ledger.readRun(RUN_ID)).toBeUndefined();
      expect(await ledger.readReceipt(RUN_ID)).toBeUndefined();
      expect(await ledger.readRegistration(RUN_ID)).toBeUndefined();
    });

    it('orders attempts by number, however they arrived', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      for (const number of [2, 11, 1, 100, 9]) await ledger.planAttempt(anAttempt(number));
      expect((await ledger.readRun(RUN_ID))?.attempts.map(({ number }) => number)).toEqual([1, 2, 9, 11, 100]);
    });

    it('brings attempts, stop intents and end together', async () => {
      const ledger = createLedger();
      const end = anEnd();
      await ledger.acceptRun(aRun());
      await ledger.planAttempt(anAttempt(1));
      await ledger.settleAttempt(RUN_ID, 1, anOutcome());
      await ledger.recordStopIntent(aStopIntent());
      await ledger.endRun(RUN_ID, end, aReceipt(end, [anAttempt(1, { outcome: anOutcome() })]));
      await ledger.recordRegistration(aRegistration());
      expect(await ledger.readRun(RUN_ID)).toEqual({
        run: aRun(),
        attempts: [anAttempt(1, { outcome: anOutcome() })],
        stopIntents: [aStopIntent()],
        end,
      });
    });

    it('keeps two runs apart, also when the id of one begins with the id of the other', async () => {
      const ledger = createLedger();
      const longer = `${RUN_ID}a`;
      await ledger.acceptRun(aRun());
      await ledger.acceptRun(aRun({ runId: longer, executionArn: executionArn('longer') }));
      await ledger.planAttempt(anAttempt(1, { runId: longer }));
      expect((await ledger.readRun(RUN_ID))?.attempts).toEqual([]);
      expect((await ledger.readRun(longer))?.attempts).toHaveLength(1);
    });

    it('leaves fields out that were undefined', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun({ deadline: undefined }));
      await ledger.planAttempt(anAttempt(1));
      await ledger.settleAttempt(
        RUN_ID,
        1,
        anOutcome({ jobStatus: undefined, durable: { savedSeconds: 1, fraction: undefined } }),
      );
      const history = await ledger.readRun(RUN_ID);
      expect(history?.run).not.toHaveProperty('deadline');
      expect(history?.attempts[0]?.outcome).not.toHaveProperty('jobStatus');
      expect(history?.attempts[0]?.outcome?.durable).not.toHaveProperty('fraction');
    });

    it('is not changed by those who change what they wrote or read', async () => {
      const ledger = createLedger();
      const run = aRun();
      await ledger.acceptRun(run);
      await ledger.planAttempt(anAttempt(1));
      run.ladder.pop();
      const read = await ledger.readRun(RUN_ID);
      attempt(() => read?.run.ladder.pop());
      attempt(() => Object.assign(read?.attempts[0] ?? {}, { reason: 'another' }));
      expect(await ledger.readRun(RUN_ID)).toEqual({ run: aRun(), attempts: [anAttempt(1)], stopIntents: [] });
    });
  });

  describe(`${name}: attempts`, () => {
    it('keeps the first plan of a number', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      expect(await ledger.planAttempt(anAttempt(1, { reason: 'first' }))).toEqual(anAttempt(1, { reason: 'first' }));
      expect(await ledger.planAttempt(anAttempt(1, { reason: 'second' }))).toEqual(anAttempt(1, { reason: 'first' }));
    });

    it('lets concurrent planners agree on one plan', async () => {
      await inManyOrders(async (ledger) => {
        await ledger.acceptRun(aRun());
        const plans = await Promise.all([1, 2, 3, 4].map((rung) => ledger.planAttempt(anAttempt(1, { rung }))));
        const history = await ledger.readRun(RUN_ID);
        expect(history?.attempts).toHaveLength(1);
        for (const plan of plans) expect(plan).toEqual(history?.attempts[0]);
      });
    });

    it('returns an attempt as it stands to those who plan it again later', async () => {
      const ledger = createLedger();
      await ledger.planAttempt(anAttempt(1));
      await ledger.markMissing(RUN_ID, 1, ACCEPTED_AT + 5);
      await ledger.settleAttempt(RUN_ID, 1, anOutcome());
      expect(await ledger.planAttempt(anAttempt(1))).toEqual(
        anAttempt(1, { missingSince: ACCEPTED_AT + 5, outcome: anOutcome() }),
      );
    });

    it('plans none for a run that has ended, and says so also of one that was planned before', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.planAttempt(anAttempt(1));
      await ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd(), [anAttempt(1, { outcome: anOutcome() })]));
      expect(await ledger.planAttempt(anAttempt(2))).toBeUndefined();
      expect(await ledger.planAttempt(anAttempt(1))).toBeUndefined();
      expect((await ledger.readRun(RUN_ID))?.attempts).toEqual([anAttempt(1)]);
    });

    it('lets one be planned or the run end without it, whoever comes first', async () => {
      await inManyOrders(async (ledger) => {
        await ledger.acceptRun(aRun());
        const [planned, ended] = await Promise.all([
          ledger.planAttempt(anAttempt(1)),
          ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd())).catch((error: unknown) => error),
        ]);
        const { attempts, end } = (await ledger.readRun(RUN_ID)) ?? {};
        if (planned === undefined) expect([attempts, end]).toEqual([[], anEnd()]);
        else expect([attempts, end, ended]).toEqual([[planned], undefined, expect.any(AttemptNotOnReceipt)]);
      });
    });

    it('keeps the first time at which a job was missing', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.planAttempt(anAttempt(1));
      expect(await ledger.markMissing(RUN_ID, 1, ACCEPTED_AT + 5.25)).toBe(ACCEPTED_AT + 5.25);
      expect(await ledger.markMissing(RUN_ID, 1, ACCEPTED_AT + 9)).toBe(ACCEPTED_AT + 5.25);
      expect((await ledger.readRun(RUN_ID))?.attempts[0]?.missingSince).toBe(ACCEPTED_AT + 5.25);
    });

    it('keeps the first outcome', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.planAttempt(anAttempt(1));
      const first = anOutcome({ interruptionCount: 1 });
      expect(await ledger.settleAttempt(RUN_ID, 1, first)).toEqual(first);
      expect(await ledger.settleAttempt(RUN_ID, 1, anOutcome({ interruptionCount: 2 }))).toEqual(first);
      expect((await ledger.readRun(RUN_ID))?.attempts[0]?.outcome).toEqual(first);
    });

    it('keeps both when one marks an attempt as missing while others settle it', async () => {
      await inManyOrders(async (ledger) => {
        await ledger.acceptRun(aRun());
        await ledger.planAttempt(anAttempt(1));
        const [, ...outcomes] = await Promise.all([
          ledger.markMissing(RUN_ID, 1, ACCEPTED_AT + 5),
          ...[1, 2, 3].map((interruptionCount) => ledger.settleAttempt(RUN_ID, 1, anOutcome({ interruptionCount }))),
        ]);
        const standing = (await ledger.readRun(RUN_ID))?.attempts[0];
        expect(standing?.missingSince).toBe(ACCEPTED_AT + 5);
        for (const outcome of outcomes) expect(outcome).toEqual(standing?.outcome);
      });
    });

    it('refuses to mark or settle what was never planned', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await expect(ledger.markMissing(RUN_ID, 7, ACCEPTED_AT)).rejects.toThrow(
        `attempt 7 of ${RUN_ID} was never planned`,
      );
      await expect(ledger.settleAttempt(RUN_ID, 7, anOutcome())).rejects.toThrow(
        `attempt 7 of ${RUN_ID} was never planned`,
      );
      expect((await ledger.readRun(RUN_ID))?.attempts).toEqual([]);
    });

    it('refuses a number that is none, and stores nothing', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await expect(ledger.planAttempt(anAttempt(1, { plannedAt: Number.NaN }))).rejects.toThrow('plannedAt');
      expect((await ledger.readRun(RUN_ID))?.attempts).toEqual([]);
    });
  });

  describe(`${name}: stop intents`, () => {
    it('keeps the first reason for stopping a job', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      expect(await ledger.recordStopIntent(aStopIntent())).toEqual(aStopIntent());
      expect(await ledger.recordStopIntent(aStopIntent({ reason: 'run-closed', by: 'close-run' }))).toEqual(
        aStopIntent(),
      );
      expect((await ledger.readRun(RUN_ID))?.stopIntents).toEqual([aStopIntent()]);
    });

    it('lists one for each job, by its name', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      const intents = [3, 1, 2].map((number) => aStopIntent({ jobName: anAttempt(number).jobName }));
      for (const intent of intents) await ledger.recordStopIntent(intent);
      const stored = (await ledger.readRun(RUN_ID))?.stopIntents.map(({ jobName }) => jobName);
      expect(stored).toEqual([1, 2, 3].map((number) => anAttempt(number).jobName));
    });

    it('lets the watch and the closing of the run agree on one reason', async () => {
      await inManyOrders(async (ledger) => {
        const [watch, closing] = await Promise.all([
          ledger.recordStopIntent(aStopIntent()),
          ledger.recordStopIntent(aStopIntent({ reason: 'run-closed', by: 'close-run' })),
        ]);
        expect(watch).toEqual(closing);
      });
    });
  });

  describe(`${name}: the lease on a lineage`, () => {
    const taken = { kind: 'taken', holderRunId: RUN_ID };
    const held = { kind: 'held' };

    it('goes to who asks first', async () => {
      const ledger = createLedger();
      expect(await ledger.acquireLease(LINEAGE_ID, RUN_ID)).toEqual(held);
      expect(await ledger.acquireLease(LINEAGE_ID, OTHER_RUN_ID)).toEqual(taken);
    });

    it('is taken again by its holder', async () => {
      const ledger = createLedger();
      await ledger.acquireLease(LINEAGE_ID, RUN_ID);
      expect(await ledger.acquireLease(LINEAGE_ID, RUN_ID)).toEqual(held);
    });

    it('is one for each lineage', async () => {
      const ledger = createLedger();
      await ledger.acquireLease(LINEAGE_ID, RUN_ID);
      expect(await ledger.acquireLease('churn--another', OTHER_RUN_ID)).toEqual(held);
    });

    it('is free once its holder releases it', async () => {
      const ledger = createLedger();
      await ledger.acquireLease(LINEAGE_ID, RUN_ID);
      await ledger.releaseLease(LINEAGE_ID, RUN_ID);
      expect(await ledger.acquireLease(LINEAGE_ID, OTHER_RUN_ID)).toEqual(held);
    });

    it('stays with its holder when a stranger releases it', async () => {
      const ledger = createLedger();
      await ledger.acquireLease(LINEAGE_ID, RUN_ID);
      await ledger.releaseLease(LINEAGE_ID, OTHER_RUN_ID);
      expect(await ledger.acquireLease(LINEAGE_ID, OTHER_RUN_ID)).toEqual(taken);
    });

    it('can be released when nobody has it', async () => {
      await expect(createLedger().releaseLease(LINEAGE_ID, RUN_ID)).resolves.toBeUndefined();
    });

    it('is taken over from a run that has ended', async () => {
      const ledger = createLedger();
      await ledger.acquireLease(LINEAGE_ID, RUN_ID);
      await ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd()));
      expect(await ledger.acquireLease(LINEAGE_ID, OTHER_RUN_ID)).toEqual(held);
    });

    it('stays with who took it over when the ended run releases it late', async () => {
      const ledger = createLedger();
      await ledger.acquireLease(LINEAGE_ID, RUN_ID);
      await ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd()));
      await ledger.acquireLease(LINEAGE_ID, OTHER_RUN_ID);
      await ledger.releaseLease(LINEAGE_ID, RUN_ID);
      expect(await ledger.acquireLease(LINEAGE_ID, 'churn--third')).toEqual({
        kind: 'taken',
        holderRunId: OTHER_RUN_ID,
      });
    });

    it.each([
      ['free', async () => {}],
      [
        'held by a run that has ended',
        async (ledger: Ledger) => {
          await ledger.acquireLease(LINEAGE_ID, 'churn--ended');
          await ledger.endRun('churn--ended', anEnd(), aReceipt(anEnd()));
        },
      ],
    ])('goes to exactly one of many who ask at once while it is %s', async (_, prepare) => {
      await inManyOrders(async (ledger) => {
        await prepare(ledger);
        const runIds = ['churn--1', 'churn--2', 'churn--3', 'churn--4'];
        const results = await Promise.all(runIds.map((runId) => ledger.acquireLease(LINEAGE_ID, runId)));
        const holders = runIds.filter((_, index) => results[index]?.kind === 'held');
        expect(holders).toHaveLength(1);
        const losers = results.filter(({ kind }) => kind === 'taken');
        expect(losers).toEqual(losers.map(() => ({ kind: 'taken', holderRunId: holders[0] })));
      });
    });

    it('is never held by two while one releases it and another asks', async () => {
      await inManyOrders(async (ledger) => {
        await ledger.acquireLease(LINEAGE_ID, RUN_ID);
        const [result] = await Promise.all([
          ledger.acquireLease(LINEAGE_ID, OTHER_RUN_ID),
          ledger.releaseLease(LINEAGE_ID, RUN_ID),
        ]);
        const third = await ledger.acquireLease(LINEAGE_ID, 'churn--third');
        expect(third).toEqual(result.kind === 'held' ? { kind: 'taken', holderRunId: OTHER_RUN_ID } : held);
      });
    });
  });

  describe(`${name}: the end of a run`, () => {
    it('keeps the first end and its receipt, together', async () => {
      const ledger = createLedger();
      const [first, second] = [anEnd(), anEnd({ status: 'CANCELLED', code: 'Aborted', endedAt: ACCEPTED_AT + 9 })];
      await ledger.acceptRun(aRun());
      expect(await ledger.endRun(RUN_ID, first, aReceipt(first))).toEqual({ end: first, receipt: aReceipt(first) });
      expect(await ledger.endRun(RUN_ID, second, aReceipt(second))).toEqual({ end: first, receipt: aReceipt(first) });
      expect(await ledger.readReceipt(RUN_ID)).toEqual(aReceipt(first));
    });

    it('is not written while there is an attempt that its receipt does not have', async () => {
      const ledger = createLedger();
      const outcome = anOutcome();
      await ledger.acceptRun(aRun());
      for (const number of [1, 2]) await ledger.planAttempt(anAttempt(number));
      await expect(ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd(), [anAttempt(1, { outcome })]))).rejects.toThrow(
        `run ${RUN_ID} has an attempt 2 that its receipt does not have`,
      );
      expect(await ledger.readRun(RUN_ID)).not.toHaveProperty('end');
      expect(await ledger.readReceipt(RUN_ID)).toBeUndefined();
      expect(await ledger.openRuns('churn')).toHaveLength(1);
      const receipt = aReceipt(anEnd(), [anAttempt(1, { outcome }), anAttempt(2, { outcome })]);
      expect(await ledger.endRun(RUN_ID, anEnd(), receipt)).toEqual({ end: anEnd(), receipt });
    });

    it('lets the state machine and the closing of the run agree on one end', async () => {
      const ends = [
        anEnd(),
        anEnd({ status: 'CANCELLED', code: 'Aborted' }),
        anEnd({ status: 'FAILED', code: 'Algorithm' }),
      ];
      await inManyOrders(async (ledger) => {
        await ledger.acceptRun(aRun());
        const results = await Promise.all(ends.map((end) => ledger.endRun(RUN_ID, end, aReceipt(end))));
        const standing = (await ledger.readRun(RUN_ID))?.end;
        for (const { end, receipt } of results) {
          expect(end).toEqual(standing);
          expect(receipt.code).toBe(standing?.code);
        }
      });
    });

    it('keeps the receipt of a run that used up all its attempts and was wordy about each', async () => {
      const ledger = createLedger();
      const words = 'capacity was taken back; '.repeat(14);
      const attempts = Array.from({ length: ATTEMPTS_PER_RUN_MAX }, (_, index) =>
        anAttempt(index + 1, {
          reason: words,
          outcome: anOutcome({
            kind: 'ended',
            failure: {
              class: 'Interruption',
              rule: 'r',
              evidence: { field: 'f', text: words },
              explanation: words,
              advice: words,
            },
          }),
        }),
      );
      const end = anEnd({ status: 'EXHAUSTED', code: 'Attempts' });
      const receipt = aReceipt(end, attempts);
      await ledger.endRun(RUN_ID, end, receipt);
      expect(await ledger.readReceipt(RUN_ID)).toEqual(receipt);
    });
  });

  describe(`${name}: what is not finished`, () => {
    const open = { pipeline: 'churn', runId: RUN_ID, executionArn: executionArn('first'), acceptedAt: ACCEPTED_AT };
    const ended = { pipeline: 'churn', runId: RUN_ID, endedAt: anEnd().endedAt, repeatCount: 0 };

    it('lists a run as open until it ends, and as ended until that is confirmed', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.acceptRun(aRun({ runId: OTHER_RUN_ID, executionArn: executionArn('second') }));
      expect(await ledger.openRuns('churn')).toEqual([
        open,
        { ...open, runId: OTHER_RUN_ID, executionArn: executionArn('second') },
      ]);
      expect(await ledger.endedRuns('churn')).toEqual([]);
      await ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd()));
      expect((await ledger.openRuns('churn')).map(({ runId }) => runId)).toEqual([OTHER_RUN_ID]);
      expect(await ledger.endedRuns('churn')).toEqual([ended]);
      await ledger.confirmEndedRun('churn', RUN_ID);
      expect(await ledger.endedRuns('churn')).toEqual([]);
    });

    it('opens nothing again for an acceptance, and confirms nothing away for an end, that came late', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd()));
      await ledger.confirmEndedRun('churn', RUN_ID);
      await ledger.acceptRun(aRun());
      await ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd()));
      expect(await ledger.openRuns('churn')).toEqual([]);
      expect(await ledger.endedRuns('churn')).toEqual([]);
    });

    it('keeps how often an end was announced again, while it is not confirmed', async () => {
      const ledger = createLedger();
      const repeated = { ...ended, repeatCount: 1, repeatedAt: ACCEPTED_AT + 9_000 };
      await ledger.endRun(RUN_ID, anEnd(), aReceipt(anEnd()));
      await ledger.updateEndedRun(repeated);
      expect(await ledger.endedRuns('churn')).toEqual([repeated]);
      await ledger.confirmEndedRun('churn', RUN_ID);
      await ledger.updateEndedRun(repeated);
      expect(await ledger.endedRuns('churn')).toEqual([]);
    });

    it('keeps pipelines apart, also when the name of one begins with the name of the other', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun({ pipeline: 'churn-2' }));
      expect(await ledger.openRuns('churn')).toEqual([]);
      expect(await ledger.openRuns('churn-2')).toHaveLength(1);
    });
  });

  describe(`${name}: checkpoints that are kept for a while`, () => {
    const kept = (until: number, changes: Partial<RetainedCheckpoints> = {}): RetainedCheckpoints => ({
      pipeline: 'churn',
      lineageId: LINEAGE_ID,
      uri: 's3://artifacts/churn/checkpoints/lineage/',
      until,
      ...changes,
    });

    it('are kept until the later of two times, in whichever order they are written', async () => {
      const ledger = createLedger();
      for (const until of [200, 300, 100]) await ledger.retainCheckpoints(kept(until));

      expect(await ledger.retainedCheckpoints('churn')).toEqual([kept(300)]);
    });

    it('are forgotten, unless another time stands by then', async () => {
      const ledger = createLedger();
      await ledger.retainCheckpoints(kept(300));
      await ledger.forgetCheckpoints(kept(200));
      expect(await ledger.retainedCheckpoints('churn')).toEqual([kept(300)]);

      await ledger.forgetCheckpoints(kept(300));
      expect(await ledger.retainedCheckpoints('churn')).toEqual([]);
    });

    it('belong to their lineage and their pipeline', async () => {
      const ledger = createLedger();
      const others = [
        kept(1, { lineageId: 'churn--other' }),
        kept(1, { pipeline: 'churn-2', lineageId: 'churn-2--a' }),
      ];
      for (const retained of [kept(1), ...others]) await ledger.retainCheckpoints(retained);

      expect(await ledger.retainedCheckpoints('churn')).toEqual([kept(1), others[0]]);
      expect(await ledger.retainedCheckpoints('churn-2')).toEqual([others[1]]);
    });
  });

  describe(`${name}: registration`, () => {
    it('keeps the first and returns it to the second', async () => {
      const ledger = createLedger();
      expect(await ledger.recordRegistration(aRegistration())).toEqual(aRegistration());
      const rejected = { runId: RUN_ID, status: 'rejected', reason: 'auc too low', at: ACCEPTED_AT } as const;
      expect(await ledger.recordRegistration(rejected)).toEqual(aRegistration());
      expect(await ledger.readRegistration(RUN_ID)).toEqual(aRegistration());
    });

    it('keeps a rejection with its reason', async () => {
      const ledger = createLedger();
      const rejected = { runId: RUN_ID, status: 'rejected', reason: 'auc too low', at: ACCEPTED_AT } as const;
      await ledger.recordRegistration(rejected);
      expect(await ledger.readRegistration(RUN_ID)).toEqual(rejected);
    });
  });

  describe(`${name}: training times`, () => {
    /** Ended one after the other, in the order of their numbers. */
    const timeOf = (number: number, changes = {}) =>
      aTrainingTime({ runId: `churn--${number}`, endedAt: ACCEPTED_AT + number, ...changes });

    it('are none where no run of the pipeline has succeeded', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      expect(await ledger.readTrainingTimes('churn')).toEqual([]);
    });

    it('are given the newest first, however they arrived', async () => {
      const ledger = createLedger();
      const ends = [7, 1_000_000, 0.5, 0.25, 80, 0];
      for (const end of ends) await ledger.recordTrainingTime(timeOf(end));
      expect(await ledger.readTrainingTimes('churn')).toEqual([1_000_000, 80, 7, 0.5, 0.25, 0].map((it) => timeOf(it)));
    });

    it('have a settled order where runs ended together', async () => {
      const ledger = createLedger();
      for (const number of [2, 3, 1]) await ledger.recordTrainingTime(timeOf(number, { endedAt: ACCEPTED_AT }));
      const runIds = (await ledger.readTrainingTimes('churn')).map(({ runId }) => runId);
      expect(runIds).toEqual(['churn--3', 'churn--2', 'churn--1']);
    });

    it('keep the first of a run, also when the second says that it ended at another time', async () => {
      const ledger = createLedger();
      expect(await ledger.recordTrainingTime(timeOf(1))).toEqual(timeOf(1));
      expect(await ledger.recordTrainingTime(timeOf(1))).toEqual(timeOf(1));
      expect(await ledger.recordTrainingTime(timeOf(1, { seconds: 9, endedAt: ACCEPTED_AT + 9 }))).toEqual(timeOf(1));
      expect(await ledger.readTrainingTimes('churn')).toEqual([timeOf(1)]);
    });

    it('let concurrent writers agree on one', async () => {
      await inManyOrders(async (ledger) => {
        const wanted = [1, 2, 3].map((seconds) => timeOf(1, { seconds, endedAt: ACCEPTED_AT + seconds }));
        const recorded = await Promise.all(wanted.map((time) => ledger.recordTrainingTime(time)));
        const standing = await ledger.readTrainingTimes('churn');
        expect(standing).toHaveLength(1);
        for (const time of recorded) expect(time).toEqual(standing[0]);
      });
    });

    it('belong to their pipeline, also when the name of one begins with the name of another', async () => {
      const ledger = createLedger();
      await ledger.recordTrainingTime(timeOf(1));
      await ledger.recordTrainingTime(timeOf(2, { pipeline: 'churn-2' }));
      expect(await ledger.readTrainingTimes('churn')).toEqual([timeOf(1)]);
      expect(await ledger.readTrainingTimes('churn-2')).toEqual([timeOf(2, { pipeline: 'churn-2' })]);
    });

    it('are read as far back as estimates look, and no further', async () => {
      const ledger = createLedger();
      for (let number = 1; number <= TRAINING_TIMES_MAX + 3; number += 1)
        await ledger.recordTrainingTime(timeOf(number));
      const times = await ledger.readTrainingTimes('churn');
      expect(times).toHaveLength(TRAINING_TIMES_MAX);
      expect(times.at(-1)).toEqual(timeOf(4));
    });

    it('leave the history of their run as it was', async () => {
      const ledger = createLedger();
      await ledger.acceptRun(aRun());
      await ledger.recordTrainingTime(aTrainingTime());
      expect(await ledger.readRun(RUN_ID)).toEqual({ run: aRun(), attempts: [], stopIntents: [] });
    });
  });
}

/** What one ledger hands out is frozen, what the other hands out is the caller's own. */
function attempt(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
  }
}
