// An upload that was delivered starts one run, however often it was delivered: its own, or that of the batch it belongs to;
// or else it is told that it was skipped. So does a scheduled time, which is never lost.
import { formatInstant } from '../../../domain/time.ts';
import type { Checker, UploadRecord, WorldRecord } from '../world-record.ts';

const promise = 'an upload starts one run, and none is dropped silently';
const ofSchedules = 'a scheduled time starts one run, and none is dropped silently';

export const triggersStartOnce: Checker = (record) => {
  const { drawn, uploads } = record;
  const delivered = uploads.filter(({ deliveries }) => deliveries > 0);
  const problems =
    drawn.triggers?.quietSeconds === undefined
      ? delivered.flatMap((upload) => problemsOfOne(record, upload))
      : problemsOfBatches(record, delivered);
  return [
    ...problems.map((what) => ({ promise, what })),
    ...problemsOfSchedule(record).map((what) => ({ promise: ofSchedules, what })),
  ];
};

function problemsOfSchedule(record: WorldRecord): readonly string[] {
  const { schedule } = record.drawn.triggers ?? {};
  if (schedule === undefined) return [];
  const { name, everySeconds, times } = schedule;
  return Array.from({ length: times }, (_, index) =>
    formatInstant(record.startedAt + (index + 1) * everySeconds),
  ).flatMap((due) => {
    const started = executionsNamed(record, `${name}-${due.replaceAll(/[:.]/g, '-')}`).length;
    if (started > 1) return [`${name} at ${due} started ${started} executions`];
    if (started === 1 || record.skipped.some(({ cause }) => cause.includes(due))) return [];
    return [`${name} was due at ${due}, and neither started a run nor was skipped`];
  });
}

const executionsNamed = ({ executions }: WorldRecord, beginning: string) =>
  executions.filter(({ machine, name }) => machine === 'training-run' && name.startsWith(beginning));

const fileOf = (key: string): string => (key.split('/').at(-1) ?? '').replaceAll('.', '-');

function problemsOfOne(record: WorldRecord, { key }: UploadRecord): readonly string[] {
  const started = executionsNamed(record, `upload-${fileOf(key)}`).length;
  if (started > 1) return [`${key} started ${started} executions`];
  if (started === 1 || record.skipped.some(({ cause }) => cause.includes(key))) return [];
  return [`${key} was delivered, and neither started a run nor was skipped`];
}

function problemsOfBatches(record: WorldRecord, delivered: readonly UploadRecord[]): readonly string[] {
  const started = executionsNamed(record, 'uploads-');
  const skipped = record.skipped.filter(({ cause }) => cause.startsWith('uploads to'));
  const answers = [...started.map(({ startedAt }) => startedAt), ...skipped.map(({ at }) => at)];
  const tooMany =
    started.length > delivered.length ? [`${delivered.length} uploads started ${started.length} runs`] : [];
  const forgotten = delivered
    .filter(({ at }) => answers.every((answeredAt) => answeredAt < at))
    .map(({ key, at }) => `no run reads ${key}, uploaded at ${at}`);
  return [...tooMany, ...forgotten];
}
