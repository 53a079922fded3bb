// What a pipeline says of its own failures, for a question about them: out of a file, or out of the definition that an
// execution runs, where the pipeline stands as a literal.
import * as z from 'zod';
import { CapacityLadder } from '../../domain/capacity.ts';
import { formatProblem } from '../../domain/errors.ts';
import { UserFailureRule, UserFailureRules } from '../../domain/failure-user-rules.ts';
import { problemsOf } from '../../domain/problems.ts';
import { UsageError } from '../exit-codes.ts';

export interface OwnPipeline {
  readonly capacity: z.infer<typeof CapacityLadder>;
  readonly failureRules: z.infer<typeof UserFailureRules>;
}

const FIELDS = Object.keys(UserFailureRule.shape).join(', ');

/** A list of rules, or a pipeline (any object) that holds them as `failureRules`. */
export function parseRules(file: string, value: unknown): z.infer<typeof UserFailureRules> {
  const isList = Array.isArray(value);
  const holder = z.looseObject({ failureRules: z.unknown() }).safeParse(value);
  const rules = isList ? value : holder.data?.failureRules;
  if (rules === undefined) {
    throw new UsageError(
      `--rules: ${file} holds no rules: pass a list such as [{"exitCode":75,"class":"Internal"}], or an object with failureRules`,
    );
  }
  const parsed = UserFailureRules.safeParse(rules);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, rules).map(({ field, value: got, message }) =>
    formatProblem({
      field: field === 'input' ? 'failureRules' : `failureRules.${field}`,
      value: got,
      message: message === 'is not a known field' ? `${message}; a rule has ${FIELDS}` : message,
    }),
  );
  throw new UsageError(`--rules: ${file}: ${problems.join('; ')}`);
}

const Definition = z.looseObject({
  States: z.looseObject({
    AcceptRun: z.looseObject({
      Arguments: z.looseObject({
        Payload: z.looseObject({
          pipeline: z.looseObject({ capacity: CapacityLadder, failureRules: UserFailureRules.default([]) }),
        }),
      }),
    }),
  }),
});

/** Undefined for a state machine that is none of ours, or of a version whose rules mean something else. */
export function pipelineInDefinition(definition: unknown): OwnPipeline | undefined {
  const parsed = Definition.safeParse(definition);
  if (!parsed.success) return undefined;
  const { capacity, failureRules } = parsed.data.States.AcceptRun.Arguments.Payload.pipeline;
  return { capacity, failureRules };
}
