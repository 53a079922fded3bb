// Runs one recorded case of the ASL conformance collection against the interpreter and tells what differs, by level:
// 1 status, error name and output; 2 requests of the calls, types of the history, what a state test inspects and where a
// definition is wrong; 3 cause text.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import documented from 'jsonata-2.0.6';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import {
  compile,
  type CompileOptions,
  DefinitionError,
  type Execution,
  type Integration,
  type Json,
  type JsonataLibrary,
  startExecution,
  type TaskCall,
  type TaskFailure,
} from '../../simulator/machine/index.ts';
import type { JsonObject } from '../../simulator/machine/json.ts';
import { type StateTest, testState } from '../../simulator/testing/test-state.ts';

/** The version that AWS documents. */
export const documentedLibrary: JsonataLibrary = (source) => {
  const parsed: object = documented(source);
  return parsed as ReturnType<JsonataLibrary>;
};

interface RecordedCall {
  readonly state: string;
  readonly request?: Json;
  readonly submitted?: Json;
  readonly result?: Json;
  readonly error?: TaskFailure;
  readonly timeout?: { readonly error: string };
  readonly echo?: boolean;
  readonly repeat?: boolean;
}

export interface ConformanceCase {
  readonly id: string;
  readonly kind: string;
  readonly queryLanguage: string;
  readonly definition: unknown;
  readonly input: Json;
  /** Of a `validate` case. */
  readonly type?: 'EXPRESS' | 'STANDARD';
  readonly stateName?: string;
  readonly variables?: JsonObject;
  readonly context?: JsonObject;
  readonly mock?: {
    readonly result?: string;
    readonly errorOutput?: { readonly error?: string; readonly cause?: string };
  };
  readonly stateConfiguration?: {
    readonly retrierRetryCount?: number;
    readonly mapIterationFailureCount?: number;
  };
  readonly mocks: {
    readonly calls: readonly RecordedCall[];
    readonly s3?: readonly { readonly Bucket: string; readonly Key: string; readonly Body: string }[];
  };
  readonly expected: {
    readonly status?: string;
    readonly output?: Json;
    readonly error?: string;
    readonly cause?: string;
    readonly cause_json?: Json;
    readonly history?: readonly { readonly id: number; readonly prev: number; readonly type: string }[];
    readonly history_order?: 'not recorded' | 'partial' | 'racy' | 'total';
    readonly nextState?: string;
    readonly inspection?: JsonObject;
    /** Of a definition that was refused: ends with its place. */
    readonly message?: string;
    readonly result?: 'FAIL' | 'OK';
    readonly diagnostics?: readonly { readonly location?: string; readonly severity?: string }[];
  };
  readonly wildcards: readonly string[];
}

export interface Difference {
  readonly level: 1 | 2 | 3;
  readonly what: string;
}

/** The cases of a folder, which holds them itself or in `cases`; undefined when there is no such folder. */
export function readConformanceCases(folder: string): readonly ConformanceCase[] | undefined {
  const inner = join(folder, 'cases');
  const place = existsSync(inner) ? inner : folder;
  if (!existsSync(place) || !statSync(place).isDirectory()) return undefined;
  const names = readdirSync(place).filter((name) => name.endsWith('.json') && name !== 'index.json');
  return names.toSorted().flatMap((name) => {
    const found: unknown = JSON.parse(readFileSync(join(place, name), 'utf8'));
    return isCase(found) ? [found] : [];
  });
}

function isCase(found: unknown): found is ConformanceCase {
  return typeof found === 'object' && found !== null && 'kind' in found && 'definition' in found && 'expected' in found;
}

