// The ledger checks what it writes and reads: a damaged fact is refused by the name of its field, never half believed.
import { describe, expect, it } from '@jest/globals';
import { Attempt, AttemptOutcome, DurableProgress, StopIntent } from '../../domain/attempt.ts';
import { anAttempt, anOutcome, aRun, aStopIntent } from './support.ts';

const ATTEMPT = anAttempt(aRun(), 1);

describe('an attempt', () => {
  it('is read as it was planned and settled', () => {
    const settled = { ...ATTEMPT, outcome: anOutcome({ failure: 'Capacity', stopReason: 'rotate' }) };
    expect(Attempt.parse(settled)).toEqual(settled);
  });

  it('has a number from 1, and a rung of the ladder from 0', () => {
    expect(Attempt.parse({ ...ATTEMPT, number: 2, rung: 1 })).toMatchObject({ number: 2, rung: 1 });
    expect(() => Attempt.parse({ ...ATTEMPT, number: 0 })).toThrow('number');
    expect(() => Attempt.parse({ ...ATTEMPT, rung: -1 })).toThrow('rung');
  });

  it('tells an end that nobody knows from one that it knows', () => {
    expect(() => AttemptOutcome.parse({ ...anOutcome(), kind: 'vanished' })).toThrow('kind');
  });
});

describe('durable progress', () => {
  it('is a share of the work from none to all of it', () => {
    const read = (fraction: number) => DurableProgress.parse({ savedSeconds: 0, fraction }).fraction;
    expect([0, 0.5, 1].map(read)).toEqual([0, 0.5, 1]);
    expect(() => read(-0.01)).toThrow('fraction');
    expect(() => read(1.01)).toThrow('fraction');
  });
});

describe('a stop of ours', () => {
  it('is read as it was recorded, with who stopped the job and why', () => {
    expect(StopIntent.parse(aStopIntent('starving'))).toEqual(aStopIntent('starving'));
  });

  it('is by one of us: a person calls StopTrainingJob without such a record', () => {
    expect(() => StopIntent.parse({ ...aStopIntent('starving'), by: 'somebody' })).toThrow('by');
    expect(() => StopIntent.parse({ ...aStopIntent('starving'), reason: 'on a whim' })).toThrow('reason');
  });
});
