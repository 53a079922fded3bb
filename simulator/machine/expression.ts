// Parsing one JSONata expression: its syntax, the references that Step Functions refuses, and the bounds that keep a
// runaway expression from hanging the simulation.

import { directOf, undecided } from './direct.ts';
import { bindFunctions, type FunctionSources, sourcesName } from './functions.ts';
import { type Json, type JsonObject, plainJson } from './json.ts';
import type { JsonataLibrary } from './jsonata-library.ts';
import { referenceProblems, type StatesMembers } from './references.ts';
import { isSyntaxNode, nodesOf, type SyntaxNode } from './syntax-tree.ts';

/** What an evaluation sees. */
export interface ExpressionData extends FunctionSources {
  readonly variables: JsonObject;
  /** What `$states` holds in this field, but for its context. */
  readonly states: JsonObject;
  readonly context: () => JsonObject;
}

export interface Expression {
  /** The text between the delimiters, as messages quote it. */
  readonly source: string;
  /** Where it stands in its state, as messages name it: `Output/a/b`, `Choices[1]/Condition`. */
  readonly field: string;
  /** JSON or nothing where it can be told at once; otherwise undecided, and only the library knows. */
  evaluateDirectly(data: ExpressionData): Json | undefined | typeof undecided;
  /** Whatever the library gives: also functions, and arrays with its marks. */
  evaluate(data: ExpressionData): Promise<unknown>;
}

// The service bounds time and memory; counted steps and depth are the deterministic stand-in.
const stepCountMax = 250_000;
const depthMax = 2_000;

export function parseExpression(
  source: string,
  field: string,
  members: StatesMembers,
  library: JsonataLibrary,
): { readonly expression: Expression; readonly problems: readonly string[] } {
  const { tree, problems, evaluateDirectly, evaluate } = readOnce(source, library);
  return {
    expression: { source, field, evaluateDirectly, evaluate },
    problems: [...referenceProblems(tree, members), ...problems],
  };
}

/** What an expression is, wherever it stands. */
interface ReadExpression extends Pick<Expression, 'evaluate' | 'evaluateDirectly'> {
  readonly tree: unknown;
  readonly problems: readonly string[];
}

/** Definitions repeat themselves, and a simulation of many worlds compiles the same one again and again. */
const readBefore = new WeakMap<JsonataLibrary, Map<string, ReadExpression>>();
const READ_MAX = 2_000;

function readOnce(source: string, library: JsonataLibrary): ReadExpression {
  const known = readBefore.get(library) ?? new Map<string, ReadExpression>();
  readBefore.set(library, known);
  const read = known.get(source) ?? readExpression(source, library);
  if (known.size >= READ_MAX) known.clear();
  known.set(source, read);
  return read;
}

function readExpression(source: string, library: JsonataLibrary): ReadExpression {
  let parsed = library(source);
  const tree = parsed.ast();
  const nodes = [...nodesOf(tree)];
  if (nodes.some(isRepeating)) {
    parsed = library(source, { stack: depthMax });
    parsed.assign(Symbol.for('jsonata.__evaluate_entry'), countStep);
  }
  bindFunctions(parsed);
  const writes = nodes.some(writesIntoData);
  return {
    tree,
    problems: newerSyntaxProblems(nodes),
    evaluateDirectly: directOf(tree) ?? (() => undecided),
    evaluate: ({ variables, states: { input = null, ...others }, context, millis, random }) => {
      const states = { input, context: context(), ...others };
      return parsed.evaluate(undefined, {
        ...(writes ? copyOf(variables) : variables),
        states: writes ? copyOf(states) : states,
        [sourcesName]: { millis, random, stepCount: 0 },
      });
    },
  };
}

// The library's own limit is one of wall time, which would make a run depend on the machine it runs on. Its hook costs a
// promise for each step, so it is left out where an expression has no part that could be evaluated again and again.
const repeatingTypes: readonly unknown[] = ['lambda', 'transform', 'sort', 'apply', 'partial', 'descendant'];

function isRepeating(node: SyntaxNode): boolean {
  if (repeatingTypes.includes(node.type) || node.value === '..') return true;
  if ('predicate' in node || 'stages' in node || 'group' in node) return true;
  const { steps } = node;
  return Array.isArray(steps) && steps.slice(1).some(({ type }: SyntaxNode) => type !== 'name');
}

function countStep(_node: unknown, _input: unknown, environment: { lookup(name: string): { stepCount: number } }) {
  const counter = environment.lookup(sourcesName);
  counter.stepCount += 1;
  if (counter.stepCount > stepCountMax) {
    throw new Error(`the expression took more than ${stepCountMax} evaluation steps`);
  }
}

/** Grouping an empty array and `[]` write into the array they are applied to, which may be the state's own input. */
function writesIntoData(node: SyntaxNode): boolean {
  return 'group' in node || 'keepSingletonArray' in node || 'keepArray' in node;
}

function copyOf(data: JsonObject): JsonObject {
  return plainJson(data) as JsonObject;
}

/** Operators that the library has learnt since the version Step Functions has, where they do not parse. */
function newerSyntaxProblems(nodes: readonly SyntaxNode[]): readonly string[] {
  return nodes.flatMap(({ type, condition, then }) => {
    if (type !== 'condition' || !isSyntaxNode(condition)) return [];
    // The library writes both as conditions: ?: with one part, and its position, in two places, ?? with a call that
    // stands nowhere.
    if (JSON.stringify(condition) === JSON.stringify(then))
      return ['?: came after JSONata 2.0.6, which Step Functions has: write a ? a : b'];
    const { procedure } = condition;
    const isMadeUp = isSyntaxNode(procedure) && procedure.value === 'exists' && procedure.position === undefined;
    return isMadeUp ? ['?? came after JSONata 2.0.6, which Step Functions has: write $exists(a) ? a : b'] : [];
  });
}
