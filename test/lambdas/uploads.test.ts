// Many uploads, one run: who waits, how long, and what the run is asked for.
import { describe, expect, it } from '@jest/globals';
import { collectUpload, settleBatch, wantedByBatch } from '../../lambdas/uploads.ts';
import { advance, ports, START } from './support.ts';

const BATCH = 'upload-1';

describe('given uploads that are collected', () => {
  const collecting = () => {
    const testPorts = ports();
    const waiting: [string, unknown][] = [];
    const batches = {
      ...testPorts.executions,
      start: async (name: string, input: unknown) => {
        waiting.push([name, input]);
        return 'started' as const;
      },
    };
    const collect = (uploadId: string) => collectUpload({ ...testPorts, batches }, 'churn', uploadId);
    const settle = () => settleBatch(testPorts, 'churn', BATCH, 600);
    return { testPorts, waiting, collect, settle };
  };

  it('when the first comes, then somebody waits for them to pause, who is told for which; for others nobody else', async () => {
    const { testPorts, waiting, collect } = collecting();
    expect(await collect(BATCH)).toBe(BATCH);
    await advance(testPorts, 1.5);
    expect(await collect('upload-2')).toBe(BATCH);
    expect(waiting).toEqual([[BATCH, { batchId: BATCH }]]);
    expect(await testPorts.triggers.readBatch('churn')).toMatchObject({ firstAt: START, lastAt: START + 1 });
  });

  it('when one is delivered again, then it is not collected again, and nobody else waits', async () => {
    const { waiting, collect } = collecting();
    await collect(BATCH);
    await collect('upload-2');
    expect(await collect(BATCH)).toBeUndefined();
    expect(await collect('upload-2')).toBeUndefined();
    // The name makes it one execution.
    expect(new Set(waiting.map(([name]) => name))).toEqual(new Set([BATCH]));
  });

  it('when the invocation broke that opened a batch, then its repetition has somebody wait for it', async () => {
    const { testPorts, waiting, collect } = collecting();
    const batches = { ...testPorts.executions, start: () => Promise.reject(new Error('killed')) };
    await expect(collectUpload({ ...testPorts, batches }, 'churn', BATCH)).rejects.toThrow('killed');
    await advance(testPorts, 60);

    await collect(BATCH);
    expect(waiting).toEqual([[BATCH, { batchId: BATCH }]]);
    expect(await testPorts.triggers.readBatch('churn')).toMatchObject({ firstAt: START, lastAt: START });
  });

  it('when that repetition comes after the end of the batch, then later uploads have a batch of their own', async () => {
    const { waiting, testPorts, collect, settle } = collecting();
    await collect(BATCH);
    await advance(testPorts, 600);
    await settle();
    await collect(BATCH);

    expect(await testPorts.triggers.readBatch('churn')).toBeUndefined();
    expect(await collect('upload-2')).toBe('upload-2');
    expect(waiting.at(-1)).toEqual(['upload-2', { batchId: 'upload-2' }]);
  });

  it('when it is looked whether they have paused, then what is left is waited for in whole seconds', async () => {
    const { testPorts, collect, settle } = collecting();
    await collect(BATCH);
    await advance(testPorts, 599.5);
    expect(await settle()).toBe(1);
    expect(await testPorts.triggers.readBatch('churn')).toBeDefined();
  });

  it.each([600, 9_999])('when they have paused for %d s, then the batch is closed, and stays so', async (seconds) => {
    const { testPorts, collect, settle } = collecting();
    await collect(BATCH);
    await advance(testPorts, seconds);
    expect(await settle()).toBe(0);
    expect(await testPorts.triggers.readBatch('churn')).toBeUndefined();
    expect(await settle()).toBe(0);
  });

  it('when another batch is open by now, then that is left alone', async () => {
    const { testPorts, collect, settle } = collecting();
    await collect('upload-2');
    await advance(testPorts, 600);
    expect(await settle()).toBe(0);
    expect(await testPorts.triggers.readBatch('churn')).toMatchObject({ batchId: 'upload-2' });
  });

  it('when one more is uploaded as the batch is closed, then they are waited for anew', async () => {
    const { testPorts, collect } = collecting();
    await collect(BATCH);
    await advance(testPorts, 600);
    const triggers = { ...testPorts.triggers, closeBatch: async () => false };
    expect(await settleBatch({ ...testPorts, triggers }, 'churn', BATCH, 600)).toBe(600);
  });
});

describe('the run of many uploads', () => {
  const upload = { channel: 'train', bucket: 'data', suffix: '.csv' };

  it.each([
    ['churn/', 's3://data/churn/'],
    ['churn/day-', 's3://data/churn/'],
    ['day-', 's3://data/'],
    ['', 's3://data/'],
  ])('reads the folder that their prefix %p is in', (prefix, uri) => {
    expect(wantedByBatch(BATCH, { ...upload, prefix })).toMatchObject({
      request: { channels: { train: uri }, trigger: { kind: 'uploads', bucket: 'data', prefix, batch: BATCH } },
      cause: `uploads to ${uri} have paused`,
    });
  });

  it('has an execution name of its own for each batch', () => {
    const nameOf = (batchId: string): string => wantedByBatch(batchId, { ...upload, prefix: '' }).executionName;
    expect(nameOf('upload-day-upload-1')).toMatch(/^uploads-day-upload-1-[0-9a-f]{16}$/);
    expect(nameOf('upload-1')).not.toBe(nameOf('upload-2'));
  });
});
