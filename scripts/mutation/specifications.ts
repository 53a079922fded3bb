// Which files have bugs planted in them, and against which tests each is held. They are few: all that reach a file would take
// minutes for every bug.
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

/** Schemas, types and tables: what they say is data, and a changed word of it is no bug of judgement (docs/mutation.md). */
const WITHOUT_JUDGEMENT: ReadonlySet<string> = new Set([
  'domain/failure-call-rules.ts',
  'domain/failure-rules.ts',
  'domain/failure.ts',
  'domain/policy/observation.ts',
  'domain/receipt.ts',
  'domain/run-request.ts',
  'domain/run-terms.ts',
  'domain/run.ts',
]);

/** The tests that specify a file, where they are others than its mirror in test/. */
const SPECIFICATIONS: Readonly<Record<string, readonly string[]>> = {
  'domain/accept-request.ts': ['accept-request', 'resume', 'patience', 'guards', 'training-code', 'job-on-rung'],
  'domain/advice.ts': ['decide', 'judgement'],
  'domain/built-in-algorithms.ts': ['guards'],
  'domain/classify.ts': ['classify', 'failure-user-rules'],
  'domain/deadline.ts': ['accept-request', 'extend'],
  'domain/decide.ts': ['decide', 'judgement', 'extend'],
  'domain/instance-types.ts': ['capacity', 'training-job'],
  'domain/lineage.ts': ['lineage', 'resume'],
  'domain/make-receipt.ts': ['make-receipt', 'receipt-of-any-history'],
  'domain/pipeline.ts': ['pipeline', 'accept-request'],
  'domain/request-checks.ts': ['accept-request', 'patience', 'resume', 'training-estimate'],
  'domain/requested-ladder.ts': ['accept-request', 'resume'],
  'domain/rung-prices.ts': ['rung-prices', 'patience'],
  'domain/review/spot.ts': ['review/spot', 'review'],
  'domain/review/on-demand.ts': ['review/on-demand', 'review'],
  'domain/review/rotation.ts': ['review/rotation', 'review'],
  'domain/sweep/events.ts': ['sweep/receipt'],
  'domain/sweep/sweep-metrics.ts': ['sweep/receipt'],
  'domain/sweep/unfinished.ts': ['sweep/receipt'],
  'domain/sweep/sweep-request.ts': ['sweep/sweep'],
  'domain/sweep/chance.ts': ['sweep/halton'],
  'domain/canary/plan.ts': ['canary/canary'],
  'domain/canary/outcome.ts': ['canary/canary'],
  'domain/policy.ts': ['policy', 'judgement'],
  'domain/policy/hand-over.ts': ['policy/hand-over', 'policy'],
  'domain/policy/look.ts': ['policy', 'policy/hand-over'],
  'domain/policy/sightings.ts': ['policy/sightings', 'policy'],
  'domain/policy/slack-account.ts': ['policy/slack-account', 'policy'],
  'domain/policy/waiting-reserve.ts': ['policy/waiting-reserve', 'policy'],
  'lambdas/abandoned-sweep.ts': ['abandoned-sweep', 'close-sweep'],
  'lambdas/canaries.ts': ['canaries', 'review-attempt', 'abandoned-run'],
  'lambdas/close-run/close-abandoned-run.ts': ['abandoned-run'],
  'lambdas/close-run/end-run.ts': ['close-run'],
  'lambdas/end-sweep.ts': ['close-sweep'],
  'lambdas/observe-checkpoint.ts': ['../scenarios/checkpoints', '../fuzz/s3-files'],
  'lambdas/read-run.ts': ['accept-run', 'inspect-attempt', 'plan-attempt', 'extend-run'],
  'lambdas/settle-attempt.ts': ['inspect-attempt', 'abandoned-run'],
  'lambdas/uploads.ts': ['uploads', 'start-run'],
  'lambdas/wanted-run.ts': ['wanted-run', 'start-run'],
};

/** Of a file, or of some of its lines (`domain/work.ts:70-80`). */
export function testsOf(range: string): readonly string[] {
  const file = range.replace(/:.*$/, '');
  // The handlers' tests lie side by side: each folder has one file of logic, or few.
  const mirror = file.replace(/^lambdas\/.*\//, 'lambdas/').replace(/\.ts$/, '');
  const named = (SPECIFICATIONS[file] ?? []).map((name) => `${file.split('/')[0]}/${name}`);
  const tests = (named.length > 0 ? named : [mirror]).map((name) => join('test', `${name}.test.ts`));
  const missing = tests.filter((test) => !existsSync(test));
  if (missing.length > 0) throw new Error(`${file} has no ${missing.join(', ')}: name its tests in SPECIFICATIONS`);
  return tests;
}

/** Left out is what only wires, calls AWS, or says what comes in and goes out. */
export function filesOfJudgement(): readonly string[] {
  const without = ['adapters/**', '**/{handler,env}.ts', '**/*{contracts,ports}.ts'].map(
    (pattern) => `lambdas/${pattern}`,
  );
  const judging = globSync(['domain/**/*.ts', 'lambdas/**/*.ts'], { exclude: without });
  return judging.toSorted().filter((file) => !WITHOUT_JUDGEMENT.has(file));
}
