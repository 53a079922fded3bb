// npm run mutation [-- domain/decide.ts ...]: plants small bugs in a file, one by one, and counts how many its specification
// notices (docs/mutation.md). A file is held against few tests: all that reach it would take minutes for every bug.
import { existsSync } from 'node:fs';
import { Stryker } from '@stryker-mutator/core';
// @ts-expect-error Jest's configuration has no types, and is handed on as it stands.
import jestConfig from '../jest.config.mjs';

/** Files in the order of their weight, each with the tests that specify it; where none are named, its mirror in test/. */
const SPECIFICATIONS: Readonly<Record<string, readonly string[]>> = {
  'domain/watch.ts': [],
  'domain/pace.ts': [],
  'domain/patience.ts': [],
  'domain/rung-prices.ts': ['rung-prices', 'patience'],
  'domain/budget.ts': [],
  'domain/attempt.ts': [],
  'domain/make-receipt.ts': ['make-receipt', 'receipt-of-any-history'],
  'domain/outcome.ts': [],
  'domain/observe.ts': [],
  'domain/work.ts': [],
  'domain/rungs.ts': [],
  'domain/review.ts': [],
  'domain/review/spot.ts': ['review/spot', 'review'],
  'domain/review/on-demand.ts': ['review/on-demand', 'review'],
  'domain/review/rotation.ts': ['review/rotation', 'review'],
  'domain/review/verdict.ts': ['review'],
  'domain/sweep/admission.ts': [],
  'domain/sweep/account.ts': [],
  'domain/sweep/restart.ts': [],
  'domain/sweep/places.ts': [],
  'domain/sweep/breaker.ts': [],
  'domain/sweep/sighting.ts': [],
  'domain/sweep/leaderboard.ts': [],
  'domain/sweep/objective.ts': [],
  'domain/sweep/halving.ts': [],
  'domain/sweep/receipt.ts': [],
  'domain/sweep/events.ts': ['sweep/receipt'],
  'domain/sweep/sweep-metrics.ts': ['sweep/receipt'],
  'domain/sweep/unfinished.ts': ['sweep/receipt'],
  'domain/sweep/sweep.ts': [],
  'domain/sweep/sweep-request.ts': ['sweep/sweep'],
  'domain/sweep/trial.ts': [],
  'domain/sweep/search-space.ts': [],
  'domain/sweep/sampling.ts': [],
  'domain/sweep/halton.ts': [],
  'domain/sweep/chance.ts': ['sweep/halton'],
  'domain/sweep/tuning-job.ts': [],
  'domain/canary/canary.ts': ['canary/canary'],
  'domain/canary/plan.ts': ['canary/canary'],
  'domain/canary/outcome.ts': ['canary/canary'],
  'domain/accept-request.ts': [],
  'domain/classify.ts': ['classify', 'failure-user-rules'],
  'domain/decide.ts': ['decide', 'judgement', 'extend'],
  'domain/policy.ts': [],
  'domain/policy/hand-over.ts': ['policy/hand-over', 'policy'],
  'domain/policy/look.ts': ['policy', 'review'],
  'domain/policy/sightings.ts': ['policy/sightings', 'policy'],
  'domain/policy/slack-account.ts': ['policy/slack-account', 'policy'],
  'domain/policy/waiting-reserve.ts': ['policy/waiting-reserve', 'policy'],
  'lambdas/review-attempt/review-attempt.ts': [],
  'lambdas/plan-attempt/plan-attempt.ts': [],
  'lambdas/inspect-attempt/inspect-attempt.ts': [],
  'lambdas/close-run/close-run.ts': [],
  'lambdas/close-run/end-run.ts': ['close-run'],
  'lambdas/close-run/abandoned-run.ts': [],
  'lambdas/close-run/close-abandoned-run.ts': ['abandoned-run'],
  'lambdas/reconcile/reconcile.ts': [],
  'lambdas/accept-run/accept-run.ts': [],
  'lambdas/start-run/start-run.ts': [],
  'lambdas/extend-run/extend-run.ts': [],
  'lambdas/await-news/await-news.ts': [],
  'lambdas/wake-watch/wake-watch.ts': [],
  'lambdas/admit-trial/admit-trial.ts': [],
  'lambdas/settle-trial/settle-trial.ts': [],
  'lambdas/accept-sweep/accept-sweep.ts': [],
  'lambdas/select-best/select-best.ts': [],
  'lambdas/close-sweep/close-sweep.ts': [],
  'lambdas/prepare-registration/prepare-registration.ts': [],
  'lambdas/record-registration/record-registration.ts': [],
  'lambdas/settle-attempt.ts': ['inspect-attempt', 'abandoned-run'],
  'lambdas/canaries.ts': ['review-attempt', 'abandoned-run'],
  'lambdas/middleware.ts': [],
};

function testsOf(file: string): readonly string[] {
  // The handlers' tests lie side by side: each folder has one file of logic, or few.
  const mirror = file.replace(/^lambdas\/.*\//, 'lambdas/').replace(/\.ts$/, '');
  const named = (SPECIFICATIONS[file] ?? []).map((name) => `${file.split('/')[0]}/${name}`);
  const tests = (named.length > 0 ? named : [mirror]).map((name) => `test/${name}.test.ts`);
  const missing = tests.filter((test) => !existsSync(test));
  if (missing.length > 0)
    throw new Error(`${file} has no ${missing.join(', ')}: name its tests in scripts/mutation.ts`);
  return tests;
}

// Functions need not be bundled for these tests, which would take longer than the tests for every single bug.
const { globalSetup: _, ...config } = jestConfig;

type Options = Required<ConstructorParameters<typeof Stryker>[0]>;

const NOTICED = new Set(['Killed', 'Timeout']);
const COUNTED = new Set([...NOTICED, 'Survived', 'NoCoverage']);

for (const file of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SPECIFICATIONS)) {
  const mutants = await new Stryker({
    testRunner: 'jest',
    jest: {
      config: { ...config, testMatch: testsOf(file).map((test) => `<rootDir>/${test}`) },
      enableFindRelatedTests: false,
    },
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    coverageAnalysis: 'perTest',
    // Stryker would rewrite tsconfig.json with an API that TypeScript 7 does not have.
    tsconfigFile: 'none.json',
    mutate: [file],
    // What is said to people is held by examples, not to the letter.
    mutator: { excludedMutations: ['StringLiteral'] },
    // Without Jest's own file Stryker takes the configuration above alone.
    ignorePatterns: ['dist', 'cdk.out', 'coverage', '.spotrelay', 'jest.config.mjs', 'biome.json'],
    reporters: [],
    concurrency: 1,
    logLevel: 'error' as Options['logLevel'],
    warnings: false,
  }).runMutationTest();
  const counted = mutants.filter(({ status }) => COUNTED.has(status));
  const noticed = counted.filter(({ status }) => NOTICED.has(status));
  const score = counted.length === 0 ? 100 : (100 * noticed.length) / counted.length;
  console.log(`${file}: ${noticed.length} of ${counted.length}, ${score.toFixed(1)} %`);
  for (const { status, mutatorName, location, replacement } of counted.filter((mutant) => !noticed.includes(mutant)))
    console.log(`  ${file}:${location.start.line}:${location.start.column} ${status} ${mutatorName}: ${replacement}`);
}
