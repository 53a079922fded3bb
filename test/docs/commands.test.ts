// What README and docs show can be typed: every command and flag exists, and what needs no account does what it says.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { packageRoot } from '../../statemachines/package-root.ts';
import { scratch, spotrelay } from '../cli/spotrelay.ts';
import { pages, shownCommands, spotrelayArguments } from './shell-lines.ts';

jest.setTimeout(60_000);

const root = packageRoot();
const shown = shownCommands();
const spotrelayLines = shown.flatMap((command) => {
  const args = spotrelayArguments(command);
  return args === undefined ? [] : [{ ...command, args }];
});

/** The commands as they are, with actions that do nothing. */
async function dryProgram(): Promise<Command> {
  const program = new Command('spotrelay').exitOverride().configureOutput({ writeErr: () => undefined });
  const folder = join(root, 'cli/commands');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const module = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, unknown>;
    for (const [name, add] of Object.entries(module))
      if (name.startsWith('add') && typeof add === 'function') (add as (program: Command) => void)(program);
  }
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    command.commands.forEach(silence);
  };
  program.commands.forEach(silence);
  return program;
}

describe('a spotrelay command on a page', () => {
  it.each(spotrelayLines)('$page: $line', async ({ args }) => {
    const program = await dryProgram();

    await expect(program.parseAsync([...args], { from: 'user' })).resolves.toBeDefined();
    for (const word of args) if (word.startsWith('examples/')) expect(existsSync(join(root, word))).toBe(true);
  });

  it('is refused here when it does not exist', async () => {
    const program = await dryProgram();

    await expect(program.parseAsync(['simulate', 'x.json', '--reprot', 'y'], { from: 'user' })).rejects.toThrow(
      /unknown option/,
    );
  });

  it('is there at all', () => {
    expect(spotrelayLines.length).toBeGreaterThan(30);
  });
});

describe('an npm script on a page', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const inText = pages().flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/`npm run (?:-s )?([a-z:-]+)/g)].map(([, name = '']) => ({
      page,
      name,
    })),
  );
  const called = shown.flatMap(({ page, words: [npm, run, ...rest] }) => {
    const name = rest.find((word) => !word.startsWith('-'));
    return npm === 'npm' && run === 'run' && name !== undefined ? [{ page, name }] : [];
  });

  it.each([...called, ...inText])('$page: npm run $name', ({ name }) => {
    expect(Object.keys(scripts)).toContain(name);
  });
});

describe('a command on a page that needs no account', () => {
  const place = scratch();
  beforeAll(() => {
    const rules = shown.flatMap(({ line }) => /^echo '(.*)' > rules\.json$/.exec(line)?.[1] ?? []);
    writeFileSync(join(place.folder, 'rules.json'), rules[0] ?? '');
  });
  afterAll(() => place.remove());

  /** Fewer runs than the docs ask for, and another place: whether a command is right does not depend on them. */
  const FOR_TESTS: Readonly<Record<string, readonly string[]>> = {
    plan: ['--runs', '2'],
    drill: ['--out', join(place.folder, 'drills')],
  };
  const runnable = spotrelayLines.filter(
    ({ args, line }) =>
      /^(?:simulate|plan|explain)$|^drill --/.test(
        args
          .slice(0, 2)
          .join(' ')
          .replace(/^(simulate|plan|explain) .*/, '$1'),
      ) && !/[<|]| -$| arn:| -- python/.test(line),
  );

  it.each(runnable)('$page: $line', async ({ args, line }) => {
    const words = args.map((word) =>
      /^(report\.html|history\.json|rules\.json)$/.test(word) ? join(place.folder, word) : word,
    );
    const { code, stderr } = await spotrelay([...words, ...(FOR_TESTS[words[0] ?? ''] ?? [])]);

    expect({ code, stderr }).toEqual({ code: line.includes('script-crashes') ? 1 : 0, stderr: '' });
  });

  it('is there at all', () => {
    expect(runnable.length).toBeGreaterThan(8);
  });
});
