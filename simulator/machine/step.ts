// What running a state leads to. A blocked branch has handed its continuation to the clock or to an integration.

import type { Failure } from './errors.ts';
import type { Json } from './json.ts';

export type Step =
  | { readonly kind: 'blocked' }
  | { readonly kind: 'next'; readonly state: string; readonly input: Json }
  | { readonly kind: 'succeeded'; readonly output: Json }
  | { readonly kind: 'failed'; readonly failure: Failure };

export const blocked: Step = { kind: 'blocked' };
