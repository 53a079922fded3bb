// Whom a role's trust policy lets in.
import * as z from 'zod';

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

const Statement = z.object({
  Effect: z.string(),
  Principal: z.union([z.string(), z.object({ Service: oneOrMany.optional() })]).optional(),
  Action: oneOrMany.optional(),
});

const Policy = z.object({
  Statement: z.union([Statement, z.array(Statement)]).transform((statements) => [statements].flat()),
});

/** Conditions are not weighed: a statement that has some may refuse all the same. */
export function trusts(policy: unknown, service: string): boolean {
  const parsed = Policy.safeParse(policy);
  if (!parsed.success) return false;
  return parsed.data.Statement.some(
    ({ Effect, Principal, Action }) =>
      Effect === 'Allow' &&
      (Principal === '*' || (typeof Principal === 'object' && Principal.Service?.includes(service) === true)) &&
      Action?.some((action) => /^(sts:assumerole|sts:\*|\*)$/i.test(action)) === true,
  );
}
