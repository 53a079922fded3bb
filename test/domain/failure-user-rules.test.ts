import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { mayRetry } from '../../domain/budget.ts';
import { classifyJob, classifyTaskFailure } from '../../domain/classify.ts';
import { formatProblem } from '../../domain/errors.ts';
import { UserFailureRules, type UserFailureRule } from '../../domain/failure-user-rules.ts';
import { problemsOf } from '../../domain/problems.ts';
import { accept, aJob, aPipeline, aStopIntent } from './support.ts';

const judge = (failureReason: string, rules: readonly UserFailureRule[]) =>
  classifyJob(aJob({ status: 'Failed', failureReason }), undefined, false, rules);

const EXIT_75: UserFailureRule = { exitCode: 75, class: 'Internal', explanation: 'the feature store was away' };

describe('a rule of the pipeline', () => {
  it('makes an exit code of the script worth another attempt', () => {
    const failure = judge('AlgorithmError: no route to host, exit code: 75', [EXIT_75]);
    expect(failure).toMatchObject({
      class: 'Internal',
      retryable: true,
      rule: 'user-rule-1',
      explanation: 'the feature store was away',
      advice: expect.stringContaining('failureRules.0'),
    });
    expect(failure !== undefined && mayRetry(failure)).toBe(true);
  });

  it.each<[string, UserFailureRule, boolean]>([
    ['AlgorithmError: NCCL error in: x.cpp', { reasonPrefix: 'AlgorithmError: NCCL', class: 'Capacity' }, true],
    ['algorithmerror :  nccl error', { reasonPrefix: ' AlgorithmError:NCCL', class: 'Capacity' }, true],
    ['AlgorithmError: see NCCL', { reasonPrefix: 'NCCL', class: 'Capacity' }, false],
    ['ClientError: ClientError: odd', { reasonPrefix: 'ClientError: odd', class: 'Config' }, true],
    ['AlgorithmError: a, exit code: 3', { reasonPrefix: 'AlgorithmError: a', exitCode: 3, class: 'Data' }, true],
    ['AlgorithmError: a, exit code: 4', { reasonPrefix: 'AlgorithmError: a', exitCode: 3, class: 'Data' }, false],
    ['AlgorithmError: b, exit code: 3', { reasonPrefix: 'AlgorithmError: a', exitCode: 3, class: 'Data' }, false],
  ])('compared with %j: %j matches: %p', (reason, rule, matches) => {
    expect(judge(reason, [rule])?.rule.startsWith('user-rule-')).toBe(matches);
  });

  it('comes before the built-in ones, and the first of several wins', () => {
    const rules: UserFailureRule[] = [
      { exitCode: 1, class: 'Data' },
      { exitCode: 137, class: 'Unknown' },
      { reasonPrefix: 'AlgorithmError', class: 'Config' },
    ];
    expect(judge('AlgorithmError: Exit Code: 137', rules)).toMatchObject({ class: 'Unknown', rule: 'user-rule-2' });
  });

  it('says of itself what it is about when it has no explanation', () => {
    expect(judge('AlgorithmError: Exit Code: 9', [{ exitCode: 9, class: 'Data' }])?.explanation).toContain(
      'exit code 9',
    );
    const explained = (rule: UserFailureRule) => judge('AlgorithmError: a, exit code: 9', [rule])?.explanation;
    expect(explained({ exitCode: 9, class: 'Data' })).toBe(
      "this pipeline's failureRules.0 counts it as Data: exit code 9",
    );
    expect(explained({ reasonPrefix: ' AlgorithmError: a', class: 'Data' })).toBe(
      'this pipeline\'s failureRules.0 counts it as Data: a reason that begins with "AlgorithmError: a"',
    );
    expect(explained({ reasonPrefix: 'AlgorithmError', exitCode: 9, class: 'Data' })).toBe(
      'this pipeline\'s failureRules.0 counts it as Data: exit code 9 and a reason that begins with "AlgorithmError"',
    );
  });

  it.each<[string, object]>([
    ['of an empty reason, as every reason begins with that', { reasonPrefix: ' ', class: 'Data' }],
    ['of no failure at all', { class: 'Data' }],
  ])('is refused where it is %s', (_, rule) => {
    expect(UserFailureRules.safeParse([rule]).success).toBe(false);
    for (const told of [{ reasonPrefix: 'x' }, { reasonPrefix: undefined, exitCode: 3 }])
      expect(UserFailureRules.safeParse([{ ...rule, ...told }]).success).toBe(true);
  });

  it('has no say where a status decides', () => {
    const rules: UserFailureRule[] = [{ reasonPrefix: 'a', class: 'Data' }];
    const stopped = aJob({ status: 'Stopped', secondaryStatus: 'Stopped', failureReason: 'a' });
    expect(classifyJob(stopped, undefined, false, rules)?.class).toBe('Cancelled');
    expect(classifyJob(stopped, aStopIntent('rotate'), false, rules)?.class).toBe('Capacity');
    expect(classifyJob(aJob({ status: 'Completed', failureReason: 'a' }), undefined, false, rules)?.class).toBe(
      'Algorithm',
    );
    expect(classifyTaskFailure({ cause: 'a' }, { userRules: rules }).class).toBe('Unknown');
  });

  it('is read for a job that only a cause describes', () => {
    const cause = JSON.stringify({ TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: , exit code: 75' });
    expect(classifyTaskFailure({ cause }, { userRules: [EXIT_75] })).toMatchObject({
      rule: 'user-rule-1',
      evidence: { field: 'Cause.FailureReason' },
    });
  });

  it('never throws, whatever it compares', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ minLength: 1, unit: 'binary' }),
        (reason, reasonPrefix) => {
          expect(judge(reason, [{ reasonPrefix, class: 'Unknown' }])?.class).toBeDefined();
          expect(judge(`${reasonPrefix}${reason}`, [{ reasonPrefix, class: 'Unknown' }])?.class).toBeDefined();
        },
      ),
    );
  });
});

