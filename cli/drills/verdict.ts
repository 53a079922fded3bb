// What a drill showed. Pure: what was seen goes in, a verdict with its reason in words goes out.
import type { Verdict as Comparison } from '../rehearsal/verdict.ts';
import type { Calm, Scale } from './calm.ts';
import type { Drill } from './drills.ts';
import { valuesOf } from './steps.ts';
import type { Trace } from './trace.ts';

export interface Observed {
  readonly drill: Drill;
  readonly calm: Calm;
  readonly traces: readonly Trace[];
  /** Everything that makes the drill has happened. */
  readonly held: boolean;
  readonly timedOut: boolean;
  readonly timeLimitSeconds: number;
  /** Why the run did not succeed; absent when it did. */
  readonly failure?: string | undefined;
  readonly model: 'there' | 'missing' | 'never-written';
  readonly comparison: Comparison;
  /** The models of two uninterrupted trainings have the same bytes; absent where that was not tried. */
  readonly repeatable?: boolean | undefined;
}

export type VerdictKind =
  | 'resumed'
  | 'started'
  | 'finished'
  | 'restarted-from-zero'
  | 'trained-again'
  | 'failed-on-resume'
  | 'failed'
  | 'model-differs'
  | 'no-model'
  | 'hung'
  | 'not-held';

export interface DrillVerdict {
  readonly kind: VerdictKind;
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
  readonly text: string;
  /** As far as it can be told. */
  readonly resume?: Resume | undefined;
}

export interface Resume {
  readonly unit: string;
  readonly reached: number;
  readonly at: number;
  readonly lost: number;
  readonly total: number;
  /** Read from what the script says, or guessed from how often it saved. */
  readonly exact: boolean;
}

/** A training that was complete is not to be trained again; its last steps, since the last checkpoint, may be. */
const FINISH_SHARE_MAX = 0.25;
/** Who goes on from a checkpoint goes on beyond the first quarter of what had been done. */
const ZERO_SHARE = 0.25;
/** Two saves that follow each other closely may be seen as one. */
const SAVED_AGAIN_SHARE = 0.85;

export function judge(observed: Observed): DrillVerdict {
  const { drill, calm, traces, timedOut, timeLimitSeconds, failure, model, held } = observed;
  const resume = resumeOf(calm.scale, traces);
  if (timedOut)
    return failed('hung', `still running after ${Math.round(timeLimitSeconds)} s, ${placeOf(traces.at(-1))}`, resume);
  if (model === 'missing' && traces.at(-1)?.exit?.exitCode === 0)
    return failed('no-model', 'it ended with exit code 0 and left no model, as if it had been done', resume);
  if (failure !== undefined) return failedRun(observed);
  if (!held) return { kind: 'not-held', outcome: 'inconclusive', text: whyNotHeld(drill, calm) };
  if (drill.expects !== 'start' && startedFromZero(calm.scale, traces))
    return failed('restarted-from-zero', zeroText(resume), resume);
  if (drill.expects === 'finish' && resume !== undefined && resume.total - resume.at > FINISH_SHARE_MAX * resume.total)
    return failed('trained-again', `the training was complete, and went on from ${stepText(resume)}`, resume);
  const difference = differenceIn(observed);
  if (difference !== undefined) return failed('model-differs', difference, resume);
  return { ...passed(drill, resume), ...(resume === undefined ? {} : { resume }) };
}

function passed(drill: Drill, resume: Resume | undefined): DrillVerdict {
  if (drill.expects === 'start')
    return { kind: 'started', outcome: 'passed', text: 'started again, as there was nothing to go on from' };
  if (drill.expects === 'finish')
    return { kind: 'finished', outcome: 'passed', text: 'finished without training again' };
  return { kind: 'resumed', outcome: 'passed', text: resume === undefined ? 'resumed' : resumedText(resume) };
}

function failedRun({ traces, failure = '' }: Observed): DrillVerdict {
  const last = traces.at(-1);
  const said = last?.lastLines.findLast((line) => line.trim() !== '');
  const words = said === undefined ? failure : `exit code ${last?.exit?.exitCode ?? '?'}: ${said.trim().slice(0, 200)}`;
  return last !== undefined && last.number > 1
    ? failed('failed-on-resume', `container ${last.number} failed with ${words}`)
    : failed('failed', `failed before it was interrupted: ${words}`);
}

