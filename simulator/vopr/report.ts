// What is printed of a world: what was drawn, what was violated, how to see it again, and how it went.
import { formatInstant } from '../../domain/time.ts';
import type { World } from '../world.ts';
import type { DrawnWorld } from './drawn-world.ts';
import type { Violation, WorldRecord } from './world-record.ts';

export const describeDrawn = (drawn: DrawnWorld): string =>
  Object.entries(drawn)
    .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
    .join('\n');

export const replayCommand = (seed: number): string => `npm run vopr -- --seed ${seed} --verbose`;

export function describeViolations({ drawn }: WorldRecord, violations: readonly Violation[]): string {
  return [
    `seed ${drawn.seed} breaks ${violations.length === 1 ? 'a promise' : `${violations.length} promises`}:`,
    ...violations.map(({ promise, what }) => `  ${promise}: ${what}`),
    `replay: ${replayCommand(drawn.seed)}`,
  ].join('\n');
}

/** The life of each run and its jobs, in the order of time; for the eyes. */
export function describeRecord(record: WorldRecord): string {
  const { startedAt, jobs, runs, announcements, acts, executions } = record;
  const since = (instant: number): string => `${Math.round(instant - startedAt)}s`;
  const lines: (readonly [number, string])[] = [
    ...runs.flatMap(({ runId, history: { run, end, attempts } }) => [
      [
        run.acceptedAt,
        `${runId} accepted${run.deadline === undefined ? '' : `, deadline ${since(run.deadline)}`}`,
      ] as const,
      ...attempts.flatMap(({ jobName, plannedAt, reason, outcome }) => [
        [plannedAt, `${jobName} planned: ${reason}`] as const,
        ...(outcome === undefined
          ? []
          : [
              [
                outcome.settledAt,
                `${jobName} settled: ${outcome.failure?.class ?? 'Completed'} ${outcome.failure?.explanation ?? ''}`,
              ] as const,
            ]),
      ]),
      ...(end === undefined ? [] : [[end.endedAt, `${runId} ends ${end.status} ${end.code}: ${end.reason}`] as const]),
    ]),
    ...runs.flatMap(({ history }) =>
      history.stopIntents.map(
        ({ jobName, reason, at, explanation }) => [at, `${jobName} to be stopped, ${reason}: ${explanation}`] as const,
      ),
    ),
    ...jobs.flatMap(({ jobName, last }) =>
      last.transitions.map(({ status, startedAt: at }) => [at, `${jobName} ${status}`] as const),
    ),
    ...announcements.map(({ at, detail }) => [at, `announced: ${detail.runId} ${detail.status}`] as const),
    ...acts.map(({ at, act, jobName }) => [at, `a person: ${act} ${jobName ?? ''}`] as const),
    ...executions.flatMap(({ arn, status, error, cause, stoppedAt }) =>
      stoppedAt === undefined
        ? []
        : [[stoppedAt, `${arn.split(':').at(-1)} ${status} ${error ?? ''} ${(cause ?? '').slice(0, 200)}`] as const],
    ),
  ];
  return [
    `  starts ${formatInstant(startedAt)}, heals after ${record.drawn.healsAt}s`,
    ...lines.toSorted(([one], [other]) => one - other).map(([at, text]) => `  ${since(at).padStart(8)}  ${text}`),
  ].join('\n');
}

/** Every event of every execution, one a line: what two plays of one seed must agree on, byte for byte. */
export const writtenHistory = (world: World): string =>
  world.executions
    .all()
    .flatMap(({ name, history }) => history.map((event) => JSON.stringify([name, event])))
    .join('\n');
