import { describe, expect, it } from '@jest/globals';
import { SLEEP_MAX_SECONDS } from '../../../domain/pace.ts';
import { describePhase, sleep, stop } from '../../../domain/review/verdict.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';
import { aJob, aRun, aRunDueIn, NOW } from '../support.ts';

const why = { reason: 'because', judgement: { observed: 'nothing', otherwise: 'nothing else' } };

describe('a job that is left alone', () => {
  it('is left for as long as wanted, in whole seconds, without a canary unless one is wanted', () => {
    expect(sleep(aRun(), 99.2, NOW, why)).toEqual({ verdict: 'watch', sleepSeconds: 100, ...why, canary: false });
    expect(sleep(aRun(), 99, NOW, { ...why, canary: true }).canary).toBe(true);
  });

  it('is left no shorter than looks may be apart, and no longer than a sleep may be', () => {
    expect(sleep(aRun(), 1, NOW, why).sleepSeconds).toBe(60);
    expect(sleep(aRun(), Number.POSITIVE_INFINITY, NOW, why).sleepSeconds).toBe(SLEEP_MAX_SECONDS);
  });

  it('is looked at when a deadline stops it, and not for one that does not', () => {
    const now = NOW + HOUR_SECONDS - 200;
    expect(sleep(aRunDueIn(HOUR_SECONDS, { onDeadlineMissed: 'stop' }), 900, now, why).sleepSeconds).toBe(200);
    expect(sleep(aRunDueIn(HOUR_SECONDS), 900, now, why).sleepSeconds).toBe(900);
    expect(sleep(aRun({ onDeadlineMissed: 'stop' }), 900, now, why).sleepSeconds).toBe(900);
  });
});

describe('a job that is stopped', () => {
  it('is stopped for a reason that the ledger keeps', () => {
    expect(stop('unsafe', why)).toEqual({ verdict: 'stop', stopReason: 'unsafe', ...why });
  });
});

describe('what a job is at', () => {
  it('is its status, or since when it waits for capacity', () => {
    const job = aJob({ secondaryStatus: 'Downloading' });
    expect(describePhase(job, undefined, NOW + 600)).toBe('Downloading');
    expect(describePhase(job, NOW, NOW + 600)).toBe('waiting for capacity since 2026-03-01T00:00:00Z (10 min)');
  });
});
