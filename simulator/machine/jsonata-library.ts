// What the machine needs of a JSONata library, so that a definition can be compiled against another version of it. The
// published types leave out the hooks, which are looked up by symbol.

import jsonata from 'jsonata';

interface ParsedExpression {
  evaluate(input: undefined, bindings: Record<string, unknown>): Promise<unknown>;
  /** Binds for every evaluation, beneath the bindings of each. */
  assign(name: string | symbol, value: unknown): void;
  ast(): unknown;
}

export type JsonataLibrary = (source: string, options?: { readonly stack?: number }) => ParsedExpression;

export const defaultLibrary: JsonataLibrary = (source, options) => {
  const parsed: object = jsonata(source, options);
  return parsed as ParsedExpression;
};
