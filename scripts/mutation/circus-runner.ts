// A test runner of Stryker that keeps its tests loaded and only changes which bug is active, where Jest would start anew for
// each. A plugin: https://stryker-mutator.io/docs/stryker-js/guides/create-a-plugin/
import { resolve } from 'node:path';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext, type StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import * as fc from 'fast-check';
import * as z from 'zod';
// @ts-expect-error Jest's configuration has no types.
import jestConfig from '../../jest.config.mjs';
import { reloadable } from './reload.ts';
import { loadTestFile, runTestFile, type TestFile, type TestRun } from './test-file.ts';

/** Files of tests. Stryker's own `testFiles` would have it filter tests by the names of files. */
const Options = z.object({ circus: z.object({ tests: z.array(z.string()) }) });
export type CircusOptions = z.infer<typeof Options>;

/** Read by the instrumented file at each place where a bug could be. It keeps hold of the object, however often it is loaded. */
const instrumented: { -readonly [Key in keyof InstrumenterContext]: InstrumenterContext[Key] | undefined } = {};
Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: instrumented });

/** Whether a bug is active, and how often it may be reached before it is taken for endless. */
async function active<T>(id: string | undefined, hitLimit: number | undefined, work: () => Promise<T>): Promise<T> {
  Object.assign(instrumented, { activeMutant: id, hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
  try {
    return await work();
  } finally {
    instrumented.activeMutant = undefined;
  }
}

class CircusRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  readonly #names: readonly string[];
  #reload = (): ((file: string) => Promise<void>) => async () => {};
  #files: readonly TestFile[] = [];
  /** Nothing has run since the tests were loaded, so no earlier bug can have left anything behind. */
  #fresh = false;

  constructor(options: StrykerOptions) {
    this.#names = Options.parse(options).circus.tests;
  }

  capabilities(): { readonly reloadEnvironment: true } {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    for (const file of jestConfig.setupFiles) await import(resolve(file.replace('<rootDir>', '.')));
    // What fails has been noticed; nobody would read a smaller example of it.
    fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
    this.#reload = reloadable(process.cwd(), { '@jest/globals': import.meta.resolve('./jest-globals.ts') });
  }

  async dryRun(): Promise<DryRunResult> {
    const mutantCoverage = { static: {}, perTest: {} };
    instrumented.mutantCoverage = mutantCoverage;
    await this.#load();
    const tests = await this.#run({ bail: false });
    return { status: DryRunStatus.Complete, tests: [...tests], mutantCoverage };
  }

  async mutantRun(ask: MutantRunOptions): Promise<MutantRunResult> {
    try {
      if (ask.reloadEnvironment || this.#files.length === 0)
        await this.#load(ask.mutantActivation === 'static' ? ask.activeMutant.id : undefined);
      const fresh = this.#fresh;
      const result = await this.#tryOut(ask);
      if (fresh || (await this.#isOfThisBug(ask, result))) return result;
      await this.#load();
      return await this.#tryOut(ask);
    } catch (error) {
      return { status: MutantRunStatus.Error, errorMessage: String(error) };
    }
  }

  /** With a bug that is active while the modules are loaded, if `activeMutant` names one. */
  async #load(activeMutant?: string): Promise<void> {
    this.#files = [];
    const load = this.#reload();
    await active(activeMutant, undefined, async () => {
      const files: TestFile[] = [];
      for (const name of this.#names) files.push(await loadTestFile(name, () => load(name)));
      this.#files = files;
    });
    this.#fresh = true;
  }

  async #tryOut({ activeMutant, hitLimit, testFilter, disableBail }: MutantRunOptions): Promise<MutantRunResult> {
    const only = testFilter && new Set(testFilter);
    const tests = await active(activeMutant.id, hitLimit, () => this.#run({ only, bail: !disableBail }));
    const { hitCount } = instrumented;
    const endless = determineHitLimitReached(hitCount, hitLimit);
    return toMutantRunResult(endless ?? { status: DryRunStatus.Complete, tests: [...tests] }, disableBail);
  }

  /** Whether what failed passes without the bug, and fails with it again: not for what an earlier bug has left behind. */
  async #isOfThisBug(ask: MutantRunOptions, result: MutantRunResult): Promise<boolean> {
    if (result.status !== MutantRunStatus.Killed) return false;
    const testFilter = [...result.killedBy];
    const without = await this.#run({ only: new Set(testFilter), bail: true });
    if (without.some(({ status }) => status === TestStatus.Failed)) return false;
    return (await this.#tryOut({ ...ask, testFilter })).status === MutantRunStatus.Killed;
  }

  async #run(ask: TestRun): Promise<readonly TestResult[]> {
    this.#fresh = false;
    const tests: TestResult[] = [];
    for (const file of this.#files) {
      tests.push(...(await runTestFile(file, ask, (id) => void (instrumented.currentTestId = id))));
      if (ask.bail && tests.some(({ status }) => status === TestStatus.Failed)) break;
    }
    return tests;
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'circus', CircusRunner)];
