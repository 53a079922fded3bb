// Why an attempt ended badly, in twelve classes; each has its own retry budget (budget.ts).
import * as z from 'zod';

export const FailureClass = z.enum([
  'Capacity',
  'Interruption',
  'Quota',
  'Throttling',
  'Internal',
  'Timeout',
  'Algorithm',
  'Data',
  'Config',
  'Access',
  'Cancelled',
  'Unknown',
]);
export type FailureClass = z.infer<typeof FailureClass>;

export const Classification = z.object({
  class: FailureClass,
  /** Whether a further attempt is worth making at all; absent in what was written down before there was this field. */
  retryable: z.boolean().optional(),
  /** Stable id of the rule that decided. */
  rule: z.string(),
  /** The field that was read and the text found there, cut to 300 characters. */
  evidence: z.object({ field: z.string(), text: z.string() }),
  explanation: z.string(),
  advice: z.string(),
});
export type Classification = z.infer<typeof Classification>;

/** As the classifier gives it. */
export type JudgedFailure = Classification & { readonly retryable: boolean };
