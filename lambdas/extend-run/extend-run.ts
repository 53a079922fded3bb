// Gives a run that goes on more time or money: writes it down beside the run, where every function reads it at its next
// look, and wakes the watch so that this is now. Repeated after a lost reply, it finds what it gave.
import type * as z from 'zod';
import type { Amendment } from '../../domain/amendment.ts';
import { formatProblem } from '../../domain/errors.ts';
import { describeAmendment, extend, parseExtension, type ExtensionRequest } from '../../domain/extend.ts';
import { isSettled, type RunHistory } from '../../domain/run-history.ts';
import { formatInstant } from '../../domain/time.ts';
import { ExtendRunInput, ExtendRunOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock } from '../ports.ts';
import { findRun } from '../read-run.ts';
import { wake, type WakePorts } from '../wake.ts';

type Answer = z.input<typeof ExtendRunOutput>;

export type ExtendPorts = WakePorts & { readonly clock: Clock };

export const createExtendRun = (ports: ExtendPorts) =>
  defineFunction('extend-run', { input: ExtendRunInput, output: ExtendRunOutput })(async ({ request, execution }) => {
    const parsed = parseExtension(request);
    if (parsed.kind === 'refused') return refused(parsed.problems.map(formatProblem).join('; '));
    return extendRun(ports, parsed.request, execution.arn);
  });

/** Each time round somebody else extended the run between our read and our write. */
const TRIES_MAX = 10;

async function extendRun(ports: ExtendPorts, request: ExtensionRequest, by: string): Promise<Answer> {
  const { ledger, clock } = ports;
  const { runId } = request;
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const history = await findRun(ledger, runId);
    const given = history?.amendments?.find((amendment) => amendment.by === by);
    if (history !== undefined && given !== undefined) return extended(ports, history, given);
    const extension = extend(history, request, { now: clock.now(), by });
    if (extension.kind === 'refused') return refused(extension.problems.map(formatProblem).join('; '));
    if (extension.kind === 'unchanged') return { verdict: 'unchanged', reason: `run ${runId} has all that already` };
    await ledger.recordAmendment(extension.amendment);
  }
  throw new Error(`run ${runId} was extended by others ${TRIES_MAX} times meanwhile`);
}

/** `history`: as it is after the writing, for the run may have ended before it. */
async function extended(ports: ExtendPorts, history: RunHistory, amendment: Amendment): Promise<Answer> {
  const { run, end, attempts } = history;
  const { runId } = run;
  if (end !== undefined)
    return refused(`runId: ended ${end.status} (${end.code}) while it was being extended: resume it, got "${runId}"`);
  const attempt = attempts.at(-1);
  if (attempt !== undefined && !isSettled(attempt))
    await wake(ports, { runId, attemptNumber: attempt.number }, ports.clock.now());
  const { at, by, why, number, before, after } = amendment;
  return {
    verdict: 'extended',
    reason: `run ${runId}: ${describeAmendment(amendment)}`,
    announcement: {
      version: 1,
      pipeline: run.pipeline,
      runId,
      number,
      extendedAt: formatInstant(at),
      by,
      ...(why === undefined ? {} : { why }),
      before: announced(before),
      after: announced(after),
    },
  };
}

const announced = ({ deadline, ...terms }: Amendment['after']) => ({
  ...(deadline === undefined ? {} : { deadline: formatInstant(deadline) }),
  ...terms,
});

const refused = (reason: string): Answer => ({ verdict: 'refused', reason });
