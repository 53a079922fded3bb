// npm run mutation [-- [--write] [--with-jest] domain/decide.ts ...]: plants small bugs in a file, one by one, and counts how
// many its specification notices (docs/mutation.md).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatDuration } from '../domain/time.ts';
import { mutationPage, scoreOf, type Count } from './mutation/page.ts';
import { plantBugs } from './mutation/plant-bugs.ts';
import { filesOfJudgement } from './mutation/specifications.ts';

const PAGE = 'docs/mutation.md';

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false }, 'with-jest': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const files = filesOfJudgement();
const ranges = positionals.length > 0 ? positionals : files;
const absent = ranges.filter((range) => !existsSync(range.replace(/:.*$/, '')));
if (absent.length > 0) {
  process.stderr.write(`mutation: there is no file ${absent.join(', ')}: name it from the root of the project\n`);
  process.exit(2);
}
const unknown = ranges.filter((range) => values.write && !files.includes(range));
if (unknown.length > 0) {
  process.stderr.write(
    `--write ${unknown.join(' ')}: the page has whole files of judgement, such as domain/decide.ts\n`,
  );
  process.exit(2);
}
const counts: Count[] = [];
const beganAt = performance.now();

for (const range of ranges) {
  const { file, noticed, planted, broken, endless, survivors } = await plantBugs(
    range,
    values['with-jest'] ? 'jest' : 'circus',
  );
  counts.push({ file, noticed, planted });
  const apart = [
    ...(endless === 0 ? [] : [`; ${endless} of them did not end`]),
    ...(broken === 0 ? [] : [`; ${broken} more could not be loaded`]),
  ].join('');
  console.log(`${file}: ${noticed} of ${planted}, ${scoreOf({ file, noticed, planted }).toFixed(1)} %${apart}`);
  for (const { status, mutatorName, location, replacement } of survivors)
    console.log(
      `  ${file}:${location.start.line}:${location.start.column} ${status} ${mutatorName}: ${replacement?.replaceAll(/\s+/g, ' ')}`,
    );
  // Each time, so that a run that is broken off has not been for nothing.
  if (values.write) writeFileSync(PAGE, mutationPage(readFileSync(PAGE, 'utf8'), counts, files));
}
console.log(`${ranges.length} files in ${formatDuration(Math.round((performance.now() - beganAt) / 1_000))}`);
