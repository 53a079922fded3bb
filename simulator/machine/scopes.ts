// Variables. A branch or iteration reads the scopes around it and writes only its own, which ends with it. All scopes of
// one execution share a limit, so each knows what its own variables weigh; they are weighed when they are assigned.

import { byteCount, type JsonObject } from './json.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
const variablesByteCountMax = 10 * 1024 * 1024;

export class Scope {
  #variables: JsonObject;
  /** Bytes by name. Made with the first variable: most branches assign none. */
  #own: Map<string, number> | undefined;
  #ended = false;
  readonly #total: { byteCount: number };

  /** What the scopes around hold stays as it is while this one lives: their branch waits for it, and names differ. */
  constructor(outer?: Scope) {
    this.#variables = outer?.variables ?? {};
    this.#total = outer === undefined ? { byteCount: 0 } : outer.#total;
  }

  get variables(): JsonObject {
    return this.#variables;
  }

  /** False, and nothing is assigned, when the execution would hold more than its limit. */
  assign(values: JsonObject): boolean {
    const own = this.#own ?? new Map<string, number>();
    const weighed = Object.entries(values).map(([name, value]) => [name, byteCount(value)] as const);
    const growth = weighed.reduce((sum, [name, bytes]) => sum + bytes - (own.get(name) ?? 0), 0);
    if (growth > 0 && this.#total.byteCount + growth > variablesByteCountMax) return false;
    for (const [name, bytes] of weighed) own.set(name, bytes);
    this.#own = own;
    this.#total.byteCount += growth;
    this.#variables = { ...this.#variables, ...values };
    return true;
  }

  /** Gives back what its variables weigh. */
  end(): void {
    if (this.#own === undefined || this.#ended) return;
    this.#ended = true;
    for (const bytes of this.#own.values()) this.#total.byteCount -= bytes;
  }

  /** A redriven branch has the variables that it had. */
  resume(): void {
    if (this.#own === undefined || !this.#ended) return;
    this.#ended = false;
    for (const bytes of this.#own.values()) this.#total.byteCount += bytes;
  }
}
