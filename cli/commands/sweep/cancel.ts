// spotrelay sweep cancel: stops a sweep and its trials.
import type { Command } from 'commander';
import { sweepClientOf } from '../../sweep/client.ts';
import { sweepExecutionArn } from '../../sweep/inputs.ts';

export function addCancel(sweep: Command): void {
  sweep
    .command('cancel')
    .description('stop a sweep and its trials; checkpoints are kept, a receipt is written, nothing is registered')
    .argument('<execution>', 'ARN of the execution')
    .option('--cause <text>', 'stands on the receipt', 'cancelled from the command line')
    .option('--endpoint-url <url>', 'of Step Functions, other than AWS')
    .option('--json', 'print JSON')
    .action(async (execution: string, flags: { cause: string; endpointUrl?: string; json?: true }) => {
      const arn = sweepExecutionArn(execution);
      await (await sweepClientOf(arn, flags)).stop(arn, flags.cause);
      console.log(
        flags.json === undefined
          ? `stopping ${arn}; its trials stop with it`
          : JSON.stringify({ executionArn: arn, cause: flags.cause }, undefined, 2),
      );
    });
}
