// Rules that the owner of a pipeline adds: what a FailureReason that begins like this, or an exit code, means for this
// script. They come before the built-in ones, and only for jobs that ended Failed.
import * as z from 'zod';
import { exitCodesOf, normaliseReason } from './failure-reason.ts';
import type { FailureClass } from './failure.ts';

/**
 * Classes with a bound that holds for a script: repeated a few times, not at all, or when capacity allows it. The others
 * stand for what statuses and calls tell, and are repeated for as long as there is time.
 */
export const USER_RULE_CLASSES = [
  'Capacity',
  'Internal',
  'Algorithm',
  'Data',
  'Config',
  'Access',
  'Unknown',
] as const satisfies readonly FailureClass[];

export const USER_RULES_MAX = 50;

export const UserFailureRule = z
  .strictObject({
    /** The start of a FailureReason; case and white space do not matter. */
    reasonPrefix: z
      .string()
      .max(256, 'takes at most 256 characters')
      .refine((text) => text.trim() !== '', 'must not be empty: every reason begins with nothing')
      .optional(),
    /** Of the training container, or of the script that AWS's training toolkit runs in it. */
    exitCode: z.int().min(1, 'must be 1 to 255: a job that ends with 0 has not failed').max(255).optional(),
    class: z.enum(USER_RULE_CLASSES, {
      error: `must be one of ${USER_RULE_CLASSES.join(', ')}; the other classes are told by statuses and calls, not by what a script says`,
    }),
    explanation: z.string().min(1).max(300).optional(),
  })
  .refine(
    ({ reasonPrefix, exitCode }) => reasonPrefix !== undefined || exitCode !== undefined,
    'needs a reasonPrefix, an exitCode or both: say which failures it is about',
  );
export type UserFailureRule = z.infer<typeof UserFailureRule>;

export const UserFailureRules = z
  .array(UserFailureRule)
  .max(USER_RULES_MAX, `takes at most ${USER_RULES_MAX} rules: a shorter prefix covers several texts`);

export interface UserRuleMatch {
  readonly id: string;
  readonly class: FailureClass;
  readonly explanation: string;
  readonly advice: string;
}

/** The first that matches; a rule with both a prefix and an exit code wants both. */
export function matchUserRule(rules: readonly UserFailureRule[], normalised: string): UserRuleMatch | undefined {
  const codes = exitCodesOf(normalised);
  const index = rules.findIndex(
    ({ reasonPrefix, exitCode }) =>
      (reasonPrefix === undefined || normalised.startsWith(normaliseReason(reasonPrefix))) &&
      (exitCode === undefined || codes.includes(exitCode)),
  );
  const rule = rules[index];
  if (rule === undefined) return undefined;
  return {
    id: `user-rule-${index + 1}`,
    class: rule.class,
    explanation:
      rule.explanation ?? `this pipeline's failureRules.${index} counts it as ${rule.class}: ${describe(rule)}`,
    advice: `read the job log from the end; failureRules.${index} of the pipeline decided the class`,
  };
}

function describe({ reasonPrefix, exitCode }: UserFailureRule): string {
  const parts = [
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(reasonPrefix === undefined ? [] : [`a reason that begins with "${reasonPrefix.trim()}"`]),
  ];
  return parts.join(' and ');
}