/** The shared collection beside the project, or undefined where it was not laid out. */
export function findConformanceFolder(): string | undefined {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const place = join(folder, 'shared', 'data', 'asl-conformance');
    if (existsSync(place)) return place;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Why a case is no question to this interpreter; undefined when it is one. */
export function skipReason(recorded: ConformanceCase): string | undefined {
  const { kind, queryLanguage, type } = recorded;
  if (!['definition_error', 'execution', 'test_state', 'validate'].includes(kind)) return `the kind ${kind}`;
  const language = kind === 'test_state' ? languageOfState(recorded) : queryLanguage;
  if (language !== 'JSONata') return `${kind} in ${language}`;
  return type === 'EXPRESS' ? 'Express machines' : undefined;
}

/** A state test needs one state only, and that one may be in JSONata although its machine is not. */
function languageOfState({ definition, stateName = '' }: ConformanceCase): string {
  const machine = definition as JsonObject;
  const states = (machine['States'] ?? {}) as JsonObject;
  const state = (states[stateName] ?? machine) as JsonObject;
  const language = state['QueryLanguage'] ?? machine['QueryLanguage'];
  return typeof language === 'string' ? language : 'JSONPath';
}

export async function runConformanceCase(
  recorded: ConformanceCase,
  options: CompileOptions = {},
): Promise<readonly Difference[]> {
  switch (recorded.kind) {
    case 'definition_error':
    case 'validate':
      return definitionDifferences(recorded, options);
    case 'test_state':
      return await stateTestDifferences(recorded, options);
    default:
      return await executionDifferences(recorded, options);
  }
}

async function executionDifferences(
  recorded: ConformanceCase,
  options: CompileOptions,
): Promise<readonly Difference[]> {
  const clock = new VirtualClock();
  const requests: Difference[] = [];
  const execution = startExecution({
    machine: compile(recorded.definition, options),
    clock,
    integrations: { '*': recordedCalls(recorded, requests) },
    input: recorded.input,
    name: 'conformance',
    stateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:Machine',
    roleArn: 'snf_role_arn',
    seed: 1,
    readObject: (bucket, key) => objectOf(recorded, bucket, key),
    writeObject: () => {},
  });
  await clock.run();
  return [...outcomeDifferences(recorded, execution), ...requests, ...historyDifferences(recorded, execution)];
}

function definitionDifferences(
  { definition, expected }: ConformanceCase,
  options: CompileOptions,
): readonly Difference[] {
  const locations = problemLocations(definition, options);
  const errors = expected.diagnostics?.filter(({ severity = 'ERROR' }) => severity === 'ERROR') ?? [];
  const refused = expected.result === undefined ? expected.status === 'INVALID_DEFINITION' : expected.result === 'FAIL';
  if (refused !== locations.length > 0) {
    return [
      { level: 1, what: refused ? 'accepted a definition that is refused' : `refused at ${locations.join(', ')}` },
    ];
  }
  const [, inMessage] = / at (\/\S*?)'?$/.exec(expected.message ?? '') ?? [];
  const wanted = [...errors.flatMap(({ location }) => location ?? []), ...(inMessage === undefined ? [] : [inMessage])];
  const missing = wanted.filter((place) => !locations.some((location) => isNear(place, location)));
  return missing.map((place) => ({ level: 2, what: `problem at ${locations.join(', ')} instead of ${place}` }));
}

function problemLocations(definition: unknown, options: CompileOptions): readonly string[] {
  try {
    compile(definition, options);
    return [];
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems.map(({ location }) => location);
    throw error;
  }
}

/** The service points at an object that lacks a field, this interpreter at the field. */
function isNear(place: string, location: string): boolean {
  return location === place || location.slice(0, location.lastIndexOf('/')) === place.replace(/^\/$/, '');
}

async function stateTestDifferences(
  recorded: ConformanceCase,
  options: CompileOptions,
): Promise<readonly Difference[]> {
  const { definition, input, stateName, variables, context, mock, stateConfiguration } = recorded;
  const given = { stateName, variables, context, mock, stateConfiguration };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const tested = await testState(definition as JsonObject, { ...options, input, ...present });
  const { expected, wildcards } = recorded;
  const differences = [...outcomeDifferences({ expected, wildcards }, tested)];
  if (tested.nextState !== expected.nextState) {
    differences.push({ level: 1, what: `next state ${tested.nextState} instead of ${expected.nextState}` });
  }
  return [...differences, ...inspectionDifferences(expected.inspection ?? {}, tested, wildcards)];
}

/** Only what a state test here tells at all; the service's inspection holds further stages of the data. */
function inspectionDifferences(
  wanted: JsonObject,
  { inspection }: StateTest,
  wildcards: readonly string[],
): readonly Difference[] {
  const found = new Map(Object.entries(inspection));
  const members = Object.entries(wanted).filter(([name]) => found.has(name));
  const different = members.filter(([name, part]) => !sameJson(part, found.get(name), wildcards));
  return different.map(([name, part]) => ({
    level: 2,
    what: `${name} ${text(found.get(name))} instead of ${text(part)}`,
  }));
}

function recordedCalls({ mocks, wildcards }: ConformanceCase, differences: Difference[]): Integration {
  const left = [...mocks.calls];
  return (call) => {
    // Calls of concurrent iterations come in any order, so one with the same request is served first.
    const ofState = left.filter(({ state }) => state === call.state);
    const served = ofState.find(({ request }) => sameJson(request, call.arguments, wildcards)) ?? ofState[0];
    if (served === undefined) return call.fail({ error: 'NotRecorded', cause: `no call of ${call.state} is left` });
    if (served.repeat !== true) left.splice(left.indexOf(served), 1);
    if (served.request !== undefined && !sameJson(served.request, call.arguments, wildcards)) {
      differences.push({ level: 2, what: `request ${text(call.arguments)} instead of ${text(served.request)}` });
    }
    answer(served, call);
  };
}

function answer({ submitted, result, error, timeout, echo }: RecordedCall, call: TaskCall): void {
  const waits = /\.(sync|sync:2|waitForTaskToken)$/.test(call.resource);
  if (submitted !== undefined || (waits && error === undefined)) call.submitted(submitted);
  if (timeout !== undefined) return;
  if (error !== undefined) call.fail(error);
  else call.succeed(echo === true ? call.arguments : (result ?? null));
}

function objectOf({ mocks }: ConformanceCase, bucket: string, key: string): string {
  const found = mocks.s3?.find(({ Bucket, Key }) => Bucket === bucket && Key === key);
  if (found === undefined) throw new Error('no such object');
  return found.Body;
}

function outcomeDifferences(
  { expected, wildcards }: Pick<ConformanceCase, 'expected' | 'wildcards'>,
  outcome: Pick<Execution, 'cause' | 'error' | 'output'> & { readonly status: string },
): readonly Difference[] {
  const differences: Difference[] = [];
  const { status, error, cause, output } = outcome;
  if (status !== expected.status) differences.push({ level: 1, what: `${status} (${error}: ${cause})` });
  if (error !== expected.error) differences.push({ level: 1, what: `error ${error} instead of ${expected.error}` });
  if ('output' in expected && !sameJson(expected.output, output, wildcards)) {
    differences.push({ level: 1, what: `output ${text(output)} instead of ${text(expected.output)}` });
  }
  if (!sameCause({ expected, wildcards }, cause)) {
    differences.push({ level: 3, what: `cause ${cause} instead of ${expected.cause}` });
  }
  return differences;
}

function sameCause({ expected, wildcards }: Pick<ConformanceCase, 'expected' | 'wildcards'>, cause?: string): boolean {
  if ('cause_json' in expected) {
    return cause !== undefined && sameJson(expected.cause_json, parsedOr(cause), wildcards);
  }
  return expected.cause === undefined ? cause === undefined : sameJson(expected.cause, cause ?? '', wildcards);
}

/** A cause that should have been JSON and is not differs; it must not end the whole run. */
function parsedOr(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function historyDifferences({ expected }: ConformanceCase, { history }: Execution): readonly Difference[] {
  if (expected.history === undefined || expected.history_order === 'racy') return [];
  const wanted = expected.history.map(({ type }) => type);
  const found = history.map(({ type }) => type as string);
  if (expected.history_order === 'partial') {
    wanted.sort();
    found.sort();
  }
  if (wanted.join() === found.join()) return [];
  return [{ level: 2, what: `history ${found.join(' ')} instead of ${wanted.join(' ')}` }];
}

/** Numbers by value, keys in any order, arrays in order; a string of the wildcards matches what fits its pattern. */
function sameJson(wanted: Json | undefined, found: Json | undefined, wildcards: readonly string[]): boolean {
  if (typeof wanted === 'string' && wildcards.includes(wanted)) return fitsWildcard(wanted, found);
  if (wanted === found) return true;
  if (typeof wanted !== 'object' || typeof found !== 'object' || wanted === null || found === null) return false;
  if (Array.isArray(wanted) !== Array.isArray(found)) return false;
  const others = new Map(Object.entries(found));
  const members = Object.entries(wanted);
  if (members.length !== others.size) return false;
  return members.every(([key, part]) => others.has(key) && sameJson(part, others.get(key), wildcards));
}

function fitsWildcard(pattern: string, found: Json | undefined): boolean {
  if (typeof found !== 'string') return false;
  if (!pattern.includes('<')) return true;
  const parts = pattern.split(/<[^>]*>/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(found);
}

function text(value: Json | undefined): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 300 ? `${json.slice(0, 300)}...` : json;
}
