// The tables of docs/mutation.md.
export interface Count {
  readonly file: string;
  readonly noticed: number;
  readonly planted: number;
}

/** Percent; a file in which there is nothing to break holds. */
export const scoreOf = ({ noticed, planted }: Count): number => (planted === 0 ? 100 : (100 * noticed) / planted);

const isSweep = (file: string): boolean => /^domain\/(?:sweep|canary)\//.test(file);
const GROUPS: Readonly<Record<string, (file: string) => boolean>> = {
  domain: (file) => file.startsWith('domain/') && !isSweep(file),
  'sweeps and canaries': isSweep,
  functions: (file) => file.startsWith('lambdas/'),
};

/**
 * The page with `fresh` counts in its tables, each between `<!-- bugs in domain -->` and `<!-- end -->`. What else stands there
 * stays, unless it is no file of judgement any more.
 */
export const mutationPage = (page: string, fresh: readonly Count[], files: readonly string[]): string =>
  page.replaceAll(/<!-- bugs in ([a-z ]+) -->[\s\S]*?<!-- end -->/g, (old, group: string) => {
    const counts = new Map([...countsIn(old), ...fresh].map((count) => [count.file, count]));
    const inGroup = [...counts.values()].filter(({ file }) => GROUPS[group]?.(file) === true && files.includes(file));
    return `<!-- bugs in ${group} -->\n\n${table(inGroup)}\n\n<!-- end -->`;
  });

const countsIn = (text: string): readonly Count[] =>
  [...text.matchAll(/^\| `(.+)` \| ([\d,]+) of ([\d,]+) \|/gm)].map(([, file = '', noticed = '', planted = '']) => ({
    file,
    noticed: Number(noticed.replaceAll(',', '')),
    planted: Number(planted.replaceAll(',', '')),
  }));

function table(counts: readonly Count[]): string {
  const sum = (pick: (count: Count) => number): number => counts.reduce((total, count) => total + pick(count), 0);
  const together = { noticed: sum(({ noticed }) => noticed), planted: sum(({ planted }) => planted) };
  const ordered = counts.toSorted((one, other) => scoreOf(other) - scoreOf(one) || (one.file < other.file ? -1 : 1));
  return [
    '| File | Noticed | Score |',
    '| --- | --- | --- |',
    ...ordered.map((count) => row(`\`${count.file}\``, count)),
    row('together', { file: '', ...together }),
  ].join('\n');
}

const row = (name: string, count: Count): string =>
  `| ${name} | ${count.noticed.toLocaleString('en-US')} of ${count.planted.toLocaleString('en-US')} | ${Math.floor(scoreOf(count))} % |`;
