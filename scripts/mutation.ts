// npm run mutation [-- domain/decide.ts ...]: plants small bugs in a file, one by one, and counts how many its specification
// notices (docs/mutation.md).
import { parseArgs } from 'node:util';
import { plantBugs } from './mutation/plant-bugs.ts';
import { filesOfJudgement } from './mutation/specifications.ts';

const { values, positionals } = parseArgs({ options: { 'with-jest': { type: 'boolean' } }, allowPositionals: true });

for (const range of positionals.length > 0 ? positionals : filesOfJudgement()) {
  const { file, noticed, planted, survivors } = await plantBugs(range, values['with-jest'] ? 'jest' : 'circus');
  const score = planted === 0 ? 100 : (100 * noticed) / planted;
  console.log(`${file}: ${noticed} of ${planted}, ${score.toFixed(1)} %`);
  for (const { status, mutatorName, location, replacement } of survivors)
    console.log(
      `  ${file}:${location.start.line}:${location.start.column} ${status} ${mutatorName}: ${replacement?.replaceAll(/\s+/g, ' ')}`,
    );
}
