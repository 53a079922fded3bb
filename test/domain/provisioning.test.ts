import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { phaseSeconds } from '../../domain/job-description.ts';
import { provisionedSeconds } from '../../domain/provisioning.ts';
import { aJob, NOW, type Phase } from './support.ts';

const STARTUP = 300;
const LATER = NOW + 1_000_000;

const provisioned = (phases: readonly Phase[], startupSeconds = STARTUP): number =>
  provisionedSeconds(aJob({ phases }), startupSeconds, LATER);

describe('provisioning', () => {
  it.each<[string, number, readonly Phase[]]>([
    [
      'is the end of a long wait',
      300,
      [
        ['Starting', 3_600],
        ['Downloading', 60],
        ['Training', 600],
      ],
    ],
    [
      'is all of a short one',
      120,
      [
        ['Starting', 120],
        ['Downloading', 60],
      ],
    ],
    [
      'is found without a download',
      120,
      [
        ['Starting', 120],
        ['Training', 600],
      ],
    ],
    [
      'spans the words for one wait',
      250,
      [
        ['Starting', 100],
        ['Pending', 50],
        ['Starting', 100],
        ['Training', 60],
      ],
    ],
    [
      'is counted again after an interruption, which waits once',
      300 + 240,
      [
        ['Starting', 900],
        ['Training', 600],
        ['Interrupted', 40],
        ['Starting', 200],
        ['Downloading', 60],
      ],
    ],
    [
      'is nothing in a wait that came to no container',
      0,
      [
        ['Starting', 3_600],
        ['Stopping', 60],
        ['MaxWaitTimeExceeded', 0],
      ],
    ],
    [
      'is nothing in the wait after the last interruption',
      300,
      [
        ['Starting', 900],
        ['Training', 600],
        ['Interrupted', 900],
        ['Stopping', 60],
      ],
    ],
    ['is nothing in a job that is still waiting', 0, [['Starting', 3_600]]],
    ['is nothing without transitions', 0, []],
  ])('%s', (_, expected, phases) => {
    expect(provisioned(phases)).toBe(expected);
  });

  it('is nothing for a pipeline that says that its machines start at once', () => {
    expect(
      provisioned(
        [
          ['Starting', 900],
          ['Training', 600],
        ],
        0,
      ),
    ).toBe(0);
  });

  it('is never more than the wait, for any course of a job', () => {
    const phase = fc.tuple(
      fc.constantFrom('Starting', 'Pending', 'Interrupted', 'Downloading', 'Training', 'Uploading', 'Stopping', 'New'),
      fc.nat({ max: 10_000 }),
    );
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 12 }), fc.nat({ max: 2_000 }), (phases, startupSeconds) => {
        const job = aJob({ phases });
        const seconds = provisionedSeconds(job, startupSeconds, LATER);
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(phaseSeconds(job, LATER).waited);
      }),
    );
  });
});
