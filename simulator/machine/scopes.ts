// Variables. A branch or iteration reads the scopes around it and writes only its own, which ends with it.

import type { JsonObject } from './json.ts';

export class Scope {
  #variables: JsonObject;

  /** What the scopes around hold stays as it is while this one lives: their branch waits for it, and names differ. */
  constructor(outer?: Scope) {
    this.#variables = outer?.variables ?? {};
  }

  get variables(): JsonObject {
    return this.#variables;
  }

  assign(values: JsonObject): void {
    this.#variables = { ...this.#variables, ...values };
  }
}
