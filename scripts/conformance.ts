// npm run conformance -- <folder> [--jsonata 2.0.6]: runs recorded cases of Step Functions against the interpreter. Exits
// with 1 if a case fails at level 1 (status, error name, output), and with 2 if there is nothing to run.

import { parseArgs } from 'node:util';
import { defaultLibrary, type JsonataLibrary } from '../simulator/machine/index.ts';
import {
  type ConformanceCase,
  type Difference,
  documentedLibrary,
  findConformanceFolder,
  readConformanceCases,
  runConformanceCase,
  skipReason,
} from '../test/support/conformance-case.ts';

const libraries: Readonly<Record<string, JsonataLibrary>> = { '2.0.6': documentedLibrary, newest: defaultLibrary };

process.exitCode = await main();

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { jsonata: { type: 'string', default: 'newest' } },
  });
  const folder = positionals[0] ?? findConformanceFolder();
  if (folder === undefined)
    return refuse('no folder was given, and shared/data/asl-conformance is not beside the project');
  const jsonata = Object.hasOwn(libraries, values.jsonata) ? libraries[values.jsonata] : undefined;
  if (jsonata === undefined) return refuse(`--jsonata ${values.jsonata}: give ${Object.keys(libraries).join(' or ')}`);
  const cases = readConformanceCases(folder);
  if (cases === undefined) return refuse(`there is no folder ${folder}`);
  if (cases.length === 0)
    return refuse(`${folder} holds no cases: neither *.json nor cases/*.json has the form of one`);
  return await judge(cases, jsonata);
}

async function judge(cases: readonly ConformanceCase[], jsonata: JsonataLibrary): Promise<number> {
  const skipped = new Map<string, number>();
  const failed: Record<Difference['level'], number> = { 1: 0, 2: 0, 3: 0 };
  let count = 0;
  for (const recorded of cases) {
    const reason = skipReason(recorded);
    if (reason !== undefined) {
      skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
      continue;
    }
    count += 1;
    const differences = await differencesOf(recorded, jsonata);
    for (const level of [1, 2, 3] as const) {
      const found = differences.filter((difference) => difference.level === level);
      if (found.length === 0) continue;
      failed[level] += 1;
      print(`${recorded.id}: level ${level}: ${found.map(({ what }) => oneLine(what)).join('; ')}`);
    }
  }
  for (const [reason, number] of skipped) print(`skipped ${number}: ${reason}`);
  const passed = (level: Difference['level']): string => `passed ${count - failed[level]} of ${count} (level ${level})`;
  print(`conformance: ${passed(1)}, ${passed(2)}, ${passed(3)}`);
  return failed[1] > 0 ? 1 : 0;
}

/** A definition that is refused here although it ran on the service is a failing case, not the end of the run. */
async function differencesOf(recorded: ConformanceCase, jsonata: JsonataLibrary): Promise<readonly Difference[]> {
  try {
    return await runConformanceCase(recorded, { jsonata });
  } catch (error) {
    return [{ level: 1, what: error instanceof Error ? error.message : String(error) }];
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function refuse(why: string): number {
  process.stderr.write(`conformance: ${why}\n`);
  return 2;
}
