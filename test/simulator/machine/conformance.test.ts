// The interpreter against recordings of the real service, with the library's newest version and the one AWS documents. The
// collection lies beside the project, not in it.

import { describe, expect, it } from '@jest/globals';
import { defaultLibrary, type JsonataLibrary } from '../../../simulator/machine/index.ts';
import {
  documentedLibrary,
  findConformanceFolder,
  readConformanceCases,
  runConformanceCase,
  skipReason,
} from '../../support/conformance-case.ts';

/** Cases that differ for a reason; the reason says what would have to change. */
const exceptions: Readonly<Record<string, string>> = {};

const folder = findConformanceFolder();
const cases = folder === undefined ? undefined : readConformanceCases(folder);
const libraries: readonly (readonly [name: string, library: JsonataLibrary])[] = [
  ['the newest jsonata', defaultLibrary],
  ['jsonata 2.0.6', documentedLibrary],
];

describe('recordings of Step Functions', () => {
  if (cases === undefined) {
    it('are skipped: no shared/data/asl-conformance was found beside the project', () => {
      expect(cases).toBeUndefined();
      process.stderr.write('conformance cases skipped: shared/data/asl-conformance was not found\n');
    });
    return;
  }
  const asked = cases.filter((recorded) => skipReason(recorded) === undefined);

  it('are there in numbers', () => {
    expect(asked.length).toBeGreaterThan(50);
    expect(Object.keys(exceptions).filter((id) => !asked.some((recorded) => recorded.id === id))).toEqual([]);
  });

  describe.each(libraries)('with %s', (_name, jsonata) => {
    it.each(asked.filter(({ id }) => !(id in exceptions)).map((recorded) => [recorded.id, recorded] as const))(
      'are reproduced: %s',
      async (_id, recorded) => {
        expect(await runConformanceCase(recorded, { jsonata })).toEqual([]);
      },
    );
  });
});
