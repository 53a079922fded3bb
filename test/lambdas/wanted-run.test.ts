// What an upload and a schedule ask for, and which events ask for the same.
import { describe, expect, it } from '@jest/globals';
import { wantedBySchedule, wantedByUpload, type UploadTrigger, type WantedRun } from '../../lambdas/wanted-run.ts';

const trigger: UploadTrigger = { channel: 'train', bucket: 'data', prefix: 'churn/', suffix: '' };

const asked = (object: object, upload: UploadTrigger = trigger): WantedRun | string =>
  wantedByUpload(
    {
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'data' }, object: { key: 'churn/2026/day 1.csv', ...object } },
    },
    upload,
  );
function wanted(object: object): WantedRun {
  const answer = asked(object);
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}
const nameOf = (object: object): string => wanted(object).executionName;

describe('an upload', () => {
  it.each<[string, object, object]>([
    ['without a version', {}, {}],
    ['with a version', { 'version-id': 'v1' }, { versionId: 'v1' }],
    ['with an ETag', { etag: 'e1' }, { etag: 'e1' }],
    ['with both', { 'version-id': 'v1', etag: 'e1' }, { versionId: 'v1', etag: 'e1' }],
  ])('%s is what the run of its channel reads, and is named as its trigger', (_, object, known) => {
    const uri = 's3://data/churn/2026/day 1.csv';
    expect(wanted(object)).toStrictEqual({
      executionName: expect.stringMatching(/^upload-day-1-csv-[0-9a-f]{16}$/),
      request: {
        channels: { train: uri },
        trigger: { kind: 'upload', bucket: 'data', key: 'churn/2026/day 1.csv', ...known },
      },
      cause: `${uri} was uploaded`,
    });
  });

  it('asks for another run where the version, the ETag of an unversioned object, or the order of writes is another', () => {
    const all = [
      {},
      { 'version-id': 'v1' },
      { 'version-id': 'v2' },
      { etag: 'e1' },
      { etag: 'e2' },
      { sequencer: '01' },
      { sequencer: '02' },
    ];
    expect(new Set(all.map(nameOf)).size).toBe(all.length);
    for (const object of all) expect(nameOf(object)).toBe(nameOf({ ...object, size: 7 }));
    expect(nameOf({ 'version-id': 'v1', etag: 'e1' })).toBe(nameOf({ 'version-id': 'v1', etag: 'e2' }));
  });

  it.each<[string, string, Partial<UploadTrigger>, string]>([
    ['a folder marker', 'churn/2026/', {}, 'churn/2026/ is a folder marker'],
    ['outside the prefix', 'fraud/day.csv', {}, 'fraud/day.csv does not match churn/*'],
    ['without the suffix', 'churn/day.csv', { suffix: '.parquet' }, 'churn/day.csv does not match churn/*.parquet'],
  ])('that is %s asks for none', (_, key, changes, reason) => {
    expect(asked({ key }, { ...trigger, ...changes })).toBe(reason);
  });

  it.each(['/churn.csv', 'churn//day.csv'])(
    'whose key only begins or goes on with a slash, as %p, is no folder',
    (key) => {
      expect(asked({ key }, { ...trigger, prefix: '' })).toMatchObject({ cause: `s3://data/${key} was uploaded` });
    },
  );
});

describe('a schedule', () => {
  it('asks for one run a time, with its request and its time', () => {
    const due = (scheduledAt: string) =>
      wantedBySchedule({
        'detail-type': 'Scheduled Run',
        detail: { schedule: 'nightly', scheduledAt, request: { budgetUsd: 5, trigger: { kind: 'manual' } } },
      });
    expect(due('2026-03-01T03:00:00Z')).toEqual({
      executionName: expect.stringMatching(/^nightly-2026-03-01T03-00-00Z-[0-9a-f]{16}$/),
      request: {
        budgetUsd: 5,
        trigger: { kind: 'schedule', schedule: 'nightly', scheduledAt: '2026-03-01T03:00:00Z' },
      },
      cause: 'schedule nightly was due at 2026-03-01T03:00:00Z',
    });
    expect(due('2026-03-02T03:00:00Z').executionName).not.toBe(due('2026-03-01T03:00:00Z').executionName);
  });
});
