// JSON that a flag brings, as a file or written out, and the two things that are read so: run requests and pipelines.
import { readFileSync } from 'node:fs';
import { formatProblem } from '../domain/errors.ts';
import { Pipeline } from '../domain/pipeline.ts';
import { problemsOf } from '../domain/problems.ts';
import { REQUEST_FIELDS, RunRequest } from '../domain/run-request.ts';
import { UsageError } from './exit-codes.ts';
import { existingFile } from './input-files.ts';

export function readJsonFile(flag: string, file: string): unknown {
  return parseJson(flag, file, readFileSync(existingFile(flag, file), 'utf8'));
}

/** A text that begins like an object is one; anything else names a file. */
function readJsonArgument(flag: string, text: string): unknown {
  return text.trimStart().startsWith('{') ? parseJson(flag, 'the text', text) : readJsonFile(flag, text);
}

export function parseJson(flag: string, what: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${flag}: ${what} is not JSON: ${(error as Error).message}`);
  }
}

export function readRequest(text: string): RunRequest {
  const input = readJsonArgument('--request', text);
  const parsed = RunRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const source = text.trimStart().startsWith('{') ? '--request' : text;
  throw new UsageError(`${source}: ${problemsOf(parsed.error, input, REQUEST_FIELDS).map(formatProblem).join('; ')}`);
}

/** The literal itself; or the state machine that carries it, as the stack deploys or DescribeStateMachine returns it. */
export function readPipeline(file: string): Pipeline {
  return parsePipeline(readJsonFile('--pipeline', file), file);
}

export function parsePipeline(input: unknown, source: string): Pipeline {
  const literal = pipelineIn(input);
  const parsed = Pipeline.safeParse(literal);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, literal, Object.keys(Pipeline.shape)).map(formatProblem).join('; ');
  throw new UsageError(
    `${source}: holds no pipeline: ${problems}. A pipeline is the literal in the AcceptRun state: save one with aws stepfunctions describe-state-machine`,
  );
}

interface Carrier {
  readonly definition?: unknown;
  readonly States?: {
    readonly AcceptRun?: { readonly Arguments?: { readonly Payload?: { readonly pipeline?: unknown } } };
  };
}

function pipelineIn(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  const { definition, States } = input as Carrier;
  if (typeof definition === 'string') {
    try {
      return pipelineIn(JSON.parse(definition));
    } catch {
      return input;
    }
  }
  return States?.AcceptRun?.Arguments?.Payload?.pipeline ?? input;
}
