import { describe, expect, it } from '@jest/globals';
import { describeAcceptance, listChanges } from '../../domain/acceptance-reason.ts';
import type { Resumption } from '../../domain/run.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { aRun, NOW, ON_DEMAND } from './support.ts';

const RUN = aRun();
const RESUMES: Resumption = {
  runId: 'churn--0000000000',
  status: 'EXHAUSTED',
  code: 'BudgetUsedUp',
  runCount: 1,
  attemptCount: 2,
  trainedSeconds: 7_200,
  billableSeconds: 7_200,
  work: { savedSeconds: 5_400 },
  changed: [],
};
const told = (changes: Partial<typeof RUN> = {}) => describeAcceptance({ ...RUN, ...changes });
const resumed = (changes: Partial<Resumption>, run: Partial<typeof RUN> = {}) =>
  told({ ...run, resumes: { ...RESUMES, ...changes } });

describe('the reason of an accepted run', () => {
  it('says how long it waits where it has no deadline, and only where it can wait at all', () => {
    expect(told()).toMatch(/^run churn--[0-9a-f]{10} accepted, no deadline: .*6 h/);
    expect(told({ ladder: aRun({}, { capacity: [ON_DEMAND] }).ladder })).toMatch(/ accepted, no deadline$/);
  });

  it('says until when, and that a price of waiting does not count beside that', () => {
    const deadline = NOW + HOUR_SECONDS;
    expect(told({ deadline })).toMatch(/ accepted, deadline 2026-03-01T01:00:00Z$/);
    expect(told({ deadline, waitingUsdPerHour: 5 })).toMatch(
      / deadline 2026-03-01T01:00:00Z, which decides how long it waits for spot: waitingUsdPerHour \(5\) does not count beside it$/,
    );
  });

  it('says how much work there is, and what it was accepted in spite of', () => {
    const estimate = { source: 'request' as const, seconds: HOUR_SECONDS, paddingFraction: 0.1 };
    expect(told({ estimate, acknowledgedGuards: ['spot-without-checkpoint: cheap'] })).toMatch(
      /; 1 h of training expected \(stated by the request\), padded by 10 %; acknowledged: spot-without-checkpoint: cheap$/,
    );
  });

  it('says from which run and from how much work it goes on', () => {
    const checkpointAt = NOW - HOUR_SECONDS;
    expect(resumed({ work: { checkpointAt, savedSeconds: 5_400 } })).toMatch(
      /; goes on from run churn--0000000000 \(BudgetUsedUp\) from its checkpoint of 2026-02-28T23:00:00Z, which holds 1 h 30 min of the training$/,
    );
    expect(resumed({ work: { checkpointAt, savedSeconds: 5_400, fraction: 0.578 } })).toMatch(
      /which holds 57 % of the training$/,
    );
  });

  it('says why there is nothing to go on from', () => {
    expect(resumed({})).toContain(`without a checkpoint (there is none under ${RUN.checkpointUri}), so`);
    const { checkpointUri: _, ...run } = RUN;
    expect(describeAcceptance({ ...run, resumes: RESUMES })).toMatch(
      /without a checkpoint \(its script saves none\), so the training starts from zero$/,
    );
  });

  it('says what has changed since', () => {
    expect(resumed({ changed: ['image', 'hyperParameters.lr'] })).toMatch(
      /; changed since then: image, hyperParameters\.lr$/,
    );
  });
});

describe('a list of changes', () => {
  it.each([
    [['a'], 'a'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b, c, d, e'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'a, b, c, d, e and 2 more'],
  ])('%j reads "%s"', (changed, text) => {
    expect(listChanges(changed)).toBe(text);
  });
});
