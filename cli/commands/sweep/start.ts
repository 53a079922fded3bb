// spotrelay sweep start: a sweep of a deployed pipeline.
import type { Command } from 'commander';
import { sweepClientOf } from '../../sweep/client.ts';
import { readSweep, sweepMachineArn } from '../../sweep/inputs.ts';

export function addStart(sweep: Command): void {
  sweep
    .command('start')
    .description('start a sweep of a deployed pipeline')
    .argument('<file>', 'what to search, as JSON')
    .requiredOption('--state-machine <arn>', "the sweep's state machine (the output SweepCommand names it)")
    .option('--name <name>', 'name of the execution; the same name starts nothing twice')
    .option('--endpoint-url <url>', 'of Step Functions, other than AWS')
    .option('--json', 'print JSON')
    .action(async (file: string, flags: { stateMachine: string; name?: string; endpointUrl?: string; json?: true }) => {
      const request = readSweep(file);
      const arn = sweepMachineArn(flags.stateMachine);
      const executionArn = await (await sweepClientOf(arn, flags)).start(arn, flags.name, request);
      console.log(flags.json === undefined ? `started ${executionArn}` : JSON.stringify({ executionArn }));
    });
}
