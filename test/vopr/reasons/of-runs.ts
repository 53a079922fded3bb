import { ANNOUNCED_ERROR_NAMES } from '../../../domain/errors.ts';
import { endIn, jobIn, nth, receiptIn, runIn, there, type Reason } from './spoiling.ts';

const ends: readonly Reason[] = [
  {
    checker: 'endsOnce',
    when: 'a run has no end',
    record: 'completed',
    spoil: (record) => delete runIn(record).history.end,
    says: /has no end$/,
  },
  {
    checker: 'endsOnce',
    when: 'there is no receipt',
    record: 'completed',
    spoil: (record) => delete runIn(record).receipt,
    says: /without a receipt$/,
  },
  {
    checker: 'endsOnce',
    when: 'an end is not announced',
    record: 'completed',
    spoil: (record) => void (record.announcements = []),
    says: /nobody was told$/,
  },
  {
    checker: 'endsOnce',
    when: 'an end is announced twice, and each time another instant',
    record: 'completed',
    spoil: ({ announcements }) => {
      const { at, detail } = nth(announcements, 0);
      announcements.push({ at, detail: { ...detail, endedAt: '2030-01-01T00:00:00Z' } });
    },
    says: /announced as .* and as /,
  },
  {
    checker: 'endsOnce',
    when: 'another end is announced than is written',
    record: 'completed',
    spoil: ({ announcements }) => void (nth(announcements, 0).detail.code = 'Other'),
    says: /ended SUCCEEDED Completed and was announced as SUCCEEDED Other$/,
  },
  {
    checker: 'endsOnce',
    when: 'the receipt says another end',
    record: 'completed',
    spoil: (record) => void (receiptIn(record).status = 'FAILED'),
    says: /the receipt of .* says FAILED, not SUCCEEDED$/,
  },
  {
    checker: 'endsOnce',
    when: 'the execution of a run that did not succeed does',
    record: 'stopped job',
    spoil: ({ executions }) => void (nth(executions, 0).status = 'SUCCEEDED'),
    says: /the execution of .* succeeded, the run ended CANCELLED$/,
  },
  {
    checker: 'endsOnce',
    when: 'the execution of a run that succeeded fails',
    record: 'completed',
    spoil: ({ executions }) => void (nth(executions, 0).error = nth(ANNOUNCED_ERROR_NAMES, 1)),
    says: /failed with .*, the run ended SUCCEEDED$/,
  },
  {
    checker: 'everythingEnds',
    when: 'the world does not come to rest',
    record: 'completed',
    spoil: (record) => void (record.restless = 'too many events'),
    says: /did not come to rest: too many events$/,
  },
  {
    checker: 'everythingEnds',
    when: 'an execution runs on',
    record: 'completed',
    spoil: ({ executions }) => void (nth(executions, 0).status = 'RUNNING'),
    says: /runs on at /,
  },
  {
    checker: 'everythingEnds',
    when: 'a job has not ended',
    record: 'completed',
    spoil: (record) => delete jobIn(record).endedAt,
    says: / is Completed$/,
  },
  {
    checker: 'everythingEnds',
    when: 'a run has no end',
    record: 'completed',
    spoil: (record) => delete runIn(record).history.end,
    says: /has no end$/,
  },
  {
    checker: 'registeredOnce',
    when: 'a run that did not succeed has a version',
    record: 'stopped job',
    spoil: (record) => void record.versions.push(runIn(record).runId),
    says: /ended CANCELLED and has 1 versions$/,
  },
  {
    checker: 'registeredOnce',
    when: 'a pipeline that registers nothing has a version',
    record: 'completed',
    spoil: (record) => delete runIn(record).history.run.registration,
    says: /has 1 versions, and its pipeline registers none$/,
  },
  {
    checker: 'registeredOnce',
    when: 'a completed run has no version',
    record: 'completed',
    spoil: (record) => void (record.versions = []),
    says: /has 0 versions, its record says registered, /,
  },
  {
    checker: 'registeredOnce',
    when: 'a completed run has two versions',
    record: 'completed',
    spoil: (record) => void record.versions.push(...record.versions),
    says: /has 2 versions, its record says registered, /,
  },
  {
    checker: 'registeredOnce',
    when: 'a registration is not written down',
    record: 'completed',
    spoil: (record) => delete runIn(record).registration,
    says: /has 1 versions, its record says nothing, /,
  },
  {
    checker: 'registeredOnce',
    when: 'a registration is not announced',
    record: 'completed',
    spoil: (record) => void (record.modelEvents = []),
    says: /the bus heard 0 registrations and 0 rejections$/,
  },
  {
    checker: 'registeredOnce',
    when: 'a rejection is not announced',
    record: 'completed',
    spoil: (record) => {
      record.versions = [];
      there(runIn(record).registration).status = 'rejected';
    },
    says: /has 0 versions, its record says rejected, .* 0 rejections$/,
  },
];

