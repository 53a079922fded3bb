// What docs/troubleshooting.md tells people to type does what it says, as far as that needs no account.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { packageRoot } from '../../statemachines/package-root.ts';
import { spotrelay } from './spotrelay.ts';

jest.setTimeout(60_000);

const page = readFileSync(join(packageRoot(), 'docs/troubleshooting.md'), 'utf8');
const texts = [...page.matchAll(/^spotrelay explain --text (?:'([^'\n]*)'|"([^"\n]*)")$/gm)].map(
  ([, single, double = '']) => single ?? double,
);

/** What each is for: the class that its section is about. */
const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/PassRole/, 'Access'],
  [/service limit/, 'Quota'],
  [/pull algorithm container/, 'Access'],
  [/Data download failed/, 'Access'],
];

/** Of every heading, as GitHub makes them. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );

describe('docs/troubleshooting.md', () => {
  it.each(texts)('explains %s', async (text) => {
    const [, failureClass] = CLASSES.find(([pattern]) => pattern.test(text)) ?? [];
    const { code, stdout, stderr } = await spotrelay(['explain', '--text', text]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toContain(`: ${failureClass},`);
    expect(stdout).toContain('you can');
  });

  it('has an example for each of them', () => {
    expect(texts).toHaveLength(CLASSES.length);
  });

  it('leads from each symptom of its table to a section, and has no other', () => {
    const anchors = anchorsOf(page).slice(1);
    const linked = [...page.matchAll(/\| \[\d+\]\((#[^)]+)\) \|/g)].map(([, anchor]) => anchor);

    expect(linked).toEqual(anchors.map((anchor) => `#${anchor}`));
  });

  it('names commands that there are', async () => {
    const named = [...page.matchAll(/spotrelay ((?:sweep )?[a-z]+)/g)].map(([, command = '']) => command);
    const help = await spotrelay(['--help']);
    const sweepHelp = await spotrelay(['sweep', '--help']);

    expect(named.length).toBeGreaterThan(5);
    for (const command of named) {
      const [first = '', second] = command.split(' ');
      expect(help.stdout).toMatch(new RegExp(`^  ${first}\\b`, 'm'));
      if (second !== undefined) expect(sweepHelp.stdout).toMatch(new RegExp(`^  ${second}\\b`, 'm'));
    }
  });

  it('links to pages and headings that there are', () => {
    const links = [...page.matchAll(/\]\(([a-z-]+\.md)(?:#([^)]+))?\)/g)];
    const broken = links.filter(([, file = '', anchor]) => {
      const target = readFileSync(join(packageRoot(), 'docs', file), 'utf8');
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });

    expect(links.length).toBeGreaterThan(5);
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
