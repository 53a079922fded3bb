import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { COST_PAGE, costOf, costPage, FATES, overheadTable, totalOf, usageOf } from '../../bench/overhead.ts';

describe('docs/cost.md', () => {
  it('says what the runs use today: npm run bench:overhead -- --write writes it', async () => {
    const page = readFileSync(COST_PAGE, 'utf8');

    expect(page).toBe(costPage(page, await overheadTable()));
  });
});

describe('the overhead of a run', () => {
  it('grows with what happens to it, and stays far below an hour of training', async () => {
    const usages = await Promise.all(FATES.map(usageOf));
    const totals = usages.map((usage) => totalOf(costOf(usage)));

    expect(totals.toSorted((one, other) => one - other)).toEqual(totals);
    // An hour on demand of the instance that these runs train on is more than a dollar.
    expect(totals.at(-1)).toBeLessThan(0.1);
    for (const usage of usages) {
      expect(usage.transitions).toBeGreaterThan(usage.events);
      expect(usage.historyEvents).toBeGreaterThan(usage.transitions);
      expect(Math.min(...Object.values(usage))).toBeGreaterThan(0);
    }
  });
});
