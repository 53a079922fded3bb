import { describe, expect, it } from '@jest/globals';
import { RUN_SKIPPED } from '../../domain/events.ts';
import { createStartRun, type StartRunPorts } from '../../lambdas/start-run/start-run.ts';
import { acceptedRun, advance, ports, START, type TestPorts } from './support.ts';

describe('start-run', () => {
  const upload = { channel: 'train', bucket: 'data', prefix: 'churn/', suffix: '.csv' };
  const createFor = (testPorts: TestPorts, more: Partial<StartRunPorts> = {}) =>
    createStartRun({ ...testPorts, batches: testPorts.executions, overlap: 'allow', ...more });
  const created = (object: Record<string, unknown>) => ({
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'data' }, object },
  });

  it('starts one execution for an object version, however often the event comes', async () => {
    const testPorts = ports();
    const { executions } = testPorts;
    const startRun = createFor(testPorts, { upload });
    const event = created({ key: 'churn/day 1.csv', 'version-id': 'v1' });

    expect(await startRun(event)).toMatchObject({ action: 'started' });
    expect(await startRun(event)).toMatchObject({ action: 'already-started' });
    expect(await startRun(created({ key: 'churn/day 1.csv', 'version-id': 'v2' }))).toMatchObject({
      action: 'started',
    });
    expect(executions.started).toHaveLength(2);
    for (const name of executions.started) expect(name).toMatch(/^[0-9A-Za-z_-]{1,80}$/);
  });

  it('starts one execution for each time of a schedule, with the schedule and its time on the request', async () => {
    const requests: unknown[] = [];
    const testPorts = ports();
    const { executions } = testPorts;
    const start: typeof executions.start = async (name, request) => {
      requests.push(request);
      return executions.start(name, request);
    };
    const startRun = createFor(testPorts, { executions: { ...executions, start } });
    const due = (scheduledAt: string) => ({
      'detail-type': 'Scheduled Run',
      detail: { schedule: 'nightly', scheduledAt, request: { budgetUsd: 5 } },
    });

    expect(await startRun(due('2026-03-01T03:00:00Z'))).toMatchObject({ action: 'started' });
    expect(await startRun(due('2026-03-01T03:00:00Z'))).toMatchObject({ action: 'already-started' });
    expect(await startRun(due('2026-03-02T03:00:00Z'))).toMatchObject({ action: 'started' });
    expect(requests[0]).toEqual({
      budgetUsd: 5,
      trigger: { kind: 'schedule', schedule: 'nightly', scheduledAt: '2026-03-01T03:00:00Z' },
    });
  });

  it('ignores uploads where the pipeline has no trigger for them', async () => {
    const startRun = createFor(ports());

    expect(await startRun(created({ key: 'churn/day.csv' }))).toMatchObject({ action: 'ignored' });
  });

  it('says of an event that is none what is wrong with it', async () => {
    await expect(createFor(ports(), { upload })({ detail: {} })).rejects.toThrow('start-run input: detail-type');
  });

  it.each<[string, object]>([
    ['a folder marker', { key: 'churn/' }],
    ['of another prefix', { key: 'other/day.csv' }],
    ['of another suffix', { key: 'churn/day.txt' }],
  ])('ignores an upload that is %s', async (_, object) => {
    for (const quietSeconds of [undefined, 600]) {
      const testPorts = ports();
      const startRun = createFor(testPorts, { upload: { ...upload, quietSeconds } });
      const answer = await startRun(created(object as Record<string, unknown>));

      expect(answer).toEqual({ action: 'ignored', reason: expect.stringContaining((object as { key: string }).key) });
      expect(testPorts.executions.started).toEqual([]);
    }
  });

  it('says what set a run off, and of a repeated event that it is one', async () => {
    const startRun = createFor(ports(), { upload });
    const event = created({ key: 'churn/day.csv', etag: 'e' });
    const first = await startRun(event);

    expect(first).toEqual({
      action: 'started',
      executionName: expect.stringMatching(/^upload-day-csv-/),
      reason: 's3://data/churn/day.csv was uploaded',
    });
    expect(await startRun(event)).toEqual({
      action: 'already-started',
      executionName: first.executionName,
      reason: 'this event was delivered before',
    });
  });
});

const due = (scheduledAt: string) => ({ 'detail-type': 'Scheduled Run', detail: { schedule: 'nightly', scheduledAt } });
const FIRST = due('2026-03-01T03:00:00Z');
const SECOND = due('2026-03-02T03:00:00Z');
const byPolicy = (testPorts: TestPorts, overlap: StartRunPorts['overlap']) =>
  createStartRun({ ...testPorts, batches: testPorts.executions, overlap });

