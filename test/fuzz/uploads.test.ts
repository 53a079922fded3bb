// Keys come from whoever may write to a bucket. What is derived from them keeps to its alphabet and its place.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { acceptRequest } from '../../domain/accept-request.ts';
import { deriveJobName, parseJobName } from '../../domain/naming.ts';
import { parseS3Uri } from '../../lambdas/adapters/s3-uri.ts';
import { wantedByBatch } from '../../lambdas/uploads.ts';
import { wantedByUpload, type UploadTrigger } from '../../lambdas/wanted-run.ts';
import { START } from '../lambdas/support.ts';
import { aPipeline } from '../support/builders.ts';

const PREFIX = 'churn/';
const trigger: UploadTrigger = { channel: 'train', bucket: 'data', prefix: PREFIX, suffix: '' };
const pipeline = aPipeline({ allowedDataUris: [`s3://data/${PREFIX}`] });
const context = { executionArn: 'arn', executionName: 'upload', startedAt: START, now: START };

const TRICKS = [
  '..',
  '.',
  '',
  '\0',
  '\n',
  '$(id)',
  '`id`',
  ';id',
  '&&',
  '*',
  '-rf',
  '"',
  "'",
  '\\',
  '%2e%2e',
  '%00',
  '?versionId=1',
  '#',
  '\u202e',
  '\u2028',
  'ü \u{1f4a3}',
  '__proto__',
  'constructor',
  'a b',
  'x'.repeat(300),
];
const anyKey = fc
  .array(fc.oneof(fc.constantFrom(...TRICKS), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 5 })
  .map((names) => `${PREFIX}${names.join('/')}`);

const uploadOf = (key: string, etag = 'e1') => ({
  'detail-type': 'Object Created' as const,
  detail: { bucket: { name: 'data' }, object: { key, etag } },
});

const wanted = (key: string, etag?: string) => {
  const found = wantedByUpload(uploadOf(key, etag), trigger);
  return typeof found === 'string' ? undefined : found;
};

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, and no more than we promise. */
const EXECUTION_NAME = /^[0-9A-Za-z_-]{1,80}$/;

describe('an uploaded key', () => {
  it('names an execution, the same for the same object and another for another', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, other) => {
        const name = wanted(one)?.executionName;
        if (name === undefined) return;
        expect(name).toMatch(EXECUTION_NAME);
        expect(wanted(one)?.executionName).toBe(name);
        expect(wanted(one, 'e2')?.executionName).not.toBe(name);
        if (one !== other) expect(wanted(other)?.executionName).not.toBe(name);
      }),
      { numRuns: 500 },
    );
  });

  it('is read as it is and where it is, or the run is refused and names the channel', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const found = wanted(key);
        if (found === undefined) return;
        const acceptance = acceptRequest(found.request, pipeline, context);
        if (acceptance.kind === 'rejected') {
          expect(acceptance.problems.map(({ field }) => field)).toContain('channels.train');
          return;
        }
        const { run } = acceptance;
        expect(parseS3Uri(run.job.channels['train']?.uri ?? '')).toEqual({ bucket: 'data', key });
        expect(key.split('/').some((name) => name === '..' || name === '.')).toBe(false);
        expect(parseJobName(deriveJobName(run.runId, 1))?.runId).toBe(run.runId);
        for (const uri of [run.checkpointUri, run.outputUri]) expect(uri).toMatch(/^s3:\/\/[\w-]+\/[\w/-]+\/$/);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['churn/my data (1).csv', 'churn/$(id);`id` & "x"*.csv', 'churn/-rf', 'churn/ä\u{1f4a3}.csv', 'churn//a'])(
    'may be %j',
    (key) => {
      expect(acceptRequest(wanted(key)?.request, pipeline, context)).toMatchObject({
        kind: 'accepted',
        run: { job: { channels: { train: { uri: `s3://data/${key}` } } } },
      });
    },
  );

  it.each(
    ['churn/../secret', 'churn/a\nb', 'churn/a\0b', 'churn/blank at the end ', `churn/${'x'.repeat(1_020)}`].map(
      (key) => [key.slice(0, 30), key],
    ),
  )('is refused where it is %j', (_, key) => {
    expect(acceptRequest(wanted(key)?.request, pipeline, context)).toMatchObject({
      kind: 'rejected',
      problems: [expect.objectContaining({ field: 'channels.train' })],
    });
  });

  it('names the run of its batch, whose prefix is the trigger’s own', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const batchId = wanted(key)?.executionName;
        if (batchId === undefined) return;
        const run = wantedByBatch(batchId, trigger);
        expect(run.executionName).toMatch(EXECUTION_NAME);
        expect(run.request).toMatchObject({ channels: { train: 's3://data/churn/' } });
      }),
    );
  });
});
