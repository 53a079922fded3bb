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

// The service's names are case-sensitive; these are the only ones it knows, in the order in which it names them.
const hashAlgorithms: ReadonlyMap<string, string> = new Map([
  ['SHA-1', 'sha1'],
  ['SHA-384', 'sha384'],
  ['SHA-256', 'sha256'],
  ['SHA-512', 'sha512'],
  ['MD5', 'md5'],
]);
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

/**
 * One that the service adds. The library asks a signature before each call, with the arguments as they are written: a
 * missing one and an undefined one differ only there. The implementation must name its parameters, one by one, for the
 * library reads them where a function is applied in part.
 */
function added(types: Types, implementation: Implementation): object {
  return {
    _jsonata_function: true,
    implementation,
    signature: { validate: (values: Values) => checked(types, values) },
  };
}

const bound: Readonly<Record<string, unknown>> = {
  partition: added({ name: 'partition', parameters: ['array', 'number'] }, partition),
  range: added({ name: 'range', parameters: ['number', 'number', 'number'], required: 2 }, range),
  hash: added({ name: 'hash', parameters: ['string', 'string'], required: 1, check: checkAlgorithm }, hash),
  parse: added({ name: 'parse', parameters: ['string'] }, parse),
  random: added({ name: 'random', parameters: ['number'] }, function (seed) {
    return typeof seed === 'number' ? javaRandomDouble(seed) : sourcesOf(this).random();
  }),
  uuid: added({ name: 'uuid', parameters: [] }, function () {
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

type Values = readonly unknown[];

interface Types {
  readonly name: string;
  readonly parameters: readonly ('array' | 'number' | 'string')[];
  /** How many must be written, even if they come to nothing. */
  readonly required?: number;
  readonly check?: (values: Values) => void;
}

/** Undefined passes anywhere: only a value of another type, one too few or one too many is against the signature. */
function checked({ name, parameters, required = 0, check }: Types, values: Values): Values {
  for (const [index, type] of parameters.entries()) {
    const value = values[index];
    if (value === undefined) continue;
    if (type === 'array' && !Array.isArray(value)) throw new SignatureError('T0412', name, index + 1);
    if (type !== 'array' && typeof value !== type) throw new SignatureError('T0410', name, index + 1);
  }
  if (values.length < required) throw new SignatureError('T0410', name, values.length + 1);
  if (values.length > parameters.length) throw new SignatureError('T0410', name, parameters.length + 1);
  check?.(values);
  return values;
}

/** The library makes the sentence that it has for such an argument from these members. */
class SignatureError extends Error {
  readonly code: 'T0410' | 'T0412';
  readonly token: string;
  readonly index: number;

  constructor(code: 'T0410' | 'T0412', name: string, position: number) {
    super(`argument ${position} of ${name} is of the wrong type`);
    this.code = code;
    this.token = name;
    this.index = position;
  }
}

/** A value that has the right type and is wrong all the same. */
class ValueError extends Error {
  readonly code = 'D3137';
}

/** Without a size, one chunk. Measured, as are all edges of these functions: see docs/simulator-fidelity.md. */
function partition(items: unknown, size: unknown): unknown {
  if (!Array.isArray(items)) return undefined;
  if (typeof size !== 'number') return [items];
  const chunk = towardsZero(size);
  if (chunk < 0) throw new ValueError('Second argument must be zero or greater');
  if (chunk === 0 || items.length === 0) return undefined;
  const chunks: unknown[][] = [];
  for (let index = 0; index < items.length; index += chunk) chunks.push(items.slice(index, index + chunk));
  return chunks;
}

/** All three numbers are needed: without a step, or with one of 0, there is nothing. */
function range(from: unknown, to: unknown, by: unknown): unknown {
  if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number') return undefined;
  const [first, last, step] = [towardsZero(from), towardsZero(to), towardsZero(by)];
  if (step === 0) return undefined;
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > rangeLengthMax) throw new Error(memoryLimitExceeded);
  return sequence(Array.from({ length }, (_, index) => first + index * step));
}

function towardsZero(value: number): number {
  // Without the sum, -0.5 would become -0.
  return Math.trunc(value) + 0;
}

/** An algorithm that is not written gives nothing, while one that comes to nothing is an error. */
function checkAlgorithm(values: Values): void {
  if (values.length === 2 && values[0] !== undefined) algorithmOf(values[1]);
}

function algorithmOf(name: unknown): string {
  const text = typeof name === 'string' ? name : 'null';
  const algorithm = hashAlgorithms.get(text);
  if (algorithm !== undefined) return algorithm;
  throw new ValueError(`Hash algorithm '${text}' must be one of ${[...hashAlgorithms.keys()].join(', ')}`);
}

function hash(data: unknown, name: unknown): unknown {
  if (typeof data !== 'string' || name === undefined) return undefined;
  return createHash(algorithmOf(name)).update(data).digest('hex');
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ValueError('Invalid JSON');
  }
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
