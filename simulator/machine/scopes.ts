// Variables. A branch or iteration reads the scopes around it and writes only its own, which ends with it.

import type { Json, JsonObject } from './json.ts';

export class Scope {
  readonly #outer: Scope | undefined;
  #own: JsonObject = {};

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get variables(): JsonObject {
    return this.#outer === undefined ? this.#own : { ...this.#outer.variables, ...this.#own };
  }

  assign(values: { readonly [name: string]: Json }): void {
    this.#own = { ...this.#own, ...values };
  }
}
