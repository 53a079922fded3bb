import { describe, expect, it } from '@jest/globals';
import { OVERRUN_SECONDS } from '../../domain/limits.ts';
import { plannedAttempt } from '../../domain/planned-attempt.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { aCapacity, aRun, NOW, SPOT } from './support.ts';

const RUN = aRun();
const judgement = { observed: 'nothing', otherwise: 'nothing else' };
const decision = {
  next: 'attempt' as const,
  number: 3,
  rung: 0,
  capacity: aCapacity(SPOT, { usdPerHour: 2 }),
  limits: { maxRuntimeSeconds: HOUR_SECONDS, maxWaitSeconds: 2 * HOUR_SECONDS },
  reason: 'there is time',
};

describe('a planned attempt', () => {
  it('is what was decided, with its worst case reserved: its runtime and what a stop may overrun', () => {
    expect(plannedAttempt(RUN, { ...decision, judgement }, NOW)).toStrictEqual({
      runId: RUN.runId,
      number: 3,
      jobName: `${RUN.runId}-003`,
      rung: 0,
      capacity: decision.capacity,
      plannedAt: NOW,
      reason: 'there is time',
      judgement,
      maxRuntimeSeconds: HOUR_SECONDS,
      maxWaitSeconds: 2 * HOUR_SECONDS,
      reservedUsd: (2 * (HOUR_SECONDS + OVERRUN_SECONDS)) / HOUR_SECONDS,
    });
  });

  it('reserves nothing where no price is known, and has no judgement where none was weighed', () => {
    const attempt = plannedAttempt(RUN, { ...decision, capacity: aCapacity('spot:ml.t3.medium') }, NOW);
    expect(attempt).not.toHaveProperty('reservedUsd');
    expect(attempt).not.toHaveProperty('judgement');
  });
});
