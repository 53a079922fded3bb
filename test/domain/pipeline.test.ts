import { describe, expect, it } from '@jest/globals';
import { returnsToSpot, takesData } from '../../domain/pipeline.ts';
import { aPipeline, aPipelineWithoutCheckpoint } from './support.ts';

describe('a return to spot', () => {
  const { returnToSpot: _, ...unsaid } = aPipeline({ timing: { restoreSeconds: 600 } });

  it('is worth having where little has to be restored, unless the pipeline says otherwise', () => {
    expect(returnsToSpot(unsaid)).toBe(true);
    expect(returnsToSpot({ ...unsaid, timing: { ...unsaid.timing, restoreSeconds: 601 } })).toBe(false);
    expect(returnsToSpot({ ...unsaid, returnToSpot: false })).toBe(false);
  });

  it('is not worth having where nothing is saved, unless the pipeline says otherwise', () => {
    const { returnToSpot: __, ...without } = aPipelineWithoutCheckpoint();
    expect(returnsToSpot(without)).toBe(false);
    expect(returnsToSpot({ ...without, returnToSpot: true })).toBe(true);
  });
});

describe('takesData', () => {
  it('is so for a pipeline with channels of its own, or with places from which a run may read', () => {
    expect(takesData(aPipeline())).toBe(true);
    expect(takesData(aPipeline({ job: { channels: {} }, allowedDataUris: ['s3://data/'] }))).toBe(true);
    expect(takesData(aPipeline({ job: { channels: {} } }))).toBe(false);
  });
});
