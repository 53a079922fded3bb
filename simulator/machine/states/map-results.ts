// What the children of a distributed map leave behind: the outputs, or a record of each execution, in the forms that
// ResultWriter chooses between, and the files it writes.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html

import type { ResultWriter, WriterConfig } from '../definition.ts';
import { ExecutionFailure, messageOf, resultWriterFailed, StateFailure } from '../errors.ts';
import { evaluateTo } from '../evaluation.ts';
import type { Child } from '../host.ts';
import { isJsonArray, type Json, type JsonObject } from '../json.ts';
import type { StateVisit } from '../state-visit.ts';
import { isoTimestamp } from '../timestamp.ts';

export const compact: WriterConfig = { transformation: 'COMPACT', outputType: 'JSON' };

/** In the order of the items. A failed child stays a record in every form: it has no output. */
export function resultsOf(children: readonly Child[], { transformation }: WriterConfig): readonly Json[] {
  return children.flatMap((child): readonly Json[] => {
    if (transformation === 'NONE' || child.status !== 'SUCCEEDED') return [recordOf(child)];
    const output = child.output ?? null;
    return transformation === 'FLATTEN' && isJsonArray(output) ? output : [output];
  });
}

/** Writes one file a status and a manifest, and gives what the state then has as its result. */
export async function writeResults(
  writer: ResultWriter,
  children: readonly Child[],
  mapRunArn: string,
  visit: StateVisit,
): Promise<Json> {
  const { Bucket: bucket, Prefix: prefix } = await evaluateTo('object', writer.arguments, visit.evaluation());
  if (typeof bucket !== 'string' || typeof prefix !== 'string') throw failed('Bucket and Prefix must be strings');
  const folder = `${prefix === '' ? '' : `${prefix}/`}${mapRunArn.split(':').at(-1)}`;
  const files: Record<'FAILED' | 'PENDING' | 'SUCCEEDED', JsonObject[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  for (const status of ['SUCCEEDED', 'FAILED'] as const) {
    const ended = children.filter((child) => (child.status === 'SUCCEEDED') === (status === 'SUCCEEDED'));
    if (ended.length === 0) continue;
    const body = textOf(resultsOf(ended, writer), writer);
    const key = `${folder}/${status}_0.${writer.outputType === 'JSON' ? 'json' : 'jsonl'}`;
    await write(bucket, key, body, visit);
    files[status].push({ Key: key, Size: Buffer.byteLength(body) });
  }
  const manifest = { DestinationBucket: bucket, MapRunArn: mapRunArn, ResultFiles: files };
  await write(bucket, `${folder}/manifest.json`, JSON.stringify(manifest), visit);
  return { MapRunArn: mapRunArn, ResultWriterDetails: { Bucket: bucket, Key: `${folder}/manifest.json` } };
}

function recordOf(child: Child): Json {
  const { status, output, error, cause } = child;
  const succeeded = status === 'SUCCEEDED';
  const included = { Included: true };
  return {
    ExecutionArn: child.arn,
    Input: JSON.stringify(child.input),
    InputDetails: included,
    Name: child.name,
    ...(succeeded ? { Output: JSON.stringify(output ?? null), OutputDetails: included } : {}),
    ...(error === undefined ? {} : { Error: error }),
    ...(cause === undefined ? {} : { Cause: cause }),
    RedriveCount: child.redriveCount,
    RedriveStatus: succeeded ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
    ...(succeeded ? { RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' } : {}),
    StartDate: isoTimestamp(child.startedAt),
    StateMachineArn: child.stateMachineArn,
    Status: status,
    StopDate: isoTimestamp(child.stoppedAt ?? child.startedAt),
  };
}

function textOf(results: readonly Json[], { outputType }: WriterConfig): string {
  if (outputType === 'JSON') return JSON.stringify(results);
  return results.map((result) => `${JSON.stringify(result)}\n`).join('');
}

async function write(bucket: string, key: string, body: string, visit: StateVisit): Promise<void> {
  try {
    await visit.host.writeObject(bucket, key, body);
  } catch (error) {
    if (error instanceof ExecutionFailure) throw error;
    throw failed(`s3://${bucket}/${key} cannot be written: ${messageOf(error)}`);
  }
}

function failed(cause: string): StateFailure {
  return new StateFailure({ error: resultWriterFailed, cause });
}
