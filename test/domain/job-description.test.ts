import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  CapacityStretch,
  capacityStretches,
  everTrained,
  interruptionCount,
  isTerminal,
  isTraining,
  isWaitingForCapacity,
  JobDescription,
  phaseSeconds,
  trainingIntervals,
  waitingSince,
} from '../../domain/job-description.ts';
import { aJob, NOW, type Phase } from './support.ts';

const INTERRUPTED_TWICE: readonly Phase[] = [
  ['Starting', 600],
  ['Downloading', 60],
  ['Training', 1_000],
  ['Interrupted', 300],
  ['Starting', 200],
  ['Downloading', 60],
  ['Training', 2_000],
  ['Interrupted', 50],
  ['Starting'],
];

describe('what is known of a job', () => {
  it('is read as it was written', () => {
    const job = aJob({ phases: INTERRUPTED_TWICE, modelUri: 's3://models/x', metrics: { auc: 0.9 } });
    expect(JobDescription.parse(structuredClone(job))).toStrictEqual(job);
    const stretches = capacityStretches(job);
    expect(structuredClone(stretches).map((stretch) => CapacityStretch.parse(stretch))).toStrictEqual(stretches);
  });
});

describe('isTerminal', () => {
  it.each([
    ['InProgress', false],
    ['Stopping', false],
    ['Deleting', false],
    ['Completed', true],
    ['Failed', true],
    ['Stopped', true],
    ['SomethingNew', false],
  ])('of %s is %p', (status, expected) => {
    expect(isTerminal(aJob({ status }))).toBe(expected);
  });
});

describe('isWaitingForCapacity', () => {
  it.each([
    ['Starting', true],
    ['Pending', true],
    ['Interrupted', true],
    ['Restarting', true],
    ['LaunchingMLInstances', true],
    ['Downloading', false],
    ['Training', false],
    ['Uploading', false],
    ['Updating', false],
    ['SomethingNew', false],
  ])('in %s is %p', (secondaryStatus, expected) => {
    expect(isWaitingForCapacity(aJob({ secondaryStatus }))).toBe(expected);
  });

  it('is over when the job has ended', () => {
    expect(isWaitingForCapacity(aJob({ status: 'Stopping', secondaryStatus: 'Starting' }))).toBe(false);
  });
});

describe('waitingSince', () => {
  it('is the creation of a job that never had capacity', () => {
    expect(waitingSince(aJob({ phases: [['Starting', 100], ['Pending']] }))).toBe(NOW);
    expect(waitingSince(aJob({ transitions: [] }))).toBe(NOW);
  });

  it('is the last moment of capacity of an interrupted job', () => {
    expect(waitingSince(aJob({ phases: INTERRUPTED_TWICE }))).toBe(NOW + 4_220);
  });

  it('is absent while the job has capacity', () => {
    expect(waitingSince(aJob({ phases: [['Starting', 100], ['Training']] }))).toBeUndefined();
  });
});

describe('the account of a job', () => {
  it('adds up its phases, the open one up to now', () => {
    expect(phaseSeconds(aJob({ phases: INTERRUPTED_TWICE }), NOW + 4_370)).toEqual({
      waited: 600 + 300 + 200 + 50 + 100,
      downloaded: 120,
      trained: 3_000,
      uploaded: 0,
    });
  });

  it('knows both names for fetching, and the upload at the end', () => {
    const phases: readonly Phase[] = [
      ['Starting', 10],
      ['DownloadingTrainingImage', 20],
      ['Downloading', 30],
      ['Training', 40],
      ['Uploading', 50],
    ];
    expect(phaseSeconds(aJob({ phases }), NOW + 999)).toEqual({
      waited: 10,
      downloaded: 50,
      trained: 40,
      uploaded: 50,
    });
  });

  it('has the times in which the script ran, the open one up to now', () => {
    expect(
      trainingIntervals(aJob({ phases: INTERRUPTED_TWICE.slice(0, 6).concat([['Training']]) }), NOW + 3_000),
    ).toEqual([
      { from: NOW + 660, to: NOW + 1_660 },
      { from: NOW + 2_220, to: NOW + 3_000 },
    ]);
  });

  it('counts interruptions from the transitions: SageMaker has no counter', () => {
    expect(interruptionCount(aJob({ phases: INTERRUPTED_TWICE }))).toBe(2);
  });

  it('knows whether the script ever ran, from either field', () => {
    expect(everTrained(aJob())).toBe(false);
    expect(everTrained(aJob({ phases: INTERRUPTED_TWICE }))).toBe(true);
    expect(everTrained(aJob({ transitions: [], trainingStartedAt: NOW }))).toBe(true);
  });

  it('never counts a second twice or backwards', () => {
    const anyPhases = fc.array(
      fc.tuple(
        fc.constantFrom('Starting', 'Downloading', 'Training', 'Uploading', 'Interrupted', 'New'),
        fc.nat(9_999),
      ),
    );
    fc.assert(
      fc.property(anyPhases, fc.integer({ min: -100, max: 200_000 }), (phases, later) => {
        const job = aJob({ phases });
        const { waited, downloaded, trained, uploaded } = phaseSeconds(job, NOW + later);
        const total = phases.reduce((sum, [, seconds]) => sum + seconds, 0);
        expect(Math.min(waited, downloaded, trained, uploaded)).toBeGreaterThanOrEqual(0);
        expect(waited + downloaded + trained + uploaded).toBeLessThanOrEqual(total);
        expect(trainingIntervals(job, NOW).every(({ from, to }) => from <= to)).toBe(true);
      }),
    );
  });

  it('is training only while in progress', () => {
    expect(isTraining(aJob({ secondaryStatus: 'Training' }))).toBe(true);
    expect(isTraining(aJob({ status: 'Stopping', secondaryStatus: 'Training' }))).toBe(false);
    expect(isTraining(aJob({ secondaryStatus: 'Uploading' }))).toBe(false);
  });
});

describe('capacityStretches', () => {
  it('are the times in which a container ran, each with the queueing before it', () => {
    expect(capacityStretches(aJob({ phases: INTERRUPTED_TWICE }))).toEqual([
      { queuedAt: NOW, startedAt: NOW + 600, endedAt: NOW + 1_660, interrupted: true },
      { queuedAt: NOW + 1_660, startedAt: NOW + 2_160, endedAt: NOW + 4_220, interrupted: true },
    ]);
  });

  it('are open while the job has capacity, and end with its stop', () => {
    const started: Phase[] = [
      ['Starting', 600],
      ['Downloading', 60],
      ['Training', 40],
    ];
    expect(capacityStretches(aJob({ phases: started }))).toEqual([
      { queuedAt: NOW, startedAt: NOW + 600, interrupted: false },
    ]);
    expect(capacityStretches(aJob({ phases: [...started, ['Stopping', 20], ['Stopped']] }))).toEqual([
      { queuedAt: NOW, startedAt: NOW + 600, endedAt: NOW + 700, interrupted: false },
    ]);
    expect(capacityStretches(aJob())).toStrictEqual([]);
  });
});
