// The commands that docs/cli.md shows and that need no account do what it says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { packageRoot } from '../../statemachines/package-root.ts';
import { scratch, spotrelay } from './spotrelay.ts';

jest.setTimeout(60_000);

const place = scratch();
afterAll(() => place.remove());

const page = readFileSync(join(packageRoot(), 'docs/cli.md'), 'utf8');
const commands = [...page.matchAll(/^spotrelay ((?:simulate|plan|drill) (?!.* -- ).*)$/gm)].map(
  ([, line = '']) => line,
);

/** Fewer runs than the docs ask for, and another place: whether a command is right does not depend on them. */
const FOR_TESTS: Readonly<Record<string, readonly string[]>> = {
  plan: ['--runs', '2'],
  drill: ['--out', join(place.folder, 'drills')],
};

/** As a shell reads them: words, some of them in single quotes. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);

describe('a command in the docs', () => {
  it.each(commands)('spotrelay %s', async (line) => {
    const words = wordsOf(line).map((word) =>
      /^(report\.html|history\.json)$/.test(word) ? join(place.folder, word) : word,
    );
    const quick = [...words, ...(FOR_TESTS[words[0] ?? ''] ?? [])];
    const { code, stderr } = await spotrelay(quick);

    expect({ code, stderr }).toEqual({ code: line.includes('script-crashes') ? 1 : 0, stderr: '' });
  });

  it('is there at all', () => {
    expect(commands.length).toBeGreaterThan(4);
  });
});
