// A wish for more time or money, against the run as it stands: what it is given, or why not. Only ever more: a run that is
// to have less is cancelled.
import * as z from 'zod';
import { AMENDMENTS_MAX, type Amendment, type ExtendedTerms } from './amendment.ts';
import { readDeadline } from './deadline.ts';
import { showValue, type Problem, type Report } from './errors.ts';
import { DURATION_MAX_SECONDS, DurationText } from './fields.ts';
import { MAX_RUNTIME_LIMIT_SECONDS } from './limits.ts';
import { RunId } from './naming.ts';
import { problemsOf } from './problems.ts';
import type { RunHistory } from './run-history.ts';
import type { AcceptedRun } from './run.ts';
import { formatDuration, formatInstant, parseDuration, type Instant } from './time.ts';

export const ExtensionRequest = z.strictObject({
  runId: RunId,
  /** A duration from now, or an ISO 8601 instant with offset. */
  deadline: z.string().max(64).optional(),
  /** In all, what has been spent included. */
  budgetUsd: z.number().positive('must be more than 0').optional(),
  /** Of all attempts together, what has been trained included. */
  maxRuntime: DurationText.optional(),
  why: z.string().max(500).optional(),
});
export type ExtensionRequest = z.infer<typeof ExtensionRequest>;

export interface ExtensionContext {
  readonly now: Instant;
  readonly by: string;
}

export type Extension =
  | { readonly kind: 'extended'; readonly amendment: Amendment }
  /** The run has all that already. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

export type ParsedExtension =
  | { readonly kind: 'request'; readonly request: ExtensionRequest }
  | Extract<Extension, { kind: 'refused' }>;

export function parseExtension(input: unknown): ParsedExtension {
  const parsed = ExtensionRequest.safeParse(input);
  return parsed.success
    ? { kind: 'request', request: parsed.data }
    : { kind: 'refused', problems: problemsOf(parsed.error, input, Object.keys(ExtensionRequest.shape)) };
}

/** `history`: with the terms in effect; undefined where the ledger knows no such run. */
export function extend(
  history: RunHistory | undefined,
  request: ExtensionRequest,
  { now, by }: ExtensionContext,
): Extension {
  const problems: Problem[] = [];
  const report: Report = (field, value, message) => void problems.push({ field, value: showValue(value), message });
  const refusal = refusalOf(history);
  if (history === undefined || refusal !== undefined) {
    report('runId', request.runId, refusal ?? UNKNOWN);
    return { kind: 'refused', problems };
  }
  const { run, amendments = [] } = history;
  const after = moreOf(run, wanted(request, run, now, report), report);
  if (request.deadline === undefined && request.budgetUsd === undefined && request.maxRuntime === undefined)
    report('input', undefined, 'gives nothing: state deadline, budgetUsd or maxRuntime');
  if (problems.length > 0) return { kind: 'refused', problems };
  const names = Object.keys(after) as (keyof ExtendedTerms)[];
  if (names.length === 0) return { kind: 'unchanged' };
  if (amendments.length >= AMENDMENTS_MAX) {
    report(
      'runId',
      run.runId,
      `has been extended ${AMENDMENTS_MAX} times, and cannot be once more: resume it at its end`,
    );
    return { kind: 'refused', problems };
  }
  const before: ExtendedTerms = Object.fromEntries(names.map((name) => [name, run[name]]));
  const { why } = request;
  const number = amendments.length + 1;
  const amendment = { runId: run.runId, number, at: now, by, ...(why === undefined ? {} : { why }), before, after };
  return { kind: 'extended', amendment };
}

const UNKNOWN = 'is no run that the ledger knows: it was never accepted, or its retention is over';

function refusalOf(history: RunHistory | undefined): string | undefined {
  if (history === undefined) return UNKNOWN;
  const { run, end } = history;
  if (end?.status === 'SUCCEEDED') return 'has succeeded, and needs nothing more';
  if (end !== undefined)
    return `has ended ${end.status} (${end.code}): spotrelay resume, or a request with {"resume": "${run.runId}"}, goes on from its checkpoint`;
  if (run.sweep !== undefined)
    return `is trial ${run.sweep.trial} of ${run.sweep.sweepId}, which has the budget of its trials`;
  return undefined;
}

/** A term that the run does not have is no limit, so that setting it would be less. */
function wanted(request: ExtensionRequest, run: AcceptedRun, now: Instant, report: Report): ExtendedTerms {
  const { deadline: text, budgetUsd, maxRuntime } = request;
  if (text !== undefined && run.deadline === undefined)
    report('deadline', text, 'cannot be given to a run that has none: it has all the time there is');
  if (budgetUsd !== undefined && run.budgetUsd === undefined)
    report('budgetUsd', budgetUsd, 'cannot be given to a run that has none: it spends what it needs');
  const deadline = text === undefined ? undefined : readDeadline(text, now, report);
  if (deadline !== undefined && deadline > run.acceptedAt + DURATION_MAX_SECONDS)
    report('deadline', text, 'must lie within 365 days of when the run was accepted: no execution lasts longer');
  const maxRuntimeSeconds = maxRuntime === undefined ? undefined : parseDuration(maxRuntime);
  if (maxRuntimeSeconds !== undefined && maxRuntimeSeconds > MAX_RUNTIME_LIMIT_SECONDS)
    report('maxRuntime', maxRuntime, 'takes at most 28d, the limit of SageMaker');
  return { deadline, budgetUsd, maxRuntimeSeconds };
}

const SHOWN: Readonly<Record<keyof ExtendedTerms, readonly [field: string, show: (value: number) => string]>> = {
  deadline: ['deadline', formatInstant],
  budgetUsd: ['budgetUsd', (usd) => `${usd} USD`],
  maxRuntimeSeconds: ['maxRuntime', formatDuration],
};

/** Of what is wanted, that which is more than there is. */
function moreOf(run: AcceptedRun, terms: ExtendedTerms, report: Report): ExtendedTerms {
  const more: ExtendedTerms = {};
  for (const name of Object.keys(SHOWN) as (keyof ExtendedTerms)[]) {
    const [now, then] = [run[name], terms[name]];
    if (now === undefined || then === undefined || now === then) continue;
    const [field, show] = SHOWN[name];
    if (then > now) more[name] = then;
    else
      report(
        field,
        show(then),
        `must be more than ${show(now)}, which the run has: a run that is to have less is cancelled`,
      );
  }
  return more;
}

/** As in "deadline 2026-03-01T08:00:00Z -> 2026-03-02T08:00:00Z, budgetUsd 40 USD -> 60 USD". */
export function describeAmendment({ before, after }: Pick<Amendment, 'before' | 'after'>): string {
  return (Object.keys(SHOWN) as (keyof ExtendedTerms)[])
    .flatMap((name) => {
      const [was, is] = [before[name], after[name]];
      const [field, show] = SHOWN[name];
      return was === undefined || is === undefined ? [] : [`${field} ${show(was)} -> ${show(is)}`];
    })
    .join(', ');
}
