// A function between its contracts: nothing unchecked comes in, nothing unchecked goes out to a Choice or a Wait.
import type * as z from 'zod';
import { formatProblem } from '../domain/errors.ts';
import { problemsOf } from '../domain/problems.ts';

/** Retrying cannot mend it; the name is stable, so that a Retry could leave it out. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
}

export type LambdaFunction<Output> = (event: unknown) => Promise<Output>;

/** Curried, so that the contract's types are settled before the body is read. */
export function defineFunction<I extends z.ZodType, O extends z.ZodType>(
  name: string,
  contract: { readonly input: I; readonly output: O },
) {
  return (body: (input: z.output<I>) => Promise<z.input<O>>): LambdaFunction<z.output<O>> =>
    async (event) =>
      parse(`${name} output`, contract.output, await body(parse(`${name} input`, contract.input, event)));
}

function parse<T extends z.ZodType>(what: string, schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ContractViolation(`${what}: ${problemsOf(result.error, value).map(formatProblem).join('; ')}`);
}
