// Reading the fields of one JSON object of a definition. Every mistake is noted with its place and the way out, and
// reading goes on, so that a user sees all problems at once.

import { type DefinitionProblem, messageOf } from './errors.ts';
import { undecided } from './direct.ts';
import { type Expression, parseExpression } from './expression.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import type { StatesMembers } from './references.ts';
import { jsonPathFields } from './supported.ts';
import type { JsonataLibrary } from './jsonata-library.ts';
import { expressionSource, type Template, templateOf } from './template.ts';

const inputOnly: StatesMembers = { result: false, errorOutput: false };

export interface NumberRule {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** What the reading of a definition shares from its top to its leaves. */
export interface Reading {
  readonly problems: DefinitionProblem[];
  readonly jsonata: JsonataLibrary;
}

export class Fields {
  /** JSON pointer to this object. */
  readonly location: string;
  /** The same place as messages at run time name it, relative to the state: `Choices[1]/`. */
  readonly #prefix: string;
  readonly #object: JsonObject;
  readonly #reading: Reading;

  constructor(value: Json | undefined, location: string, prefix: string, reading: Reading) {
    this.location = location;
    this.#prefix = prefix;
    this.#reading = reading;
    this.#object = value !== undefined && isJsonObject(value) ? value : {};
    if (value === undefined || !isJsonObject(value)) this.#note('', `must be an object, got ${shown(value)}`);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  get names(): readonly string[] {
    return Object.keys(this.#object);
  }

  get(name: string): Json | undefined {
    return this.has(name) ? this.#object[name] : undefined;
  }

  problem(name: string, message: string): void {
    this.#note(`/${escapePointer(name)}`, message);
  }

  allowOnly(allowed: readonly string[]): void {
    for (const name of this.names) {
      if (allowed.includes(name)) continue;
      const replacement = jsonPathFields[name];
      if (replacement === undefined) {
        this.problem(name, `is not interpreted here; remove it (known: ${allowed.join(', ')})`);
      } else {
        this.problem(name, `belongs to JSONPath, and only JSONata is interpreted: use ${replacement}`);
      }
    }
  }

  object(name: string): Fields {
    if (!this.has(name)) this.problem(name, 'is required');
    return this.#child(this.get(name) ?? {}, name, name);
  }

  optionalObject(name: string): Fields | undefined {
    return this.has(name) ? this.#child(this.get(name), name, name) : undefined;
  }

  objects(name: string): readonly Fields[] {
    const value = this.get(name) ?? [];
    if (!isJsonArray(value)) {
      this.problem(name, `must be an array, got ${shown(value)}`);
      return [];
    }
    return value.map((item, index) => this.#child(item, `${name}/${index}`, `${name}[${index}]`));
  }

  string(name: string): string {
    if (!this.has(name)) this.problem(name, 'is required');
    return this.optionalString(name) ?? '';
  }

  optionalString(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    this.problem(name, `must be a string, got ${shown(value)}`);
    return undefined;
  }

  strings(name: string): readonly string[] {
    const value = this.get(name);
    if (value !== undefined && isJsonArray(value) && value.length > 0 && value.every(isString)) return value;
    this.problem(name, `must be a non-empty array of strings, got ${shown(value)}`);
    return [];
  }

  oneOf<Name extends string>(name: string, allowed: readonly Name[], fallback: Name): Name {
    const value = this.get(name);
    if (value === undefined) return fallback;
    const found = allowed.find((one) => one === value);
    if (found === undefined) this.problem(name, `must be ${allowed.join(' or ')}, got ${shown(value)}`);
    return found ?? fallback;
  }

  number(name: string, fallback: number, rule: NumberRule): number {
    const value = this.get(name);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && fits(value, rule)) return value;
    this.problem(name, `must be ${ruleText(rule)} and cannot be an expression, got ${shown(value)}`);
    return fallback;
  }

  /** A number or an expression that yields one. */
  numberTemplate(name: string, rule: NumberRule): Template | undefined {
    const value = this.get(name);
    const plain = value !== undefined && (typeof value !== 'string' || expressionSource(value) === undefined);
    if (plain && !(typeof value === 'number' && fits(value, rule))) {
      this.problem(name, `must be ${ruleText(rule)}, or an expression in {% %}, got ${shown(value)}`);
      return undefined;
    }
    return this.template(name);
  }

  /** A string or an expression that yields one. */
  stringTemplate(name: string): Template | undefined {
    const value = this.optionalString(name);
    return value === undefined ? undefined : this.template(name);
  }

  template(name: string, members: StatesMembers = inputOnly): Template | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const parse = (source: string, field: string): Expression => this.#parse(name, source, field, members);
    return templateOf(value, `${this.#prefix}${name}`, parse);
  }

  #parse(name: string, source: string, field: string, members: StatesMembers): Expression {
    try {
      const { expression, problems } = parseExpression(source, field, members, this.#reading.jsonata);
      for (const problem of problems) this.problem(name, `${field}: ${problem}`);
      return expression;
    } catch (error) {
      const what = `${field}: ${JSON.stringify(source)} is not a JSONata expression`;
      this.problem(name, `${what}: ${messageOf(error)}${positionOf(error)}`);
      return { source, field, evaluateDirectly: () => undecided, evaluate: () => Promise.resolve(undefined) };
    }
  }

  #child(value: Json | undefined, pointer: string, field: string): Fields {
    return new Fields(value, `${this.location}/${pointer}`, `${this.#prefix}${field}/`, this.#reading);
  }

  #note(pointer: string, message: string): void {
    this.#reading.problems.push({ location: `${this.location}${pointer}` || '/', message });
  }
}

/** The library counts the characters it has read; what it stumbled over ends there. */
function positionOf(error: unknown): string {
  const position = typeof error === 'object' && error !== null && 'position' in error ? error.position : undefined;
  return typeof position === 'number' ? ` (at position ${position})` : '';
}

export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isString(value: Json): value is string {
  return typeof value === 'string';
}

function fits(value: number, { min = -Infinity, max = Infinity, integer = false }: NumberRule): boolean {
  return value >= min && value <= max && (!integer || Number.isInteger(value));
}

function ruleText({ min, max, integer }: NumberRule): string {
  const kind = integer ? 'an integer' : 'a number';
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  return min === undefined ? kind : `${kind} of at least ${min}`;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
