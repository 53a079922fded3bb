// The commands that README and docs show, as words.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../statemachines/package-root.ts';

export interface ShownCommand {
  readonly page: string;
  /** As it stands on the page, without comment. */
  readonly line: string;
  readonly words: readonly string[];
}

const root = packageRoot();

export const pages = (): readonly string[] => [
  'README.md',
  'CHANGELOG.md',
  ...globSync(['docs/**/*.md', 'examples/**/*.md'], { cwd: root }),
];

export function shownCommands(): readonly ShownCommand[] {
  return pages().flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
      block
        .replaceAll(/\\\n\s*/g, '')
        .split('\n')
        .flatMap((line) => line.split(/ \| | && /))
        .map((line) => line.replace(/\s+#\s.*$/, '').trim())
        .filter((line) => line !== '')
        .map((line) => ({ page, line, words: wordsOf(line) })),
    ),
  );
}

/** What the line hands to the command named spotrelay; undefined when it calls something else. */
export function spotrelayArguments({ words }: ShownCommand): readonly string[] | undefined {
  const line = words.join('\u0000');
  for (const [call, stands] of [
    ['npm\u0000run\u0000-s\u0000spotrelay\u0000--\u0000', ''],
    ['npm\u0000start\u0000--\u0000', 'rehearse\u0000'],
    ['npx\u0000spotrelay\u0000', ''],
    ['spotrelay\u0000', ''],
  ] as const)
    if (line.startsWith(call)) return `${stands}${line.slice(call.length)}`.split('\u0000');
  return undefined;
}

/** As a shell reads them, redirections left out. A `<placeholder>` is one word, brackets round what is optional are dropped. */
function wordsOf(line: string): readonly string[] {
  const plain = line
    .replaceAll(/<[a-zA-Z][^<>]*>/g, (placeholder) => placeholder.replaceAll(' ', '-'))
    .replaceAll(/\[(-[^\]]*)\]/g, '$1')
    .replace(/\s>\s*\S+$/, '');
  return [...plain.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare = '']) => single ?? double ?? bare,
  );
}
