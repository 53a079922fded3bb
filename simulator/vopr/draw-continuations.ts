// What people do with runs beside starting them: giving them more while they go on, going on from them when they have ended.
// Mostly it makes sense; now and then it is less than the run has, or comes in the instant in which the run ends.
import { HOUR_SECONDS } from '../../domain/time.ts';
import type { Chance } from './chance.ts';
import type { Continuation, DrawnContinuations, DrawnRun, DrawnScript, Moment } from './drawn-world.ts';

const ENDS_MAX = 3;

export interface ContinuationFrame {
  readonly runs: readonly DrawnRun[];
  readonly script: DrawnScript;
  readonly healsAt: number;
}

export function drawContinuations(draw: Chance, frame: ContinuationFrame): DrawnContinuations | undefined {
  if (!draw.odds(0.2)) return undefined;
  const run = draw.whole(0, frame.runs.length - 1);
  const { startsAt = 0 } = frame.runs[run] ?? {};
  const acts: Continuation[] = [];
  // A run that would succeed by itself leaves nothing to go on from.
  if (draw.odds(0.6)) acts.push(drawStop(draw, run, { at: startsAt + draw.whole(60, frame.script.workSeconds) }));
  const extensions = draw.odds(0.6) ? draw.whole(1, 4) : 0;
  for (let count = 0; count < extensions; count += 1)
    acts.push({
      act: 'extend',
      run,
      names: draw.odds(0.8) ? 'last' : 'first',
      when: drawExtensionMoment(draw, frame, startsAt),
      terms: drawMore(draw, frame, run),
    });
  const resumptions = draw.odds(0.85) ? draw.whole(1, ENDS_MAX) : 0;
  for (let end = 1; end <= resumptions; end += 1) acts.push(...drawResumptions(draw, frame, { run, end }));
  return { acts, mends: draw.odds(0.5) };
}

/** As short as it takes for somebody to resume a run in the moment in which its checkpoints go. */
export function drawRetention(draw: Chance, resumed: boolean): string | undefined {
  if (!draw.odds(resumed ? 0.5 : 0.05)) return undefined;
  return `${Math.round(draw.between(1, draw.odds(0.7) ? HOUR_SECONDS : 6 * HOUR_SECONDS))}s`;
}

/** The safety net, which removes checkpoints, looks in the moment in which a run is resumed, or ends; also twice at once. */
export function withLooks(draw: Chance, { acts, mends }: DrawnContinuations): DrawnContinuations {
  const looks = acts.flatMap(({ act, run, when }): Continuation[] => {
    if (act !== 'resume' || !('after' in when) || !draw.odds(0.7)) return [];
    const near = draw.odds(0.8) ? when : { ...when, after: 'decided' as const, seconds: 0 };
    return Array.from({ length: draw.odds(0.3) ? 2 : 1 }, () => ({
      act: 'look',
      run,
      names: 'last',
      when: { ...near, seconds: Math.max(0, near.seconds + draw.between(-2, 3)) },
      terms: {},
    }));
  });
  return { acts: [...acts, ...looks], mends };
}

/** Runs are resumed when their checkpoints are to go and nobody has removed them yet; it happens while they are at the door. */
export function withLooksAtTheDoor(
  draw: Chance,
  continued: DrawnContinuations,
  retentionSeconds: number,
): DrawnContinuations {
  if (!draw.odds(0.3)) return continued;
  const acts = continued.acts.map((act): Continuation => {
    const { when } = act;
    if (act.act !== 'resume' || !('after' in when)) return act;
    return { ...act, when: { ...when, seconds: retentionSeconds + draw.between(0, 60) } };
  });
  return { ...continued, acts, looksAtTheDoor: true };
}

/**
 * An execution that was aborted, or that has failed by itself, is set going again from the console: in the seconds in which
 * its run is being closed, or long after. Nobody is told to do that to a run; it must not break anything.
 */
