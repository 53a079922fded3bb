// What sweep commands take in: the request of a sweep, and ARNs.
import { readFileSync } from 'node:fs';
import { formatProblem } from '../../domain/errors.ts';
import { problemsOf } from '../../domain/problems.ts';
import { SWEEP_REQUEST_FIELDS, SweepRequest } from '../../domain/sweep/sweep-request.ts';
import { UsageError } from '../exit-codes.ts';
import { existingFile } from '../input-files.ts';

const EXECUTION_ARN = /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[^:]+:[^:]+$/;
const MACHINE_ARN = /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[^:]+$/;

export function readJson(file: string): unknown {
  const path = existingFile('the request', file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

export function readSweep(file: string): SweepRequest {
  const input = readJson(file);
  const parsed = SweepRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${file}: ${problemsOf(parsed.error, input, SWEEP_REQUEST_FIELDS).map(formatProblem).join('; ')}`,
  );
}

export const sweepExecutionArn = (text: string): string =>
  matching(EXECUTION_ARN, 'the execution', text, 'arn:aws:states:<region>:<account>:execution:<pipeline>-sweep:<name>');

export const sweepMachineArn = (text: string): string =>
  matching(MACHINE_ARN, '--state-machine', text, 'arn:aws:states:<region>:<account>:stateMachine:<pipeline>-sweep');

function matching(pattern: RegExp, what: string, text: string, form: string): string {
  if (pattern.test(text)) return text;
  throw new UsageError(`${what} reads ${form}, got ${text}`);
}
