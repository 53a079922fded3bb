import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../statemachines/package-root.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const aCase = (id: string, more: object = {}) => ({
  id,
  kind: 'execution',
  queryLanguage: 'JSONata',
  definition: {
    QueryLanguage: 'JSONata',
    StartAt: 'Double',
    States: { Double: { Type: 'Pass', Output: '{% $states.input * 2 %}', End: true } },
  },
  input: 2,
  mocks: { calls: [] },
  expected: { status: 'SUCCEEDED', output: 4 },
  wildcards: [],
  ...more,
});

function write(place: string, ...cases: readonly { readonly id: string }[]): void {
  mkdirSync(place, { recursive: true });
  for (const one of cases) writeFileSync(join(place, `${one.id}.json`), JSON.stringify(one));
}

function conformance(...given: readonly string[]): { code: number | null; lines: readonly string[]; error: string } {
  const script = join(packageRoot(), 'scripts', 'conformance.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...given], { encoding: 'utf8' });
  return { code: status, lines: stdout.trimEnd().split('\n'), error: stderr };
}

describe('npm run conformance', () => {
  it('counts what passes, level by level', () => {
    write(folder, aCase('one'), aCase('two'));

    expect(conformance(folder)).toMatchObject({
      code: 0,
      lines: ['conformance: passed 2 of 2 (level 1), passed 2 of 2 (level 2), passed 2 of 2 (level 3)'],
    });
  });

  it('prints a line for each failing case, and fails', () => {
    const refused = { definition: { QueryLanguage: 'JSONata', StartAt: 'A', States: {} } };
    write(
      join(folder, 'cases'),
      aCase('good'),
      aCase('off', { expected: { status: 'SUCCEEDED', output: 5 } }),
      aCase('refused', refused),
    );
    const { code, lines } = conformance(folder);

    expect(code).toBe(1);
    expect(lines).toEqual([
      'off: level 1: output 4 instead of 5',
      expect.stringMatching(/^refused: level 1: the state machine definition cannot be interpreted: /),
      'conformance: passed 1 of 3 (level 1), passed 3 of 3 (level 2), passed 3 of 3 (level 3)',
    ]);
  });

  it('passes when only levels 2 and 3 differ, and says so', () => {
    const history = [{ id: 1, prev: 0, type: 'ExecutionStarted' }];
    const fail = {
      QueryLanguage: 'JSONata',
      StartAt: 'No',
      States: { No: { Type: 'Fail', Error: 'E', Cause: 'here' } },
    };
    write(
      folder,
      aCase('types', { expected: { status: 'SUCCEEDED', output: 4, history } }),
      aCase('words', { definition: fail, expected: { status: 'FAILED', error: 'E', cause: 'there' } }),
    );
    const { code, lines } = conformance(folder);

    expect(code).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/^types: level 2: history /),
      'words: level 3: cause here instead of there',
      'conformance: passed 2 of 2 (level 1), passed 1 of 2 (level 2), passed 1 of 2 (level 3)',
    ]);
  });

  it('skips what is no question to this interpreter, and never counts it as passed', () => {
    write(folder, aCase('one'), aCase('path', { queryLanguage: 'JSONPath' }), aCase('other', { kind: 'console' }));

    expect(conformance(folder).lines).toEqual([
      'skipped 1: the kind console',
      'skipped 1: execution in JSONPath',
      'conformance: passed 1 of 1 (level 1), passed 1 of 1 (level 2), passed 1 of 1 (level 3)',
    ]);
  });

  it('runs with the version of jsonata that AWS documents', () => {
    write(folder, aCase('one'));

    expect(conformance(folder, '--jsonata', '2.0.6').code).toBe(0);
    expect(conformance(folder, '--jsonata', '1.8')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/give 2\.0\.6 or newest/),
    });
  });

  it.each([
    ['does not exist', 'missing', 'there is no folder'],
    ['holds no cases', '.', 'holds no cases'],
  ])('says so when the folder %s', (_what, place, message) => {
    const { code, error } = conformance(join(folder, place));

    expect(code).toBe(2);
    expect(error).toContain(message);
  });
});
