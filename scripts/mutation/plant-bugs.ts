// Stryker's bugs in one file, and which of them its specification notices.
import { Stryker } from '@stryker-mutator/core';
// @ts-expect-error Jest's configuration has no types, and is handed on as it stands.
import jestConfig from '../../jest.config.mjs';
import type { CircusOptions } from './circus-runner.ts';
import type { Count } from './page.ts';
import { testsOf } from './specifications.ts';

type Options = Required<ConstructorParameters<typeof Stryker>[0]>;
type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

const NOTICED = new Set<Mutant['status']>(['Killed', 'Timeout']);
const COUNTED = new Set<Mutant['status']>([...NOTICED, 'Survived', 'NoCoverage']);

export interface Planted extends Count {
  /** With these the modules or a hook failed, and no test was asked: neither noticed nor planted. */
  readonly broken: number;
  /** Of those noticed: by a time-out, or because the bug was reached without end. */
  readonly endless: number;
  readonly survivors: readonly Mutant[];
}

// Functions need not be bundled for these tests.
const { globalSetup: _, ...config } = jestConfig;

const RUNNERS = {
  /** In one process, whose tests stay loaded. */
  circus: (tests: readonly string[]) => ({
    testRunner: 'circus',
    plugins: [import.meta.resolve('./circus-runner.ts')],
    circus: { tests: [...tests] } satisfies CircusOptions['circus'],
    testRunnerNodeArgs: ['--disable-warning=ExperimentalWarning'],
  }),
  /** In Jest, which starts anew for every bug: what the other is compared with. */
  jest: (tests: readonly string[]) => ({
    testRunner: 'jest',
    jest: { config: { ...config, testMatch: tests.map((test) => `<rootDir>/${test}`) }, enableFindRelatedTests: false },
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  }),
};

/** @param range A file, or some of its lines (`domain/work.ts:70-80`). */
export async function plantBugs(range: string, runner: keyof typeof RUNNERS): Promise<Planted> {
  const mutants = await new Stryker({
    ...RUNNERS[runner](testsOf(range)),
    coverageAnalysis: 'perTest',
    // Stryker would rewrite tsconfig.json with an API that TypeScript 7 does not have.
    tsconfigFile: 'none.json',
    mutate: [range],
    // What is said to people is held by examples, not to the letter.
    mutator: { excludedMutations: ['StringLiteral'] },
    // Without Jest's own file Stryker takes the configuration above alone.
    ignorePatterns: ['dist', 'cdk.out', 'coverage', '.spotrelay', 'jest.config.mjs', 'biome.json'],
    reporters: [],
    concurrency: 1,
    // A bug that hangs counts as noticed, and on a busy machine every other would seem to hang. A survivor is tried twice.
    timeoutMS: 60_000,
    timeoutFactor: 8,
    logLevel: 'error' as Options['logLevel'],
    warnings: false,
  }).runMutationTest();
  const counted = mutants.filter(({ status }) => COUNTED.has(status));
  const survivors = counted.filter(({ status }) => !NOTICED.has(status));
  const broken = mutants.filter(({ status }) => status === 'RuntimeError').length;
  const endless = mutants.filter(({ status }) => status === 'Timeout').length;
  return {
    file: range,
    noticed: counted.length - survivors.length,
    planted: counted.length,
    broken,
    endless,
    survivors,
  };
}