export function withRedrives(
  draw: Chance,
  continued: DrawnContinuations | undefined,
  { runs, script }: ContinuationFrame,
): DrawnContinuations | undefined {
  if (!draw.odds(0.08)) return continued;
  const run = draw.whole(0, runs.length - 1);
  const { startsAt = 0 } = runs[run] ?? {};
  // Half of them in the first minutes, where the job is not created yet or waits.
  const at = startsAt + (draw.odds(0.5) ? draw.between(0, 300) : draw.between(0, script.workSeconds));
  const later = (): number =>
    draw.oneOf([draw.between(0, 3), draw.between(3, 200), draw.between(200, 4 * HOUR_SECONDS)]);
  const redrives = Array.from({ length: draw.whole(1, 2) }, () => later());
  const ofRun = (act: Continuation['act'], when: Moment): Continuation => ({
    act,
    run,
    names: 'last',
    when,
    terms: {},
  });
  return {
    ...continued,
    acts: [
      ...(continued?.acts ?? []),
      ...(draw.odds(0.8) ? [ofRun('abort-execution', { at })] : []),
      ...redrives.map((seconds) =>
        ofRun('redrive', draw.odds(0.7) ? { at: at + seconds } : { after: 'announced', end: 1, seconds }),
      ),
    ],
    mends: continued?.mends ?? draw.odds(0.5),
  };
}

const drawStop = (draw: Chance, run: number, when: Moment): Continuation => ({
  act: draw.oneOf(['stop-job', 'abort-execution']),
  run,
  names: 'last',
  when,
  terms: {},
});

const drawExtensionMoment = (draw: Chance, { script, healsAt }: ContinuationFrame, startsAt: number): Moment =>
  draw.odds(0.7)
    ? { at: startsAt + draw.whole(1, draw.odds(0.8) ? script.workSeconds : healsAt) }
    : { after: draw.oneOf(['decided', 'decided', 'announced']), end: draw.whole(1, 2), seconds: draw.between(0, 2) };

/** In the second of the end or hours after it; now and then by two people at once, and stopped again. */
function drawResumptions(
  draw: Chance,
  frame: ContinuationFrame,
  { run, end }: { readonly run: number; readonly end: number },
): readonly Continuation[] {
  const seconds = draw.odds(0.3) ? draw.between(0, 2) : draw.between(30, draw.odds(0.7) ? 3_600 : 8 * HOUR_SECONDS);
  const after = draw.odds(0.9) ? 'announced' : 'decided';
  const people = draw.odds(0.25) ? 2 : 1;
  const resumptions = Array.from({ length: people }, (): Continuation => {
    const later = draw.odds(0.5) ? 0 : draw.between(0, 3);
    const terms = {
      ...drawTerms(draw, frame, 0.9),
      ...(draw.odds(0.15) ? { hyperParameters: { lr: draw.oneOf(['0.1', '0.01']) } } : {}),
      ...(draw.odds(0.3) ? { onDeadlineMissed: draw.oneOf(['finish', 'stop']) } : {}),
    };
    return {
      act: 'resume',
      run,
      names: draw.oneOf(['first', 'last']),
      when: { after, end, seconds: seconds + later },
      terms,
    };
  });
  const goesOn = draw.whole(60, frame.script.workSeconds);
  return draw.odds(0.4)
    ? [...resumptions, drawStop(draw, run, { after, end, seconds: seconds + goesOn })]
    : resumptions;
}

/** Mostly of what the run has: a limit for a run that has none is refused. */
function drawMore(draw: Chance, frame: ContinuationFrame, run: number): Readonly<Record<string, unknown>> {
  const request: Readonly<Record<string, unknown>> = frame.runs[run]?.request ?? {};
  const wanted = Object.entries(drawTerms(draw, frame, 0.8));
  const terms = draw.odds(0.85) ? wanted.filter(([name]) => request[name] !== undefined) : wanted;
  return { ...Object.fromEntries(terms), ...(draw.odds(0.2) ? { why: 'it is worth it' } : {}) };
}

/** Around what the work takes, so that it is less than the run has about as often as it is more. */
function drawTerms(draw: Chance, { script }: ContinuationFrame, deadlineOdds: number): Record<string, unknown> {
  const hours = (2 * script.workSeconds) / HOUR_SECONDS;
  return {
    ...(draw.odds(deadlineOdds) ? { deadline: `${Math.round(draw.between(0.1, 3) * hours * HOUR_SECONDS)}s` } : {}),
    ...(draw.odds(0.5) ? { budgetUsd: Number((draw.between(0.1, 4) * hours).toFixed(2)) } : {}),
    ...(draw.odds(0.3) ? { maxRuntime: `${Math.round(draw.between(0.2, 4) * hours * HOUR_SECONDS) + 60}s` } : {}),
  };
}
