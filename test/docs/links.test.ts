// A link between pages leads somewhere, and so does the heading it names.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../statemachines/package-root.ts';
import { pages } from './shell-lines.ts';

const root = packageRoot();
const shown = pages();
const text = (page: string): string => readFileSync(join(root, page), 'utf8');
const withoutCode = (markdown: string): string =>
  markdown.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '');

/** As GitHub names a heading: lower case, blanks to hyphens, punctuation dropped; a repeated one is numbered. */
function anchors(markdown: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const named = [...markdown.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  return new Set(named);
}

const links = shown.flatMap((page) =>
  [...withoutCode(text(page)).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => ({ page, link })),
);

describe('a link on a page', () => {
  it.each(links)('$page: $link', ({ page, link }) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : relative(root, join(root, dirname(page), path));

    expect(existsSync(join(root, target))).toBe(true);
    if (anchor !== undefined && statSync(join(root, target)).isFile() && target.endsWith('.md'))
      expect([...anchors(text(target))]).toContain(anchor);
  });

  it('is there at all', () => {
    expect(links.length).toBeGreaterThan(50);
  });
});

describe('a page of the docs', () => {
  it.each(shown.filter((page) => page.startsWith('docs/') && !page.startsWith('docs/decisions/')))(
    '%s can be reached from the README',
    (page) => {
      const reached = new Set(['README.md']);
      for (const from of reached)
        for (const { link } of links.filter((candidate) => candidate.page === from)) {
          const [path = ''] = link.split('#');
          if (path.endsWith('.md')) reached.add(relative(root, join(root, dirname(from), path)));
        }

      expect([...reached]).toContain(page);
    },
  );
});