/** Bytes are held against bytes only where two uninterrupted trainings agree in them. */
function differenceIn({ comparison, repeatable }: Observed): string | undefined {
  if (comparison.kind === 'differs') return comparison.text;
  if (comparison.kind !== 'not-compared' || repeatable !== true) return undefined;
  return 'the model is another than that of an uninterrupted training, which comes out the same every time';
}

/** Where the last container went on, and how far one had been before. */
function resumeOf(scale: Scale, traces: readonly Trace[]): Resume | undefined {
  const last = traces.at(-1);
  const before = traces.slice(0, -1);
  if (last === undefined || before.length === 0) return undefined;
  const reached = furthest(scale, before);
  const at = startOf(scale, last);
  if (at === undefined) return undefined;
  const unit = scale.source === 'log' ? scale.unit : scale.source === 'progress' ? 'progress' : 'save';
  const { total } = scale;
  return { unit, reached, at, lost: Math.max(0, reached - at), total, exact: scale.source !== 'saves' };
}

const furthest = (scale: Scale, traces: readonly Trace[]): number =>
  traces.flatMap((trace) => marks(scale, trace)).reduce((most, mark) => Math.max(most, mark), 0);

function marks(scale: Scale, { steps, progress, saves }: Trace): readonly number[] {
  switch (scale.source) {
    case 'log':
      return valuesOf(steps, scale.unit);
    case 'progress':
      return progress.map(({ completed }) => completed);
    case 'saves':
      return [saves];
  }
}

function startOf(scale: Scale, trace: Trace): number | undefined {
  switch (scale.source) {
    case 'log':
      return valuesOf(trace.steps, scale.unit)[0];
    case 'progress': {
      const first = trace.progress[0]?.completed;
      const restored = trace.restored.progress?.completed;
      if (first === undefined) return restored;
      return restored !== undefined && first >= restored ? restored : Math.max(0, first - scale.spacing);
    }
    case 'saves':
      return Math.max(0, scale.total - trace.saves);
  }
}

/** Whether any container that came after saved work began about where the first one did. */
function startedFromZero(scale: Scale, traces: readonly Trace[]): boolean {
  return traces.some((trace, index) => {
    const before = traces.slice(0, index);
    if (before.length === 0) return false;
    if (trace.restored.files === 0 && before.every(({ saves }) => saves === 0)) return true;
    if (scale.source === 'saves') return scale.total > 2 && trace.saves >= SAVED_AGAIN_SHARE * scale.total;
    const [first] = marks(scale, trace);
    const reached = furthest(scale, before);
    return first !== undefined && first - scale.first < ZERO_SHARE * (reached - scale.first);
  });
}

function whyNotHeld({ interruptions, damage }: Drill, { saves }: Calm): string {
  if (damage !== undefined && saves === 0) return 'the script saved no checkpoint that could be damaged';
  if (saves === 0) return 'the script saved no checkpoint';
  const times = interruptions.length === 1 ? 'the moment' : 'all moments';
  return `the training ended before ${times} came (it saves ${saves} times): let it take longer, or save more often`;
}

const failed = (kind: VerdictKind, text: string, resume?: Resume): DrillVerdict => ({
  kind,
  outcome: 'failed',
  text,
  ...(resume === undefined ? {} : { resume }),
});

const zeroText = (resume: Resume | undefined): string =>
  resume === undefined
    ? 'began from zero, as if nothing had been saved'
    : `began from zero after ${countOf(resume.reached, resume)} of ${resume.total}`;

function resumedText(resume: Resume): string {
  const about = resume.exact ? '' : 'about ';
  const lost = resume.lost === 0 ? 'no loss to be seen' : `lost ${about}${resume.lost}`;
  return `resumed at ${about}${stepText(resume)}, ${lost}`;
}

const stepText = (resume: Resume): string => `${countOf(resume.at, resume)} of ${resume.total}`;

const countOf = (value: number, { unit }: Resume): string => `${unit} ${value}`;

function placeOf(trace: Trace | undefined): string {
  const line = trace?.lastLines.at(-1);
  if (trace === undefined) return 'no container had been started';
  return `in container ${trace.number}${line === undefined ? '' : `, which said last: ${line.slice(0, 200)}`}`;
}
