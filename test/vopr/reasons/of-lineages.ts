import { endIn, nth, receiptIn, runIn, there, type Reason, type SpoiltRecord } from './spoiling.ts';

const amendmentIn = (record: SpoiltRecord) => nth(there(runIn(record).history.amendments), 0);
const workIn = (record: SpoiltRecord) => there(there(runIn(record, 1).history.run.resumes).work);
const lineageIn = (record: SpoiltRecord) => there(receiptIn(record, 1).lineage);
const cleaned = (record: SpoiltRecord, at: number): void =>
  void record.cleanings.push({ uri: `s3://artifacts/vopr/checkpoints/${runIn(record).runId}/`, at });
const lastExecution = ({ executions, continuations }: SpoiltRecord) => {
  const { executionArn } = nth(continuations, -1);
  return there(executions.find(({ arn }) => arn === executionArn));
};

const extensions: readonly Reason[] = [
  {
    checker: 'extensionsOnlyGive',
    when: 'a number is left out',
    record: 'extended',
    spoil: (record) => void (amendmentIn(record).number = 2),
    says: /extension 1 of .* is numbered 2$/,
  },
  {
    checker: 'extensionsOnlyGive',
    when: 'no more is given than there was',
    record: 'extended',
    spoil: (record) => {
      const { before, after } = amendmentIn(record);
      after.deadline = there(before.deadline);
    },
    says: /makes deadline [\d.]+, it says from /,
  },
  {
    checker: 'extensionsOnlyGive',
    when: 'it does not follow on what there was',
    record: 'extended',
    spoil: (record) => {
      const { before } = amendmentIn(record);
      before.deadline = there(before.deadline) - 1;
    },
    says: /makes deadline [\d.]+, it says from /,
  },
  {
    checker: 'extensionsOnlyGive',
    when: 'what the run never had is extended',
    record: 'extended',
    spoil: (record) => void Object.assign(amendmentIn(record), { before: {}, after: { budgetUsd: 1 } }),
    says: /makes budgetUsd 1, it says from {}, it was undefined$/,
  },
  {
    checker: 'extensionsOnlyGive',
    when: 'it is granted and not written down',
    record: 'extended',
    spoil: (record) => delete runIn(record).history.amendments,
    says: /was given nothing$/,
  },
  {
    checker: 'extensionsOnlyGive',
    when: 'a run ends at a deadline that has been put off',
    record: 'extended',
    spoil: (record) => void (endIn(record).code = 'DeadlineMissed'),
    says: /ended DeadlineMissed at [\d.]+, its deadline was \d+ by then$/,
  },
];

const resumptions: readonly Reason[] = [
  {
    checker: 'lineagesHold',
    when: 'a run is let in before the last one has ended',
    record: 'resumed',
    spoil: (record) => void (nth(record.acceptances, 1).at = endIn(record).endedAt - 6),
    says: /was let in at [\d.]+; .* went on until [\d.]+$/,
  },
  {
    checker: 'lineagesHold',
    when: 'two runs of it have versions',
    record: 'resumed',
    spoil: (record) => void record.versions.push(runIn(record).runId),
    says: /has versions of .* and /,
  },
  {
    checker: 'lineagesHold',
    when: 'a run goes on from one that succeeded',
    record: 'resumed',
    spoil: (record) => void (endIn(record).status = 'SUCCEEDED'),
    says: /went on from .*, which succeeded$/,
  },
  {
    checker: 'lineagesHold',
    when: 'a lease is still held',
    record: 'resumed',
    spoil: (record) => void record.leasesHeld.push({ lineageId: runIn(record).runId, holder: 'somebody' }),
    says: /are held by somebody$/,
  },
  {
    checker: 'resumesFromWhatIsSafe',
    when: 'there is no checkpoint',
    record: 'resumed',
    spoil: ({ acceptances }) => delete nth(acceptances, 1).savedWorkSeconds,
    says: /as done, and there is no checkpoint$/,
  },
  {
    checker: 'resumesFromWhatIsSafe',
    when: 'there is no checkpoint, and only its time is counted on',
    record: 'resumed',
    spoil: (record) => {
      delete nth(record.acceptances, 1).savedWorkSeconds;
      workIn(record).savedSeconds = 0;
    },
    says: /as done, and there is no checkpoint$/,
  },
  {
    checker: 'resumesFromWhatIsSafe',
    when: 'a larger share is counted than the checkpoint holds',
    record: 'resumed',
    spoil: (record) => void (workIn(record).fraction = 0.99),
    says: /counts 0.99 of 7200 s as done, the checkpoint holds [\d.]+/,
  },
  {
    checker: 'resumesFromWhatIsSafe',
    when: 'more seconds are counted than the checkpoint holds',
    record: 'resumed',
    spoil: (record) => void (workIn(record).savedSeconds = 7_000),
    says: /counts 7000 s as done, the checkpoint holds [\d.]+/,
  },
  {
    checker: 'lineageAddsUp',
    when: 'the receipt of a resumed run says nothing of the others',
    record: 'resumed',
    spoil: (record) => delete receiptIn(record, 1).lineage,
    says: /says nothing of a lineage$/,
  },
  {
    checker: 'lineageAddsUp',
    when: 'the receipt of the first run says something of others',
    record: 'resumed',
    spoil: (record) => void (receiptIn(record).lineage = lineageIn(record)),
    says: /says much of a lineage$/,
  },
  ...(['runCount', 'attemptCount', 'trainedSeconds', 'billableSeconds'] as const).map(
    (name): Reason => ({
      checker: 'lineageAddsUp',
      when: `${name} is too much by one`,
      record: 'resumed',
      spoil: (record) => void (lineageIn(record)[name] += 1),
      says: new RegExp(`says ${name} \\d+, its lineage came to \\d+$`),
    }),
  ),
  {
    checker: 'checkpointsAreKept',
    when: 'they are removed before the end',
    record: 'completed',
    spoil: (record) => cleaned(record, endIn(record).endedAt - 60),
    says: /was removed at [\d.]+; .* ended at [\d.]+, kept until Infinity$/,
  },
  {
    checker: 'checkpointsAreKept',
    when: 'they are removed before their time is over',
    record: 'completed',
    spoil: (record) => {
      runIn(record).history.run.checkpointRetentionSeconds = 3_600;
      cleaned(record, endIn(record).endedAt + 3_594);
    },
    says: /was removed at [\d.]+; .* ended at [\d.]+, kept until [\d.]+$/,
  },
  {
    checker: 'refusalsSayWhy',
    when: 'no field is named',
    record: 'resumption refused',
    spoil: (record) => void (lastExecution(record).cause = 'BadRequest: no'),
    says: /was refused: "BadRequest: no"$/,
  },
  {
    checker: 'refusalsSayWhy',
    when: 'no cause is given',
    record: 'resumption refused',
    spoil: (record) => delete lastExecution(record).cause,
    says: /was refused: ""$/,
  },
  {
    checker: 'refusalsSayWhy',
    when: 'the execution breaks where nothing is at fault any more',
    record: 'resumption refused',
    spoil: (record) => {
      record.healedAt = record.startedAt;
      lastExecution(record).error = 'States.Runtime';
    },
    says: /ended FAILED States.Runtime: /,
  },
];

