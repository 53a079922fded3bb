// What a rehearsal says at its end, to people and to programs, and the exit code that goes with it.
import { relative } from 'node:path';
import { EXIT } from '../exit-codes.ts';
import { receiptText } from '../text/receipt.ts';
import { paint } from '../text/style.ts';
import type { RehearsalResult } from './rehearsal.ts';
import { verdictOn, type Verdict } from './verdict.ts';

export function reportText(result: RehearsalResult, calm: RehearsalResult | undefined, folder: string): number {
  const { execution, receipt, registered } = result;
  console.log('');
  if (receipt === undefined) {
    console.log(
      `${paint('red', 'The run was refused')}: ${execution?.cause ?? 'no execution was started; is the data file under the upload prefix?'}`,
    );
    return EXIT.badInput;
  }
  console.log(`${receiptText(receipt)}\n`);
  if (receipt.status !== 'SUCCEEDED') {
    console.log(`${paint('red', `The run ended ${receipt.status}`)} (${receipt.code}): ${receipt.reason}`);
    console.log(`Logs, checkpoints and histories are kept in ${shown(folder)}`);
    return EXIT.runFailed;
  }
  const verdict = verdictOn(result, calm);
  for (const [name, value] of Object.entries(result.metrics)) {
    const other = calm?.metrics[name];
    console.log(
      `${name} on held-back rows: ${paint('bold', String(value))}${other === undefined ? '' : ` (uninterrupted: ${other})`}`,
    );
  }
  console.log(paint(isGood(verdict) ? 'green' : 'yellow', verdict.text));
  console.log(`Registered as ${registered?.arn ?? '(nothing)'}`);
  console.log(`Checkpoints, model, logs and histories: ${shown(folder)}`);
  return isGood(verdict) ? EXIT.ok : EXIT.resumeFailed;
}

export function reportJson(result: RehearsalResult, calm: RehearsalResult | undefined, folder: string): number {
  const { execution, receipt, registered, metrics } = result;
  const succeeded = receipt?.status === 'SUCCEEDED';
  const verdict = succeeded ? verdictOn(result, calm) : undefined;
  const report = {
    status: receipt?.status ?? 'REJECTED',
    ...(receipt === undefined ? { reason: execution?.cause } : { receipt }),
    metrics,
    ...(calm === undefined ? {} : { uninterruptedMetrics: calm.metrics }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(registered === undefined ? {} : { modelPackageArn: registered.arn }),
    folder,
  };
  console.log(JSON.stringify(report, undefined, 2));
  if (receipt === undefined) return EXIT.badInput;
  if (!succeeded) return EXIT.runFailed;
  return verdict === undefined || isGood(verdict) ? EXIT.ok : EXIT.resumeFailed;
}

const isGood = ({ kind }: Verdict): boolean => kind === 'identical' || kind === 'equal' || kind === 'not-compared';

/** As one would type it. */
export const shown = (folder: string): string => {
  const path = relative(process.cwd(), folder);
  return path.startsWith('..') ? folder : path;
};
