import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decide } from '../../domain/decide.ts';
import { Judgement, judgementOf, patienceJudgement } from '../../domain/judgement.ts';
import { NOTHING_SEEN } from '../../domain/policy/sightings.ts';
import { reviewAttempt } from '../../domain/review.ts';
import { HOUR_SECONDS } from '../../domain/time.ts';
import { anObservation } from './policy/support.ts';
import { aHistory, aJob, anAttempt, anOutcome, anyHistory, aRun, aRunDueIn, NOW, type Phase } from './support.ts';

const DUE = aRunDueIn(20 * HOUR_SECONDS, { expectedTrainingSeconds: 8 * HOUR_SECONDS, paddingFraction: 0 });
const STARTED: readonly Phase[] = [['Starting', 300], ['Downloading', 180], ['Training']];

describe('the judgement behind a decision', () => {
  it('says what was weighed, and until when the wait for spot goes on', () => {
    expect(decide(aHistory(DUE), NOW)).toMatchObject({
      judgement: {
        slackSeconds: 12 * HOUR_SECONDS,
        neededSeconds: 1_680,
        timeLeftSeconds: 20 * HOUR_SECONDS,
        remainingSeconds: 8 * HOUR_SECONDS,
        observed: 'spot not seen up yet',
        otherwise: 'On-Demand in 11 h 32 min, if spot has not come by then',
      },
    });
  });

  it('says how much later the deadline would have to be for the run to wait on', () => {
    const stretches = [{ queuedAt: NOW, startedAt: NOW + 300, endedAt: NOW + HOUR_SECONDS, interrupted: true }];
    const history = aHistory(DUE, [{ outcome: anOutcome({ failure: 'Capacity', stretches }) }]);
    expect(decide(history, NOW + 12 * HOUR_SECONDS)).toMatchObject({
      capacity: { purchaseOption: 'on-demand' },
      judgement: {
        slackSeconds: 0,
        observed: 'spot last seen up 11 h ago',
        otherwise: 'wait for spot, with a deadline 28 min 1 s later or as much less work',
      },
    });
  });

  it('goes with every look at a job as well', () => {
    const look = (phases: readonly Phase[], now: number) =>
      reviewAttempt(aHistory(DUE, [{}]), anAttempt(DUE, 1), aJob({ phases }), {}, now);
    expect(look([['Starting']], NOW + 7_200)).toMatchObject({
      judgement: {
        observed: 'spot has been pending for 2 h, not seen up yet',
        otherwise: expect.stringContaining('On-Demand in'),
      },
    });
    expect(look(STARTED, NOW + 3_900)).toMatchObject({
      judgement: {
        observed: 'spot is up, for 1 h',
        otherwise:
          'On-Demand with less than 19 min of slack while spot is up; after an interruption with less than 28 min',
      },
    });
  });

  it('is said in whole seconds and plain words, and read as it was written', () => {
    const answer = {
      action: 'SPOT' as const,
      wakeAfterSeconds: 60,
      reason: 'because',
      neededSeconds: 99.5,
      otherwise: 'something else',
      sightings: { ...NOTHING_SEEN, lastUpAt: HOUR_SECONDS },
    };
    const look = { now: 2 * HOUR_SECONDS, spotSince: 1.5 * HOUR_SECONDS, remainingWorkSeconds: 0.4 };
    const judgement = judgementOf(anObservation({ ...look, spot: 'pending', onDemand: 'running' }), answer);
    expect(judgement).toEqual({
      slackSeconds: 28 * HOUR_SECONDS,
      neededSeconds: 100,
      timeLeftSeconds: 28 * HOUR_SECONDS,
      remainingSeconds: 0,
      observed: 'spot has been pending for 30 min, last seen up 1 h ago; On-Demand is running',
      otherwise: 'something else',
    });
    expect(Judgement.parse(structuredClone(judgement))).toStrictEqual(judgement);
    expect(judgementOf(anObservation({ ...look, spot: 'running' }), answer).observed).toBe('spot is up, for 30 min');
  });

  it('of patience says how much is left, or how much more it would have taken', () => {
    expect(patienceJudgement(600, HOUR_SECONDS, true)).toEqual({
      observed: 'waited 10 min for spot, without a deadline',
      otherwise: 'On-Demand after another 50 min without spot',
    });
    expect(patienceJudgement(HOUR_SECONDS, HOUR_SECONDS, false).otherwise).toBe(
      'spot, with a patience of more than 1 h',
    );
  });

  it('is of patience where there is no deadline', () => {
    expect(decide(aHistory(aRun({ spotPatienceSeconds: 3_600 })), NOW)).toMatchObject({
      judgement: { otherwise: 'On-Demand after another 1 h without spot' },
    });
  });

  it('has words for everything, and no figure that is none', () => {
    fc.assert(
      fc.property(anyHistory(), ({ history, now }) => {
        const decision = decide(history, now);
        if (decision.next !== 'attempt' || decision.judgement === undefined) return;
        const { observed, otherwise, ...figures } = decision.judgement;
        expect(`${observed} ${otherwise}`).not.toMatch(/NaN|undefined|Infinity/);
        expect(Object.values(figures).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
