import { describe, expect, it } from '@jest/globals';
import { CHECKERS } from '../../simulator/vopr/checkers/index.ts';
import { REASONS_OF_LINEAGES } from './reasons/of-lineages.ts';
import { REASONS_OF_RUNS } from './reasons/of-runs.ts';
import { REASONS_OF_SWEEPS } from './reasons/of-sweeps.ts';
import { recordOf, spoilt } from './reasons/spoiling.ts';

// Each reason for which a checker reports, by itself: in the record of a world in which nothing is wrong, one thing is made
// so by hand. That bugs of the system lead to such records is shown by those that are planted in it (planted.test.ts).

const REASONS = [...REASONS_OF_RUNS, ...REASONS_OF_LINEAGES, ...REASONS_OF_SWEEPS];

describe('a checker reports', () => {
  it.each(REASONS)('$checker, when $when', async ({ checker, record, spoil, says }) => {
    const sound = await recordOf(record);
    expect(CHECKERS[checker](sound)).toEqual([]);
    const said = CHECKERS[checker](spoilt(sound, spoil)).map(({ what }) => what);
    expect(said).not.toEqual([]);
    expect(said.filter((what) => !says.test(what))).toEqual([]);
  });
});

it.each(Object.keys(CHECKERS))('a reason for which %s reports is known', (name) => {
  expect(REASONS.filter(({ checker }) => checker === name)).not.toEqual([]);
});
