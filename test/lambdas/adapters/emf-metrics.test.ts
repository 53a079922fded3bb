import { describe, expect, it } from '@jest/globals';
import { createEmfMetrics } from '../../../lambdas/adapters/emf-metrics.ts';

describe('metrics in the embedded metric format', () => {
  const lines: string[] = [];
  createEmfMetrics((line) => void lines.push(line)).put({
    pipeline: 'churn',
    status: 'SUCCEEDED',
    runId: 'churn--0123456789',
    at: 1_767_225_600.25,
    metrics: [
      { name: 'RunsEnded', unit: 'Count', value: 1 },
      { name: 'Saved', unit: 'Percent', value: 43.2 },
    ],
  });
  const [line = ''] = lines;
  const written = JSON.parse(line) as Record<string, unknown>;

  it('are one line of JSON', () => {
    expect(lines).toHaveLength(1);
    expect(line).toMatch(/^\{.*\}\n$/);
  });

  it('name every metric with its unit and hold its value at the top', () => {
    expect(written['_aws']).toMatchObject({
      Timestamp: 1_767_225_600_250,
      CloudWatchMetrics: [
        {
          Namespace: 'Spotrelay',
          Metrics: [
            { Name: 'RunsEnded', Unit: 'Count' },
            { Name: 'Saved', Unit: 'Percent' },
          ],
        },
      ],
    });
    expect(written).toMatchObject({ RunsEnded: 1, Saved: 43.2 });
  });

  it('have the pipeline and the end as dimensions, and the run only as a field', () => {
    expect(written).toMatchObject({ Pipeline: 'churn', Status: 'SUCCEEDED', runId: 'churn--0123456789' });
    expect(JSON.stringify(written['_aws'])).not.toContain('runId');
  });
});
