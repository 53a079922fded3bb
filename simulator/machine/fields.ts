// The fields of one JSON object of a definition, once its schema has been applied. What the schema refused is noted and
// taken for absent, and reading goes on, so that a user sees all problems at once.

import type * as z from 'zod';
import { undecided } from './direct.ts';
import { type DefinitionProblem, messageOf } from './errors.ts';
import { type Expression, parseExpression } from './expression.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import type { JsonataLibrary } from './jsonata-library.ts';
import type { StatesMembers } from './references.ts';
import { pointerTo, schemaProblems } from './schema-problems.ts';
import { type Template, templateOf } from './template.ts';

const inputOnly: StatesMembers = { result: false, errorOutput: false };

/** What the reading of a definition shares from its top to its leaves. */
export interface Reading {
  readonly problems: DefinitionProblem[];
  readonly jsonata: JsonataLibrary;
}

type NameOf<Definition> = keyof Definition & string;
type ItemOf<List> = NonNullable<List> extends readonly (infer Item extends object)[] ? Item : never;

interface Place {
  /** JSON pointer to this object. */
  readonly location: string;
  /** The same place as messages at run time name it, relative to the state: `Choices[1]/`. */
  readonly prefix: string;
  /** Where the schema found something wrong. */
  readonly wrong: readonly string[];
}

export class Fields<Definition extends object> {
  readonly location: string;
  readonly #object: JsonObject;
  readonly #place: Place;
  readonly #reading: Reading;

  static read<Definition extends object>(
    schema: z.ZodType<Definition>,
    value: Json | undefined,
    location: string,
    reading: Reading,
  ): Fields<Definition> {
    const problems = schemaProblems(schema, value, location);
    reading.problems.push(...problems);
    return new Fields(value, { location, prefix: '', wrong: problems.map((problem) => problem.location) }, reading);
  }

  private constructor(value: Json | undefined, place: Place, reading: Reading) {
    this.location = place.location;
    this.#object = value !== undefined && isJsonObject(value) ? value : {};
    this.#place = place;
    this.#reading = reading;
  }

  /** Whether the field is given at all, rightly or wrongly. */
  has(name: NameOf<Definition>): boolean {
    return Object.hasOwn(this.#object, name);
  }

  /** The value of a field without parts of its own; undefined also when it is wrong, which has been noted. */
  get<Name extends NameOf<Definition>>(name: Name): Definition[Name] | undefined {
    // The schema has vouched for the type of every value that it found nothing wrong with.
    return this.#right(name) as Definition[Name] | undefined;
  }

  object<Name extends NameOf<Definition>>(name: Name): Fields<NonNullable<Definition[Name]> & object> | undefined {
    const value = this.has(name) ? this.#object[name] : undefined;
    return value === undefined || !isJsonObject(value) ? undefined : this.#part(value, name, name);
  }

  list<Name extends NameOf<Definition>>(name: Name): readonly Fields<ItemOf<Definition[Name]>>[] {
    const value = this.has(name) ? this.#object[name] : undefined;
    if (value === undefined || !isJsonArray(value)) return [];
    return value.map((item, index) => this.#part(item, `${name}/${index}`, `${name}[${index}]`));
  }

  template(name: NameOf<Definition>, members: StatesMembers = inputOnly): Template | undefined {
    const value = this.#right(name);
    if (value === undefined) return undefined;
    const parse = (source: string, field: string): Expression => this.#parse(name, source, field, members);
    return templateOf(value, `${this.#place.prefix}${name}`, parse);
  }

  problem(path: string | readonly string[], message: string): void {
    const keys = typeof path === 'string' ? [path] : path;
    this.#reading.problems.push({ location: pointerTo(this.location, keys), message });
  }

  #right(name: string): Json | undefined {
    if (!Object.hasOwn(this.#object, name)) return undefined;
    const { wrong } = this.#place;
    if (wrong.length > 0) {
      const at = pointerTo(this.location, [name]);
      if (wrong.some((place) => place === at || place.startsWith(`${at}/`))) return undefined;
    }
    return this.#object[name];
  }

  #part<Part extends object>(value: Json, pointer: string, field: string): Fields<Part> {
    const { prefix, wrong } = this.#place;
    const place = { location: `${this.location}/${pointer}`, prefix: `${prefix}${field}/`, wrong };
    return new Fields<Part>(value, place, this.#reading);
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
}

/** The library counts the characters it has read; what it stumbled over ends there. */
function positionOf(error: unknown): string {
  const position = typeof error === 'object' && error !== null && 'position' in error ? error.position : undefined;
  return typeof position === 'number' ? ` (at position ${position})` : '';
}
