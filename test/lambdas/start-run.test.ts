import { describe, expect, it } from '@jest/globals';
import { createStartRun, type StartRunPorts } from '../../lambdas/start-run/start-run.ts';
import { ports, type TestPorts } from './support.ts';

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
});
