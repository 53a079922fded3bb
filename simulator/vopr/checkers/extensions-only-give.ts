// An extension never takes anything from a run: each follows on what was in effect and gives more of it, and what was given
// is there at the end. One that is granted is written down, and an end by a limit comes only when the last one given is reached.
import { inEffect, type ExtendedTerms } from '../../../domain/amendment.ts';
import type { Checker, RunRecord, WorldRecord } from '../world-record.ts';

const promise = 'an extension gives more, and takes nothing away';

export const extensionsOnlyGive: Checker = (record) =>
  record.runs.flatMap((run) => problemsOf(record, run).map((what) => ({ promise, what })));

function problemsOf({ executions, continuations }: WorldRecord, { runId, history }: RunRecord): readonly string[] {
  const { run, amendments = [], end } = history;
  const standing: Record<string, number | undefined> = { ...termsOf(run) };
  const problems: string[] = [];
  amendments.forEach(({ number, before, after }, index) => {
    if (number !== index + 1) problems.push(`extension ${index + 1} of ${runId} is numbered ${number}`);
    for (const [name, value] of Object.entries(after)) {
      const now = standing[name];
      if (now === undefined || value === undefined || value <= now || before[name as keyof ExtendedTerms] !== now)
        problems.push(
          `extension ${number} of ${runId} makes ${name} ${value}, it says from ${JSON.stringify(before)}, it was ${now}`,
        );
      standing[name] = value;
    }
  });
  for (const { executionArn } of continuations.filter((one) => one.act === 'extend' && one.runId === runId)) {
    const execution = executions.find(({ arn }) => arn === executionArn);
    const said = JSON.stringify(execution?.output ?? null);
    const granted = execution?.status === 'SUCCEEDED' && !said.includes('has all that already');
    if (granted && amendments.every(({ by }) => by !== executionArn))
      problems.push(`${executionArn} says ${said}, and ${runId} was given nothing`);
  }
  const { deadline } = inEffect(history).run;
  if (end?.code === 'DeadlineMissed' && deadline !== undefined && end.endedAt + SAME_MOMENT_SECONDS < deadline)
    if (amendments.every(({ at }) => at < end.endedAt - SAME_MOMENT_SECONDS))
      problems.push(`${runId} ended DeadlineMissed at ${end.endedAt}, its deadline was ${deadline} by then`);
  return problems;
}

/** An end that is decided stands: what is given between the decision and its being written comes too late. */
const SAME_MOMENT_SECONDS = 900;

const termsOf = ({ deadline, budgetUsd, maxRuntimeSeconds }: RunRecord['history']['run']): ExtendedTerms => ({
  deadline,
  budgetUsd,
  maxRuntimeSeconds,
});
