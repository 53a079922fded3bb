// spotrelay sweep redrive: lets a sweep that was stopped go on.
import type { Command } from 'commander';
import { UsageError } from '../../exit-codes.ts';
import { sweepClientOf } from '../../sweep/client.ts';
import { sweepExecutionArn } from '../../sweep/inputs.ts';

export function addRedrive(sweep: Command): void {
  sweep
    .command('redrive')
    .description('let a sweep that was stopped, or broke, go on: trials that ended are kept, the others resume')
    .argument('<execution>', 'ARN of the execution')
    .option('--endpoint-url <url>', 'of Step Functions, other than AWS')
    .option('--json', 'print JSON')
    .action(async (execution: string, flags: { endpointUrl?: string; json?: true }) => {
      const arn = sweepExecutionArn(execution);
      const client = await sweepClientOf(arn, flags);
      try {
        await client.redrive(arn);
      } catch (error) {
        if ((error as Error).name === 'SweepNotRedrivable')
          throw new UsageError(`cannot be redriven: ${(error as Error).message}`);
        throw error;
      }
      console.log(
        flags.json === undefined
          ? `redriven ${arn}; trials that were stopped go on from their checkpoints`
          : JSON.stringify({ executionArn: arn }, undefined, 2),
      );
    });
}
