// The end of a round: reads what the map's ResultWriter has collected, and writes the trials of the next round, or says
// that there is none.
import * as z from 'zod';
import { shortName, showValue } from '../../domain/errors.ts';
import { nextRound, ranked } from '../../domain/sweep/leaderboard.ts';
import { trialsUri } from '../../domain/sweep/sweep.ts';
import { trialLines, TrialResult } from '../../domain/sweep/trial.ts';
import { SelectBestInput, SelectBestOutput } from '../sweep-contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { ObjectStore } from '../ports.ts';
import { readSweep, roundPlan } from '../read-sweep.ts';
import type { SweepLedger } from '../sweep-ports.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */
const Manifest = z.object({
  DestinationBucket: z.string(),
  ResultFiles: z.object({ SUCCEEDED: z.array(z.object({ Key: z.string() })).default([]) }),
});

export class ResultsIncomplete extends Error {
  override readonly name = 'ResultsIncomplete';
}

export interface SelectBestPorts {
  readonly sweeps: SweepLedger;
  /** Reads files of many megabytes: a line a trial. */
  readonly objects: Pick<ObjectStore, 'readText' | 'writeText'>;
}

export const createSelectBest = (ports: SelectBestPorts) =>
  defineFunction('select-best', { input: SelectBestInput, output: SelectBestOutput })(
    async ({ sweepId, round, manifest }) => {
      const { sweeps, objects } = ports;
      const { sweep, account } = await readSweep(sweeps, sweepId);
      const results = await readResults(ports, `s3://${manifest.Bucket}/${manifest.Key}`);
      const completed = ranked(sweep, results).length;
      const told = `round ${round}: ${completed} of ${results.length} trials completed`;
      const next = account.stopped === undefined ? nextRound(sweep, round, results) : undefined;
      if (next === undefined) return { next: 'end', sweepId, reason: account.stopped?.reason ?? told };
      await objects.writeText(trialsUri(sweep, next.round.number), trialLines(next.items));
      return roundPlan(sweep, next.round.number, `${told}; ${next.items.length} go on from their own checkpoints`);
    },
  );

async function readResults({ objects }: SelectBestPorts, manifestUri: string): Promise<readonly TrialResult[]> {
  const read = async (uri: string): Promise<string> => {
    const text = await objects.readText(uri);
    if (text === undefined) throw new ResultsIncomplete(`${uri} is not there, or too large to be a round's results`);
    return text;
  };
  const { DestinationBucket, ResultFiles } = parsed(Manifest, manifestUri, await read(manifestUri));
  const results: TrialResult[] = [];
  for (const { Key } of ResultFiles.SUCCEEDED) {
    const uri = `s3://${DestinationBucket}/${Key}`;
    const lines = (await read(uri)).split('\n').filter((line) => line.trim() !== '');
    results.push(...lines.map((line) => parsed(TrialResult, uri, line)));
  }
  return results;
}

function parsed<T>(schema: z.ZodType<T>, uri: string, text: string): T {
  const result = schema.safeParse(jsonIn(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ResultsIncomplete(
    `${shortName(uri)} holds what the map never wrote: ${issue?.path.join('.')} ${issue?.message} in ${showValue(text)}`,
  );
}

/** Undefined for what is no JSON, which no schema here takes. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