const fileOf = (key: string): string => (key.split('/').at(-1) ?? '').replaceAll('.', '-');
const executionFor = ({ executions }: SpoiltRecord, begins: string) =>
  executions.find(({ name }) => name.startsWith(begins));

const triggers: readonly Reason[] = [
  {
    checker: 'triggersStartOnce',
    when: 'an upload starts nothing',
    record: 'uploads',
    spoil: (record) => {
      const begins = `upload-${fileOf(nth(record.uploads, 1).key)}`;
      record.executions = record.executions.filter(({ name }) => !name.startsWith(begins));
    },
    says: /part-2.csv was delivered, and neither started a run nor was skipped$/,
  },
  {
    checker: 'triggersStartOnce',
    when: 'an upload starts two runs',
    record: 'uploads',
    spoil: (record) => {
      const first = there(executionFor(record, `upload-${fileOf(nth(record.uploads, 0).key)}`));
      record.executions.push({ ...first, name: `${first.name}-again` });
    },
    says: /part-1.csv started 2 executions$/,
  },
  {
    checker: 'triggersStartOnce',
    when: 'no run reads an upload of a batch',
    record: 'batch',
    spoil: (record) => {
      const last = Math.max(...record.executions.map(({ startedAt }) => startedAt));
      nth(record.uploads, -1).at = last + 1;
    },
    says: /no run reads .*part-2.csv, uploaded at [\d.]+$/,
  },
  {
    checker: 'triggersStartOnce',
    when: 'batches start more runs than there are uploads',
    record: 'batch',
    spoil: (record) => {
      const first = there(executionFor(record, 'uploads-'));
      record.executions.push(...[1, 2].map((again) => ({ ...first, name: `${first.name}-${again}` })));
    },
    says: /^2 uploads started \d runs$/,
  },
  {
    checker: 'triggersStartOnce',
    when: 'a scheduled time starts nothing',
    record: 'schedule',
    spoil: (record) => {
      const first = there(executionFor(record, 'nightly-'));
      record.executions = record.executions.filter((one) => one !== first);
    },
    says: /^nightly was due at .*, and neither started a run nor was skipped$/,
  },
  {
    checker: 'triggersStartOnce',
    when: 'a scheduled time starts two runs',
    record: 'schedule',
    spoil: (record) => {
      const first = there(executionFor(record, 'nightly-'));
      record.executions.push({ ...first, name: `${first.name}-again` });
    },
    says: /^nightly at .* started 2 executions$/,
  },
  {
    checker: 'runsOverlapAsAllowed',
    when: 'a trigger starts a run while another is going on',
    record: 'uploads',
    spoil: (record) => {
      const { executionArn } = runIn(record, 1);
      const second = there(record.executions.find(({ arn }) => arn === executionArn));
      second.startedAt = endIn(record).endedAt - 60;
    },
    says: /was started at [\d.]+, while .* was going on$/,
  },
];

export const REASONS_OF_LINEAGES = [...extensions, ...resumptions, ...triggers];
