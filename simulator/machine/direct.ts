// A short way for the expressions that machines are mostly made of: paths of names, comparisons, conditions, literal
// objects. The library evaluates every node of an expression in a promise of its own; what is understood here is done at
// once, without one. Whatever needs a rule that is not plainly the same in every version of the library (an array in the
// middle of a path, operands of other types, anything that would throw) is left undecided, and the library evaluates the
// whole expression instead. A property test compares both.

import { isJsonObject, type Json, type JsonObject, setMember } from './json.ts';
import { isSyntaxNode, type SyntaxNode } from './syntax-tree.ts';

export interface DirectData {
  /** What `$states` holds, but for its context. */
  readonly states: JsonObject;
  /** Put together only for an expression that asks for it. */
  readonly context: () => JsonObject;
  readonly variables: JsonObject;
}

export const undecided: unique symbol = Symbol('undecided');

type Value = Json | undefined | typeof undecided;

export type Direct = (data: DirectData) => Value;

/** Undefined when the expression has a part that is not understood here. */
export function directOf(node: unknown): Direct | undefined {
  // Bare $states is left to the library, as its context is made on demand.
  if (!isSyntaxNode(node) || (node.type === 'variable' && node.value === 'states')) return undefined;
  if (!isPlain(node)) return undefined;
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value':
      return literal(node);
    case 'variable':
      return variable(String(node.value));
    case 'path':
      return path(node);
    case 'binary':
      return binary(node);
    case 'condition':
      return condition(node);
    case 'block':
      return block(node);
    case 'unary':
      return node.value === '{' ? object(node) : array(node);
    case 'function':
      return call(node);
    default:
      return undefined;
  }
}

// A node with any other member means something more: a predicate, a grouping, a binding of the context.
const understood: Readonly<Record<string, readonly string[]>> = {
  string: ['type', 'value', 'position'],
  number: ['type', 'value', 'position'],
  value: ['type', 'value', 'position'],
  variable: ['type', 'value', 'position'],
  name: ['type', 'value', 'position'],
  path: ['type', 'steps'],
  binary: ['type', 'value', 'position', 'lhs', 'rhs'],
  condition: ['type', 'position', 'condition', 'then', 'else'],
  block: ['type', 'position', 'expressions'],
  unary: ['type', 'value', 'position', 'lhs', 'expressions'],
  function: ['type', 'value', 'position', 'arguments', 'procedure'],
};

function isPlain(node: SyntaxNode): boolean {
  const members = understood[node.type ?? ''];
  return members !== undefined && Object.keys(node).every((key) => members.includes(key) || node[key] === undefined);
}

function literal({ value }: SyntaxNode): Direct | undefined {
  if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return undefined;
  }
  return () => value;
}

/** A name that is not assigned may be a function, or nothing. */
function variable(name: string): Direct {
  return ({ variables }) => (Object.hasOwn(variables, name) ? variables[name] : undecided);
}

function path({ steps }: SyntaxNode): Direct | undefined {
  const [first, ...rest] = nodesIn(steps);
  const names = rest.map(({ value }) => value).filter((name) => typeof name === 'string');
  if (first?.type !== 'variable' || !rest.every((step) => step.type === 'name' && isPlain(step)) || names.length === 0)
    return undefined;
  if (first.value !== 'states') return walk(directOf(first), names);
  const [part, ...within] = names;
  if (part === 'context') return walk(({ context }) => context(), within);
  return walk(({ states }) => states, names);
}

function walk(root: Direct | undefined, names: readonly string[]): Direct | undefined {
  if (root === undefined) return undefined;
  return (data) => {
    let value = root(data);
    for (const name of names) {
      if (value === undecided || value === undefined) return value;
      value = member(value, name);
    }
    return value;
  };
}

/** A step over an array means its items, one by one: for the library. */
function member(value: Json, name: string): Value {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!isJsonObject(value)) return undecided;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function binary({ value: operator, lhs, rhs }: SyntaxNode): Direct | undefined {
  const left = directOf(lhs);
  const right = directOf(rhs);
  const operate = typeof operator === 'string' ? operators[operator] : undefined;
  if (left === undefined || right === undefined || operate === undefined) return undefined;
  return (data) => {
    const one = left(data);
    if (one === undecided) return undecided;
    const other = right(data);
    return other === undecided ? undecided : operate(one, other);
  };
}

type Operator = (one: Json | undefined, other: Json | undefined) => Value;

// `and` and `or` evaluate both sides here: only when the right one is certain not to fail is skipping it the same.
const operators: Readonly<Record<string, Operator>> = {
  '=': (one, other) => same(one, other, true),
  '!=': (one, other) => same(one, other, false),
  '<': (one, other) => compare(one, other, (order) => order < 0),
  '<=': (one, other) => compare(one, other, (order) => order <= 0),
  '>': (one, other) => compare(one, other, (order) => order > 0),
  '>=': (one, other) => compare(one, other, (order) => order >= 0),
  '+': (one, other) => calculate(one, other, (a, b) => a + b),
  '-': (one, other) => calculate(one, other, (a, b) => a - b),
  '*': (one, other) => calculate(one, other, (a, b) => a * b),
  '/': (one, other) => calculate(one, other, (a, b) => a / b),
  '%': (one, other) => calculate(one, other, (a, b) => a % b),
  '&': (one, other) => (typeof one === 'string' && typeof other === 'string' ? one + other : undecided),
  and: (one, other) => both(one, other, (a, b) => a && b),
  or: (one, other) => both(one, other, (a, b) => a || b),
};

