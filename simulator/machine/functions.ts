// The functions that Step Functions adds to JSONata, and those of JSONata that would otherwise read the wall clock or
// unseeded chance. They stand over the frame in which the library keeps its own.

import { createHash } from 'node:crypto';
import type { Focus } from 'jsonata';
import { javaRandomDouble, type Random, randomUuid } from './random.ts';

/** What the functions draw on: the virtual clock and the seed of the run. */
export interface FunctionSources {
  /** Epoch milliseconds: one value for a whole evaluation, as in JSONata. */
  readonly millis: number;
  readonly random: Random;
}

/** The name under which an evaluation binds its sources; with the blank no expression can reach it. */
export const sourcesName = 'sources of this evaluation';

// The service's names are case-sensitive; these are the only ones it knows.
const hashAlgorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};
// One number more, and the service is out of memory.
const rangeLengthMax = 360_145;
const memoryLimitExceeded = 'Expression evaluation memory limit exceeded: Check for excessive memory usage';

/** Bound once to a parsed expression, beneath the variables of each evaluation. */
export function bindFunctions(parsed: { assign(name: string, value: unknown): void }): void {
  for (const [name, value] of Object.entries(bound)) parsed.assign(name, value);
}

type Implementation = (this: Focus, ...values: readonly unknown[]) => unknown;

/** The form in which the library keeps its own functions: only those are given their environment as `this`. */
function native(implementation: Implementation): object {
  return { _jsonata_function: true, implementation };
}

const bound: Readonly<Record<string, unknown>> = {
  partition: native(partition),
  range: native(range),
  hash: native(hash),
  parse: native((text) => (text === undefined ? undefined : parse(text))),
  random: native(function (seed) {
    return seed === undefined ? sourcesOf(this).random() : javaRandomDouble(numberOf('random', 'seed', seed));
  }),
  uuid: native(function () {
    return randomUuid(sourcesOf(this).random);
  }),
  millis: native(function () {
    return sourcesOf(this).millis;
  }),
  now: native(function (picture, timezone) {
    return formatMillis(this, sourcesOf(this).millis, picture, timezone);
  }),
  shuffle: native(function (items) {
    return items === undefined ? undefined : shuffle(listOf(items), sourcesOf(this).random);
  }),
  // Bound to nothing: calling it is then the error that the service reports.
  eval: undefined,
};

function sourcesOf({ environment }: Focus): FunctionSources {
  return environment.lookup(sourcesName);
}

function partition(items: unknown, size: unknown): unknown {
  if (items === undefined) return undefined;
  const list = listOf(items);
  const chunk = numberOf('partition', 'size', size);
  if (!Number.isInteger(chunk) || chunk < 1)
    throw new Error(`partition: size must be a positive integer, got ${chunk}`);
  const chunks: unknown[][] = [];
  for (let index = 0; index < list.length; index += chunk) chunks.push(list.slice(index, index + chunk));
  return chunks;
}

/**
 * All three numbers are needed: without a step, or with one of 0, there is nothing. Measured on the service with TestState,
 * as is the rounding towards zero: https://github.com/floci-io/floci/pull/2676
 */
function range(...numbers: readonly unknown[]): unknown {
  const [first, last, step] = numbers.map((value, index) => wholeNumber('range', index + 1, value));
  if (numbers.length < 2) throw new SignatureError('range', numbers.length + 1);
  if (numbers.length > 3) throw new SignatureError('range', 4);
  if (first === undefined || last === undefined || step === undefined || step === 0) return undefined;
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > rangeLengthMax) throw new Error(memoryLimitExceeded);
  return sequence(Array.from({ length }, (_, index) => first + index * step));
}

/** Undefined stays so: only a value of another type is against the signature of a function. */
function wholeNumber(name: string, position: number, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') throw new SignatureError(name, position);
  // Without the sum, -0.5 would become -0.
  return Math.trunc(value) + 0;
}

/** The library makes the sentence that it has for an argument of the wrong type from these members. */
class SignatureError extends Error {
  readonly code = 'T0410';
  readonly token: string;
  readonly index: number;

  constructor(name: string, position: number) {
    super(`argument ${position} of ${name} is of the wrong type`);
    this.token = name;
    this.index = position;
  }
}

function hash(data: unknown, algorithm: unknown): unknown {
  if (data === undefined) return undefined;
  const name = typeof algorithm === 'string' ? hashAlgorithms[algorithm] : undefined;
  if (name === undefined) {
    throw new Error(
      `hash: algorithm must be one of ${Object.keys(hashAlgorithms).join(', ')}, got ${String(algorithm)}`,
    );
  }
  return createHash(name)
    .update(typeof data === 'string' ? data : JSON.stringify(data))
    .digest('hex');
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') throw new Error(`parse: expected a string, got ${typeof text}`);
  return JSON.parse(text);
}

function shuffle(items: readonly unknown[], random: Random): unknown {
  const shuffled: unknown[] = [];
  for (const [index, item] of items.entries()) {
    const place = Math.floor(random() * (index + 1));
    if (place !== index) shuffled[index] = shuffled[place];
    shuffled[place] = item;
  }
  return sequence(shuffled);
}

interface LibraryFunction {
  implementation(...values: readonly unknown[]): unknown;
}

/** Delegates to the library's $fromMillis, which knows pictures and time zones. */
function formatMillis({ environment }: Focus, millis: number, picture: unknown, timezone: unknown): unknown {
  const fromMillis: LibraryFunction = environment.lookup('fromMillis');
  return fromMillis.implementation(millis, picture, timezone);
}

/** Marks a list as a JSONata sequence: one element collapses to itself, none to undefined. */
function sequence(items: unknown[]): unknown[] {
  return Object.defineProperty(items, 'sequence', { value: true, enumerable: false });
}

function listOf(items: unknown): readonly unknown[] {
  return Array.isArray(items) ? items : [items];
}

function numberOf(name: string, argument: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error(
    `${name}: ${argument} must be a number, got ${value === undefined ? 'nothing' : JSON.stringify(value)}`,
  );
}
