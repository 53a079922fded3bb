import { describe, expect, it } from '@jest/globals';
import {
  ANNOUNCEMENTS_MAX,
  awaitsRegistration,
  EndedRun,
  endedRun,
  nextAnnouncementAt,
  OpenRun,
  openRun,
  secondsWithoutCapacity,
} from '../../domain/unfinished.ts';
import { aHistory, aJob, anOutcome, aRefusal, aRun, NOW, type AttemptPlan, type Phase } from './support.ts';

const RUN = aRun();
const sweep = { sweepId: 'churn--1111111111', round: 1, trial: 2 };

describe('an open run', () => {
  it('is listed with its execution, and with its sweep where it is a trial', () => {
    const open = openRun(RUN);
    expect(open).toStrictEqual({
      pipeline: 'churn',
      runId: RUN.runId,
      executionArn: RUN.executionArn,
      acceptedAt: NOW,
    });
    const trial = openRun({ ...RUN, sweep });
    expect(trial).toStrictEqual({ ...open, sweepId: 'churn--1111111111' });
    for (const each of [open, trial]) expect(OpenRun.parse(structuredClone(each))).toStrictEqual(each);
  });
});

describe('the end of a run whose model is not in the registry', () => {
  const ended = endedRun({ pipeline: 'churn', runId: RUN.runId, endedAt: NOW });

  it('has not been announced again at first', () => {
    expect(ended).toEqual({ pipeline: 'churn', runId: RUN.runId, endedAt: NOW, repeatCount: 0 });
    const repeated = { ...ended, repeatCount: 1, repeatedAt: NOW + 1_800 };
    for (const each of [ended, repeated]) expect(EndedRun.parse(structuredClone(each))).toStrictEqual(each);
    expect(EndedRun.safeParse({ ...ended, repeatCount: -1 }).success).toBe(false);
  });

  it('is announced again after half an hour, then after pauses that double', () => {
    expect(nextAnnouncementAt(ended)).toBe(NOW + 1_800);
    expect(nextAnnouncementAt({ ...ended, repeatCount: 1, repeatedAt: NOW + 2_000 })).toBe(NOW + 2_000 + 3_600);
    expect(nextAnnouncementAt({ ...ended, repeatCount: 3, repeatedAt: NOW })).toBe(NOW + 14_400);
  });

  it('is not announced for ever', () => {
    expect(nextAnnouncementAt({ ...ended, repeatCount: ANNOUNCEMENTS_MAX - 1 })).toBeDefined();
    expect(nextAnnouncementAt({ ...ended, repeatCount: ANNOUNCEMENTS_MAX })).toBeUndefined();
  });
});

describe('awaitsRegistration', () => {
  const registration = { modelPackageGroupName: 'churn', approvalStatus: 'Approved' as const, qualityGate: [] };

  it('is so for a model of a pipeline that registers, of no sweep: that says itself which model it is', () => {
    expect(awaitsRegistration({ registration }, 'SUCCEEDED')).toBe(true);
    expect(awaitsRegistration({ registration }, 'EXHAUSTED')).toBe(false);
    expect(awaitsRegistration({}, 'SUCCEEDED')).toBe(false);
    expect(awaitsRegistration({ registration, sweep }, 'SUCCEEDED')).toBe(false);
  });
});

describe('the time without capacity', () => {
  const STARTED: readonly Phase[] = [
    ['Starting', 300],
    ['Training', 1_000],
  ];
  const without = (attempts: readonly AttemptPlan[], now: number, phases?: readonly Phase[]) =>
    secondsWithoutCapacity(aHistory(RUN, attempts), phases === undefined ? undefined : aJob({ phases }), now);
  const trained = {
    outcome: anOutcome({ failure: 'Interruption', seconds: { trained: 1 }, settledAt: NOW + 2_000 }),
  };
  const refused = { outcome: aRefusal('Capacity', NOW + 3_000) };

  it('is none while a job has capacity', () => {
    expect(without([{}], NOW + 9_000, STARTED)).toBe(0);
  });

  it('is counted from the interruption of a job that has trained', () => {
    expect(without([{}], NOW + 1_500, [...STARTED, ['Interrupted']])).toBe(200);
  });

  it('is counted from the last attempt that trained, over all that did not since', () => {
    expect(without([trained, refused], NOW + 5_000)).toBe(3_000);
    expect(without([trained, refused, {}], NOW + 5_000, [['Starting']])).toBe(3_000);
  });

  it('is counted from the start of the run where nothing has trained yet, and is never negative', () => {
    expect(without([refused], NOW + 5_000)).toBe(5_000);
    expect(without([refused, {}], NOW + 5_000, [['Starting']])).toBe(5_000);
    expect(without([trained], NOW + 1_000)).toBe(0);
  });
});
