import { describe, expect, it } from '@jest/globals';
import {
  CLEANING_SECONDS_MAX,
  cleanerName,
  isBrokenOffCleaner,
  isCleaner,
  RetainedCheckpoints,
  retainedCheckpoints,
} from '../../domain/checkpoint-retention.ts';
import { aRun, NOW } from './support.ts';

const RUN = aRun({ checkpointRetentionSeconds: 3_600 });

describe('the checkpoints of a lineage', () => {
  it('are kept from the end of its run on, for as long as the pipeline says', () => {
    const retained = retainedCheckpoints(RUN, { endedAt: NOW + 100 });
    expect(retained).toEqual({
      pipeline: 'churn',
      lineageId: RUN.lineageId,
      uri: RUN.checkpointUri,
      until: NOW + 3_700,
    });
    expect(RetainedCheckpoints.parse(structuredClone(retained))).toStrictEqual(retained);
  });

  it("are nobody's to remove where the pipeline does not say, and none where the script saves none", () => {
    expect(retainedCheckpoints(aRun(), { endedAt: NOW })).toBeUndefined();
    const { checkpointUri: _, ...run } = RUN;
    expect(retainedCheckpoints(run, { endedAt: NOW })).toBeUndefined();
  });

  it('lie under a prefix that ends in a slash: what is removed is theirs alone', () => {
    const text = { pipeline: 'churn', lineageId: 'churn--0123456789', until: NOW };
    expect(RetainedCheckpoints.safeParse({ ...text, uri: 's3://b/churn--0123456789/' }).success).toBe(true);
    expect(RetainedCheckpoints.safeParse({ ...text, uri: 's3://b/churn--0123456789' }).success).toBe(false);
  });
});

describe('whoever removes checkpoints', () => {
  it('may be at work for as long as its function runs, and is broken off after that', () => {
    const name = cleanerName('look', NOW);
    expect(isCleaner(name)).toBe(true);
    expect(isBrokenOffCleaner(name, NOW + CLEANING_SECONDS_MAX)).toBe(false);
    expect(isBrokenOffCleaner(name, NOW + CLEANING_SECONDS_MAX + 60)).toBe(false);
    expect(isBrokenOffCleaner(name, NOW + CLEANING_SECONDS_MAX + 61)).toBe(true);
  });

  it('is broken off where its name does not say since when it has been at work', () => {
    expect(isBrokenOffCleaner('checkpoint-retention', NOW)).toBe(true);
  });

  it('is no run, and a run is none of them', () => {
    expect(isCleaner('churn--0123456789')).toBe(false);
    expect(isBrokenOffCleaner('churn--0123456789', NOW)).toBe(false);
  });
});
