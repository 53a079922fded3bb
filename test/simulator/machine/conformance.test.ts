// The interpreter against recordings of the real service. The collection lies beside the project, not in it.

import { describe, expect, it } from '@jest/globals';
import { type Difference, findConformanceCases, runConformanceCase } from '../../support/conformance-case.ts';

/** Cases that differ for a reason; the reason says what would have to change. */
const exceptions: Readonly<Record<string, string>> = {};

const cases = findConformanceCases()?.filter(
  ({ kind, queryLanguage }) => kind === 'execution' && queryLanguage === 'JSONata',
);

describe('recorded executions of Step Functions', () => {
  if (cases === undefined) {
    it('are skipped: no shared/data/asl-conformance was found beside the project', () => {
      expect(cases).toBeUndefined();
      process.stderr.write('conformance cases skipped: shared/data/asl-conformance was not found\n');
    });
    return;
  }

  it('are there in numbers', () => {
    expect(cases.length).toBeGreaterThan(50);
    expect(Object.keys(exceptions).filter((id) => !cases.some((recorded) => recorded.id === id))).toEqual([]);
  });

  for (const recorded of cases.filter(({ id }) => !(id in exceptions))) {
    it(`reproduces ${recorded.id}`, async () => {
      const differences: readonly Difference[] = await runConformanceCase(recorded);

      expect(differences).toEqual([]);
    });
  }
});