describe('start-run while another run goes on', () => {
  it('starts beside it where runs may overlap', async () => {
    const testPorts = ports();
    await acceptedRun(testPorts);

    expect(await byPolicy(testPorts, 'allow')(FIRST)).toMatchObject({ action: 'started' });
  });

  it('skips where it is to skip, tells the world, and says the same when the event comes again', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    const startRun = byPolicy(testPorts, 'skip');
    const skipped = await startRun(FIRST);

    expect(skipped).toEqual({
      action: 'skipped',
      executionName: expect.stringMatching(/^nightly-/),
      reason: `${runId} is going on, and runs of this pipeline do not overlap`,
    });
    expect(await startRun(FIRST)).toMatchObject({ action: 'skipped', executionName: skipped.executionName });
    expect(testPorts.events.published.map(({ type }) => type)).toEqual([RUN_SKIPPED]);
    expect(testPorts.executions.started).toEqual([]);
  });

  it('waits where it is to wait, and says behind whom', async () => {
    const testPorts = ports();
    const runId = await acceptedRun(testPorts);
    const startRun = byPolicy(testPorts, 'queue');
    const queued = await startRun(FIRST);

    expect(queued).toEqual({
      action: 'queued',
      executionName: expect.stringMatching(/^nightly-/),
      reason: `schedule nightly was due at 2026-03-01T03:00:00Z: waits behind ${runId}`,
    });
    expect(await startRun(FIRST)).toMatchObject({
      action: 'already-started',
      executionName: queued.executionName,
    });
    expect(await testPorts.triggers.queuedRequests('churn')).toMatchObject([
      {
        executionName: queued.executionName,
        request: { trigger: { kind: 'schedule' } },
        cause: 'schedule nightly was due at 2026-03-01T03:00:00Z',
        queuedAt: START,
      },
    ]);
  });
});

describe('start-run while nothing goes on', () => {
  it.each(['skip', 'queue'] as const)('starts, once, where runs must not overlap: %s', async (overlap) => {
    const testPorts = ports();
    const startRun = byPolicy(testPorts, overlap);
    const started = await startRun(FIRST);

    expect(started).toEqual({
      action: 'started',
      executionName: expect.stringMatching(/^nightly-/),
      reason: 'schedule nightly was due at 2026-03-01T03:00:00Z',
    });
    expect(await startRun(FIRST)).toMatchObject({ action: 'already-started' });
    expect(testPorts.executions.started).toEqual([started.executionName]);
  });

  it('starts whoever has waited longest, and lets the new one wait behind it', async () => {
    const testPorts = ports();
    await testPorts.triggers.queueRequest({
      pipeline: 'churn',
      executionName: 'first',
      request: {},
      cause: 'an upload',
      queuedAt: START - 60,
    });

    expect(await byPolicy(testPorts, 'queue')(SECOND)).toMatchObject({
      action: 'queued',
      reason: 'schedule nightly was due at 2026-03-02T03:00:00Z: waits behind another run',
    });
    expect(testPorts.executions.started).toEqual(['first']);
  });
});

describe('start-run of uploads that are collected', () => {
  const quiet = { channel: 'train', bucket: 'data', prefix: 'churn/', suffix: '.csv', quietSeconds: 600 };
  const uploaded = (key: string) => ({
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'data' }, object: { key } },
  });
  const check = (batchId: string) => ({ 'detail-type': 'Upload Batch Check', detail: { batchId } });
  const createFor = (testPorts: TestPorts) => {
    const waiting: string[] = [];
    const start = async (name: string) => {
      waiting.push(name);
      return 'started' as const;
    };
    const batches = { ...testPorts.executions, start };
    return { startRun: createStartRun({ ...testPorts, batches, overlap: 'allow', upload: quiet }), waiting };
  };

  it('collects them, and starts one run for all when they have paused', async () => {
    const testPorts = ports();
    const { startRun, waiting } = createFor(testPorts);
    const first = await startRun(uploaded('churn/1.csv'));
    const [batchId = ''] = waiting;
    expect(first).toEqual({
      action: 'collected',
      reason: `s3://data/churn/1.csv was uploaded: collected with ${batchId}`,
    });
    await advance(testPorts, 100);
    expect(await startRun(uploaded('churn/2.csv'))).toMatchObject({ action: 'collected' });
    expect(await startRun(uploaded('churn/2.csv'))).toEqual({
      action: 'ignored',
      reason: 'this event was delivered before',
    });
    await advance(testPorts, 500);
    expect(await startRun(check(batchId))).toEqual({
      action: 'waiting',
      waitSeconds: 100,
      reason: 'something was uploaded a short while ago',
    });
    await advance(testPorts, 100);

    expect(await startRun(check(batchId))).toMatchObject({
      action: 'started',
      reason: 'uploads to s3://data/churn/ have paused',
    });
    expect(await startRun(check(batchId))).toMatchObject({ action: 'already-started' });
    expect([waiting, testPorts.executions.started.length]).toEqual([[batchId], 1]);
  });

  it('ignores the check of a batch where uploads are collected no more', async () => {
    const ignored = { action: 'ignored', reason: 'uploads do not start runs of this pipeline' };
    const { quietSeconds: _, ...eager } = quiet;
    for (const upload of [undefined, eager]) {
      const testPorts = ports();
      const startRun = createStartRun({ ...testPorts, batches: testPorts.executions, overlap: 'allow', upload });
      expect(await startRun(check('upload-1'))).toEqual(ignored);
      expect(testPorts.executions.started).toEqual([]);
    }
  });
});
