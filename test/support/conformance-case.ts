// Runs one recorded case of the ASL conformance collection against the interpreter and tells what differs, by level:
// 1 status, error name and output; 2 requests of the calls and types of the history; 3 cause text.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import {
  compile,
  type Execution,
  type Integration,
  type Json,
  startExecution,
  type TaskCall,
  type TaskFailure,
} from '../../simulator/machine/index.ts';

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
  readonly mocks: {
    readonly calls: readonly RecordedCall[];
    readonly s3?: readonly { readonly Bucket: string; readonly Key: string; readonly Body: string }[];
  };
  readonly expected: {
    readonly status: string;
    readonly output?: Json;
    readonly error?: string;
    readonly cause?: string;
    readonly cause_json?: Json;
    readonly history?: readonly { readonly id: number; readonly prev: number; readonly type: string }[];
    readonly history_order?: 'not recorded' | 'partial' | 'racy' | 'total';
  };
  readonly wildcards: readonly string[];
}

export interface Difference {
  readonly level: 1 | 2 | 3;
  readonly what: string;
}

/** The shared collection beside the project, or undefined where it was not laid out. */
export function findConformanceCases(): readonly ConformanceCase[] | undefined {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const cases = join(folder, 'shared', 'data', 'asl-conformance', 'cases');
    if (existsSync(cases)) {
      const names = readdirSync(cases).filter((name) => name.endsWith('.json'));
      return names.toSorted().map((name): ConformanceCase => JSON.parse(readFileSync(join(cases, name), 'utf8')));
    }
    if (dirname(folder) === folder) return undefined;
  }
}

export async function runConformanceCase(recorded: ConformanceCase): Promise<readonly Difference[]> {
  const clock = new VirtualClock();
  const requests: Difference[] = [];
  const execution = startExecution({
    machine: compile(recorded.definition),
    clock,
    integrations: { '*': recordedCalls(recorded, requests) },
    input: recorded.input,
    name: 'conformance',
    stateMachineArn: 'arn:aws:states:us-east-1:111111111111:stateMachine:Machine',
    roleArn: 'snf_role_arn',
    seed: 1,
    readObject: (bucket, key) => objectOf(recorded, bucket, key),
  });
  await clock.run();
  return [...outcomeDifferences(recorded, execution), ...requests, ...historyDifferences(recorded, execution)];
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

function outcomeDifferences({ expected, wildcards }: ConformanceCase, execution: Execution): readonly Difference[] {
  const differences: Difference[] = [];
  const { status, error, cause, output } = execution;
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
  if ('cause_json' in expected)
    return cause !== undefined && sameJson(expected.cause_json, JSON.parse(cause), wildcards);
  return expected.cause === undefined ? cause === undefined : sameJson(expected.cause, cause ?? '', wildcards);
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
