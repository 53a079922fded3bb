import { endIn, jobIn, nth, runIn, there, type Reason, type SpoiltRecord } from './spoiling.ts';

const sweepIn = ({ sweeps }: SpoiltRecord) => nth(sweeps, 0);
const sweepEndIn = (record: SpoiltRecord) => there(sweepIn(record).end);

const of = (
  when: string,
  spoil: Reason['spoil'],
  says: RegExp,
  record: 'sweep' | 'stopped sweep' = 'sweep',
): Reason => ({ checker: 'sweepsHold', when, record, spoil, says });

export const REASONS_OF_SWEEPS: readonly Reason[] = [
  of('a sweep has no end', (record) => delete sweepIn(record).end, /has no end$|ended undefined and has versions of/),
  of(
    'its end is not announced',
    (record) => void (record.sweepAnnouncements = []),
    /was announced as nothing$|ended SUCCEEDED, told undefined$/,
  ),
  of(
    'it is announced twice, and each time another instant',
    ({ sweepAnnouncements }) => {
      const { at, detail } = nth(sweepAnnouncements, 0);
      sweepAnnouncements.unshift({ at, detail: { ...detail, endedAt: '2030-01-01T00:00:00Z' } });
    },
    /was announced as .* and as /,
  ),
  of(
    'another end is announced than is written',
    ({ sweepAnnouncements }) => void (nth(sweepAnnouncements, 0).detail.status = 'FAILED'),
    /ended SUCCEEDED, told FAILED$/,
  ),
  of(
    'a trial is counted as live',
    (record) => void (sweepIn(record).account.live = 1),
    /ended with 1 live trials, 0 of them not settled$/,
  ),
  of(
    'a trial is not settled',
    (record) => void sweepIn(record).live.push({} as never),
    /ended with 0 live trials, 1 of them not settled$/,
  ),
  of(
    'a trial is counted and has no result',
    (record) => void (sweepIn(record).account.skipped += 1),
    /counts .*, and has 3 results$/,
  ),
  of(
    'it succeeds without all of its trials',
    (record) => {
      const sweep = sweepIn(record);
      const index = sweep.results.findIndex(({ outcome }) => outcome === 'completed');
      sweep.results.splice(index, 1);
      sweep.account.completed -= 1;
    },
    /succeeded with 2 of 3 trials$/,
  ),
  of(
    'a job goes on after its end',
    (record) => void (jobIn(record).endedAt = sweepEndIn(record).endedAt + 126),
    /went on until [\d.]+, .* ended [\d.]+$/,
  ),
  of(
    'a job goes on after the end of its run in a sweep that was stopped',
    (record) => {
      const { runId, history } = runIn(record, -1);
      const until = Math.max(there(history.end).endedAt, sweepEndIn(record).endedAt);
      there(record.jobs.find((job) => job.runId === runId)).endedAt = until + 126;
    },
    /went on until [\d.]+, .* ended [\d.]+$/,
    'stopped sweep',
  ),
  of(
    'a trial succeeds after its end',
    (record) => void (endIn(record, -1).endedAt = sweepEndIn(record).endedAt + 126),
    /succeeded at [\d.]+, .* ended [\d.]+$/,
  ),
  of(
    'more trials are under way than is allowed',
    (record) => void (runIn(record, 2).history.run.acceptedAt = runIn(record).history.run.acceptedAt),
    /^3 trials of .* at [\d.]+, 2 allowed$/,
  ),
  of(
    'it counts other seconds than were billed',
    (record) => void (sweepIn(record).account.spent.billableSeconds += 2),
    /counts \d+ s, SageMaker billed \d+ s$/,
  ),
  of(
    'more hours are billed than its budget has',
    (record) => void (sweepIn(record).sweep.budget = { billedHours: 0.5 }),
    /was billed .* USD, \d+ s of {"billedHours":0.5}$/,
  ),
  of(
    'more money is billed than its budget has',
    (record) => void (sweepIn(record).sweep.budget = { usd: 0.1 }),
    /was billed .* USD, \d+ s of {"usd":0.1}$/,
  ),
  of('its best model is not registered', (record) => void (record.versions = []), /has versions of none$/),
  of(
    'two of its models are registered',
    (record) => void record.versions.push(runIn(record, 1).runId),
    /has versions of .*, /,
  ),
  of(
    'one is registered of a sweep that was stopped',
    (record) => void record.versions.push(runIn(record).runId),
    /ended CANCELLED and has versions of /,
    'stopped sweep',
  ),
  of(
    'another model is registered than the best',
    (record) => {
      const best = sweepIn(record).account.best?.runId;
      record.versions = [there(record.runs.find(({ runId }) => runId !== best)).runId];
    },
    /is registered, the best is /,
  ),
];