const bills: readonly Reason[] = [
  {
    checker: 'receiptAddsUp',
    when: 'a job is on no line',
    record: 'completed',
    spoil: (record) => {
      const job = structuredClone(jobIn(record));
      record.jobs.push({ ...job, jobName: `${job.jobName}-other`, last: { ...job.last, billableSeconds: 0 } });
    },
    says: /-other is on no line of the receipt$/,
  },
  {
    checker: 'receiptAddsUp',
    when: 'a job is on two lines',
    record: 'completed',
    spoil: (record) => {
      const { attempts } = receiptIn(record);
      attempts.push({ ...nth(attempts, 0), billableSeconds: 0 });
    },
    says: /names 1 jobs twice$/,
  },
  {
    checker: 'receiptAddsUp',
    when: 'a line is a second short',
    record: 'completed',
    spoil: (record) => {
      const line = nth(receiptIn(record).attempts, 0);
      line.billableSeconds = there(line.billableSeconds) - 1;
    },
    says: /the lines of .* bill \d+ s, SageMaker billed \d+ s$/,
  },
  ...[-1, 1].map(
    (more): Reason => ({
      checker: 'receiptAddsUp',
      when: `the sum is wrong by ${more} s`,
      record: 'completed',
      spoil: (record) => void (receiptIn(record).seconds.billable += more),
      says: /the receipt of .* bills \d+ s, SageMaker \d+ s, of which 0 s late$/,
    }),
  ),
  {
    checker: 'budgetHolds',
    when: 'more is billed',
    record: 'completed',
    spoil: (record) => void (runIn(record).history.run.budgetUsd = 0.01),
    says: /was billed .* USD of 0.01$/,
  },
];

const jobs: readonly Reason[] = [
  {
    checker: 'oneJobPerPrefix',
    when: 'a job is created while another on its prefix lives',
    record: 'fallen back',
    spoil: (record) => {
      const second = nth(
        record.jobs.filter(({ canary }) => !canary),
        1,
      );
      second.createdAt = jobIn(record).createdAt + 1;
    },
    says: /was created at [\d.]+ while .* lived until [\d.]+/,
  },
  {
    checker: 'oneJobPerPrefix',
    when: 'a run that saves nothing has two jobs at a time',
    record: 'fallen back',
    spoil: (record) => {
      const training = record.jobs.filter(({ canary }) => !canary);
      for (const { request } of training) delete request.CheckpointConfig;
      nth(training, 1).createdAt = jobIn(record).createdAt + 1;
    },
    says: /was created at [\d.]+ while .* lived until [\d.]+/,
  },
  {
    checker: 'nothingOutlivesItsRun',
    when: 'a job goes on after the end',
    record: 'completed',
    spoil: (record) => void (jobIn(record).endedAt = endIn(record).endedAt + 126),
    says: /lived until [\d.]+; its run ended SUCCEEDED/,
  },
  {
    checker: 'nothingOutlivesItsRun',
    when: 'a canary never ends',
    record: 'fallen back',
    spoil: ({ jobs: all }) => delete there(all.find(({ canary }) => canary)).endedAt,
    says: /c\d+, created at [\d.]+, lived until the end of the world/,
  },
  {
    checker: 'workIsKept',
    when: 'a container begins with less than was safe',
    record: 'completed',
    spoil: ({ containers }) => void (nth(containers, 0).durableWorkSeconds = 1),
    says: /began at [\d.]+ with 0 s of work, where 1 s were safe$/,
  },
  {
    checker: 'noFallbackOnUserErrors',
    when: 'a job follows one whose script failed',
    record: 'fallen back',
    spoil: (record) => void (jobIn(record).last.failureReason = 'AlgorithmError: exit code 1'),
    says: /was started although .* ended with AlgorithmError: exit code 1$/,
  },
];

const limits: readonly Reason[] = [
  {
    checker: 'deadlineHolds',
    when: 'a run succeeds too late',
    record: 'completed',
    spoil: (record) => void (endIn(record).endedAt = there(runIn(record).history.run.deadline) + 7),
    says: /ended SUCCEEDED Completed at [\d.]+, 7 s after its deadline/,
  },
  {
    checker: 'deadlineHolds',
    when: 'a run does not succeed',
    record: 'completed',
    spoil: (record) => void Object.assign(endIn(record), { status: 'EXHAUSTED', code: 'DeadlineMissed' }),
    says: /ended EXHAUSTED DeadlineMissed at [\d.]+, -\d+ s after its deadline/,
  },
  {
    checker: 'limitsHold',
    when: 'a history is full',
    record: 'completed',
    spoil: ({ executions }) => void (nth(executions, 0).eventCount = 25_000),
    says: /has 25000 events$/,
  },
  ...['States.Runtime', 'States.DataLimitExceeded', 'States.QueryEvaluationError', 'States.NoChoiceMatched'].map(
    (error): Reason => ({
      checker: 'limitsHold',
      when: `an execution breaks with ${error}`,
      record: 'completed',
      spoil: ({ executions }) => void (nth(executions, 0).error = error),
      says: new RegExp(`broke with ${error}: `),
    }),
  ),
  {
    checker: 'limitsHold',
    when: 'an answer is too large',
    record: 'completed',
    spoil: (record) => void (record.payloadBytesMax = 262_144),
    says: /answered 262144 bytes$/,
  },
];

const stops = (['stopped job', 'stopped execution'] as const).flatMap((record): readonly Reason[] => [
  {
    checker: 'stopsAreHonoured',
    when: `the run of a ${record} ends otherwise`,
    record,
    spoil: (spoiltRecord) => void (endIn(spoiltRecord).status = 'EXHAUSTED'),
    says: /ended EXHAUSTED after a person's (?:stop-job|abort-execution) at [\d.]+$/,
  },
  {
    checker: 'stopsAreHonoured',
    when: `a job is started after that of a ${record}`,
    record,
    spoil: (spoiltRecord) => {
      const job = structuredClone(jobIn(spoiltRecord));
      const createdAt = nth(spoiltRecord.acts, 0).at + 1;
      spoiltRecord.jobs.push({ ...job, jobName: `${job.jobName}-other`, createdAt });
    },
    says: /-other was started after a person's (?:stop-job|abort-execution) at [\d.]+$/,
  },
]);

export const REASONS_OF_RUNS = [...ends, ...bills, ...jobs, ...limits, ...stops];