/** Nothing is neither equal nor unequal to anything. */
function same(one: Json | undefined, other: Json | undefined, wanted: boolean): Value {
  if (one === undefined || other === undefined) return false;
  if (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null) return undecided;
  return (one === other) === wanted;
}

function compare(one: Json | undefined, other: Json | undefined, holds: (order: number) => boolean): Value {
  if (typeof one === 'number' && typeof other === 'number') return holds(one - other);
  if (typeof one === 'string' && typeof other === 'string') return holds(one < other ? -1 : Number(one > other));
  return undecided;
}

function calculate(one: Json | undefined, other: Json | undefined, apply: (a: number, b: number) => number): Value {
  if (typeof one !== 'number' || typeof other !== 'number') return undecided;
  const result = apply(one, other);
  return Number.isFinite(result) ? result : undecided;
}

function both(one: Json | undefined, other: Json | undefined, apply: (a: boolean, b: boolean) => boolean): Value {
  const first = truth(one);
  const second = truth(other);
  return first === undecided || second === undecided ? undecided : apply(first, second);
}

function truth(value: Json | undefined): boolean | typeof undecided {
  return typeof value === 'object' && value !== null ? undecided : Boolean(value);
}

function condition(node: SyntaxNode): Direct | undefined {
  const test = directOf(node['condition']);
  const yes = directOf(node['then']);
  const no = node['else'] === undefined ? (): Value => undefined : directOf(node['else']);
  if (test === undefined || yes === undefined || no === undefined) return undefined;
  return (data) => {
    const value = test(data);
    const holds = value === undecided ? undecided : truth(value);
    if (holds === undecided) return undecided;
    return holds ? yes(data) : no(data);
  };
}

/** Parentheses around one expression; several in a row usually assign. */
function block({ expressions }: SyntaxNode): Direct | undefined {
  return Array.isArray(expressions) && expressions.length === 1 ? directOf(expressions[0]) : undefined;
}

function array({ value, expressions }: SyntaxNode): Direct | undefined {
  const parts = value === '[' ? nodesIn(expressions) : [];
  const items = parts.map(directOf);
  if (value !== '[' || !items.every((item) => item !== undefined)) return undefined;
  // An array within an array constructor is spliced in, unless it is written there as an array itself.
  const asOne = parts.map((part) => part.value === '[');
  return (data) => {
    const list: Json[] = [];
    for (const [index, item] of items.entries()) {
      const found = item(data);
      if (found === undecided) return undecided;
      if (Array.isArray(found) && asOne[index] !== true) list.push(...found);
      else if (found !== undefined) list.push(found);
    }
    return list;
  };
}

function object({ lhs }: SyntaxNode): Direct | undefined {
  const pairs = (Array.isArray(lhs) ? lhs : []).map(pairOf);
  if (!Array.isArray(lhs) || !pairs.every((pair) => pair !== undefined)) return undefined;
  if (new Set(pairs.map(({ key }) => key)).size < pairs.length) return undefined;
  return (data) => {
    const result: Record<string, Json> = {};
    for (const { key, value } of pairs) {
      const found = value(data);
      if (found === undecided) return undecided;
      if (found !== undefined) setMember(result, key, found);
    }
    return result;
  };
}

function pairOf(pair: unknown): { readonly key: string; readonly value: Direct } | undefined {
  const [name, part] = nodesIn(pair);
  const value = directOf(part);
  const key = name?.type === 'string' && directOf(name) !== undefined ? name.value : undefined;
  // The library reserves names that begin like this for itself.
  if (typeof key !== 'string' || key.startsWith('_jsonata') || value === undefined) return undefined;
  return { key, value };
}

const functions: Readonly<Record<string, (argument: Json | undefined) => Value>> = {
  exists: (argument) => argument !== undefined,
  not: (argument) => (typeof argument === 'boolean' ? !argument : undecided),
  count: (argument) => (Array.isArray(argument) ? argument.length : undecided),
};

function call(node: SyntaxNode): Direct | undefined {
  const [procedure, argument, ...more] = nodesIn([node['procedure'], ...nodesIn(node['arguments'])]);
  const name = procedure?.type === 'variable' ? String(procedure.value) : '';
  const apply = Object.hasOwn(functions, name) ? functions[name] : undefined;
  const given = directOf(argument);
  if (apply === undefined || given === undefined || more.length > 0) return undefined;
  return (data) => {
    if (Object.hasOwn(data.variables, name)) return undecided;
    const value = given(data);
    return value === undecided ? undecided : apply(value);
  };
}

function nodesIn(parts: unknown): readonly SyntaxNode[] {
  return Array.isArray(parts) ? parts.filter(isSyntaxNode) : [];
}