const messages = (rules: unknown): string => {
  const parsed = UserFailureRules.safeParse(rules);
  return parsed.success ? '' : problemsOf(parsed.error, rules).map(formatProblem).join('\n');
};

describe('rules that cannot work', () => {
  it.each<[string, unknown, RegExp]>([
    ['about nothing', [{ class: 'Internal' }], /^0: needs a reasonPrefix, an exitCode or both/],
    ['with an empty prefix', [{ reasonPrefix: ' ', class: 'Internal' }], /^0\.reasonPrefix: must not be empty/],
    ['for success', [{ exitCode: 0, class: 'Internal' }], /^0\.exitCode: must be 1 to 255.*got 0/],
    ['for an exit code that cannot be', [{ exitCode: 256, class: 'Internal' }], /^0\.exitCode: .*got 256/],
    [
      'that cancel',
      [{ exitCode: 1, class: 'Cancelled' }],
      /^0\.class: must be one of Capacity, Internal.*got "Cancelled"/,
    ],
    ['that interrupt', [{ exitCode: 1, class: 'Interruption' }], /^0\.class: must be one of/],
    ['of a class that is none', [{ exitCode: 1, class: 'Sunspots' }], /^0\.class: must be one of/],
    ['with an unknown field', [{ exitCode: 1, class: 'Data', prefix: 'x' }], /^0\.prefix: is not a known field/],
    ['without number', Array.from({ length: 51 }, () => ({ exitCode: 1, class: 'Data' })), /takes at most 50 rules/],
  ])('are refused when they are %s', (_, rules, message) => {
    expect(messages(rules)).toMatch(message);
  });
});

describe('an accepted run', () => {
  it('carries the rules of its pipeline, so that a later deployment does not change them', () => {
    const acceptance = accept({}, aPipeline({ failureRules: [EXIT_75] }));
    expect(acceptance).toMatchObject({ kind: 'accepted', run: { failureRules: [EXIT_75] } });
  });

  it('has no such field without rules', () => {
    expect((accept({}) as { run: object }).run).not.toHaveProperty('failureRules');
  });
});
