// The receipt of a run that goes on from others says what all of them came to: the sums of their receipts.
import type { Receipt } from '../../../domain/receipt.ts';
import type { AcceptedRun } from '../../../domain/run.ts';
import type { Checker, WorldRecord } from '../world-record.ts';

const promise = 'the receipts of a lineage add up';

export const lineageAddsUp: Checker = ({ runs, acceptances }) =>
  acceptances.flatMap(({ runId, lineageId, at }, index) => {
    const receiptOf = (id: string): Receipt | undefined => runs.find((run) => run.runId === id)?.receipt;
    const told = receiptOf(runId)?.lineage;
    const resumed = runs.find((run) => run.runId === runId)?.history.run.resumes !== undefined;
    if (receiptOf(runId) !== undefined && resumed !== (told !== undefined))
      return [
        { promise, what: `the receipt of ${runId} says ${told === undefined ? 'nothing' : 'much'} of a lineage` },
      ];
    if (told === undefined) return [];
    const all = [
      ...acceptances.slice(0, index + 1).filter((one) => one.lineageId === lineageId),
      ...letInUnheard(runs, acceptances).filter((one) => one.lineageId === lineageId && one.acceptedAt < at),
    ].flatMap((one) => receiptOf(one.runId) ?? []);
    const sum = (pick: (receipt: Receipt) => number): number => all.reduce((total, one) => total + pick(one), 0);
    const real = {
      runCount: all.length,
      attemptCount: sum(({ attempts }) => attempts.length),
      trainedSeconds: sum(({ seconds }) => seconds.trained),
      billableSeconds: sum(({ seconds }) => seconds.billable),
    };
    return (Object.keys(real) as (keyof typeof real)[])
      .filter((name) => Math.abs(real[name] - told[name]) > 1e-3)
      .map((name) => ({
        promise,
        what: `the receipt of ${runId} says ${name} ${told[name]}, its lineage came to ${real[name]}`,
      }));
  });

/** Runs that the ledger has, and whose door never came to say so. */
const letInUnheard = (
  runs: WorldRecord['runs'],
  acceptances: WorldRecord['acceptances'],
): readonly Pick<AcceptedRun, 'runId' | 'lineageId' | 'acceptedAt'>[] =>
  runs.flatMap(({ runId, history: { run } }) => (acceptances.some((one) => one.runId === runId) ? [] : [run]));
