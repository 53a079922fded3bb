// The tables of docs/mutation.md: fresh counts take the place of older ones, and the others stay.
import { describe, expect, it } from '@jest/globals';
import { mutationPage } from '../../scripts/mutation/page.ts';

const count = (file: string, noticed: number, planted: number) => ({ file, noticed, planted });
const FILES = ['domain/a.ts', 'domain/b.ts', 'domain/sweep/c.ts', 'domain/canary/d.ts', 'lambdas/e.ts'];
const EMPTY = ['domain', 'sweeps and canaries', 'functions']
  .map((group) => `<!-- bugs in ${group} --><!-- end -->`)
  .join('\n\nwords\n\n');
const rowsOf = (page: string): readonly string[] => page.split('\n').filter((line) => /^\| [`t]/.test(line));

describe('given a page without figures', () => {
  it('then each file is in the table of its kind, the best first, with their sum', () => {
    const counts = [
      count('domain/a.ts', 2, 3),
      count('domain/b.ts', 1_200, 1_200),
      count('domain/sweep/c.ts', 9, 10),
      count('domain/canary/d.ts', 0, 0),
      count('lambdas/e.ts', 199, 200),
    ];
    const page = mutationPage(EMPTY, counts, FILES);
    expect(rowsOf(page)).toEqual([
      '| `domain/b.ts` | 1,200 of 1,200 | 100 % |',
      '| `domain/a.ts` | 2 of 3 | 66 % |',
      '| together | 1,202 of 1,203 | 99 % |',
      '| `domain/canary/d.ts` | 0 of 0 | 100 % |',
      '| `domain/sweep/c.ts` | 9 of 10 | 90 % |',
      '| together | 9 of 10 | 90 % |',
      '| `lambdas/e.ts` | 199 of 200 | 99 % |',
      '| together | 199 of 200 | 99 % |',
    ]);
    expect(page.split('\n\nwords\n\n')).toHaveLength(3);
  });
});

describe('given a page with figures', () => {
  const before = mutationPage(EMPTY, [count('domain/a.ts', 2, 3), count('domain/b.ts', 1_200, 1_200)], FILES);

  it('when one file is counted anew, then the others stay', () => {
    const page = mutationPage(before, [count('domain/a.ts', 3, 3)], FILES);
    expect(rowsOf(page).slice(0, 3)).toEqual([
      '| `domain/a.ts` | 3 of 3 | 100 % |',
      '| `domain/b.ts` | 1,200 of 1,200 | 100 % |',
      '| together | 1,203 of 1,203 | 100 % |',
    ]);
    expect(mutationPage(page, [], FILES)).toBe(page);
  });

  it('when a file is gone, then so is its line', () => {
    expect(rowsOf(mutationPage(before, [], FILES.slice(1)))[0]).toContain('domain/b.ts');
  });
});
