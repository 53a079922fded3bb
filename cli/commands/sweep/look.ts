// spotrelay sweep watch and leaderboard: what the ledger knows of a sweep, while it runs and after.
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { leaderboard } from '../../../domain/sweep/leaderboard.ts';
import { formatInstant } from '../../../domain/time.ts';
import { EXIT, UsageError } from '../../exit-codes.ts';
import { sweepClientOf } from '../../sweep/client.ts';
import { sweepExecutionArn } from '../../sweep/inputs.ts';
import { leaderboardText, progressText } from '../../sweep/text.ts';

interface LookFlags {
  readonly table: string;
  readonly endpointUrl?: string;
  readonly json?: true;
}

const look = (sweep: Command, name: string, description: string): Command =>
  sweep
    .command(name)
    .description(description)
    .argument('<execution>', 'ARN of the execution')
    .requiredOption('--table <name>', "the pipeline's ledger (the output SweepLedger names it)")
    .option('--endpoint-url <url>', 'of the services, other than AWS')
    .option('--json', 'print JSON');

const WATCH_MILLISECONDS = 15_000;

export function addLook(sweep: Command): void {
  look(sweep, 'watch', 'follow a sweep: what is under way, who leads, what is spent')
    .option('--once', 'look once')
    .action(async (execution: string, flags: LookFlags & { readonly once?: true }) => {
      for (;;) {
        const { sweep: accepted, account, end } = await read(execution, flags);
        const line = `${formatInstant(Math.floor(Date.now() / 1_000))}  ${progressText(accepted, account)}`;
        console.log(flags.json === undefined ? line : JSON.stringify(account));
        if (end !== undefined) {
          if (flags.json === undefined) console.log(`${end.status}: ${end.reason}`);
          process.exitCode = end.status === 'SUCCEEDED' ? EXIT.ok : EXIT.runFailed;
          return;
        }
        if (flags.once === true) return;
        await setTimeout(WATCH_MILLISECONDS);
      }
    });
  look(sweep, 'leaderboard', 'the trials by what they reached, also while the sweep runs').action(
    async (execution: string, flags: LookFlags) => {
      const { sweep: accepted, results } = await read(execution, flags);
      const entries = leaderboard(accepted, results);
      console.log(
        flags.json === undefined
          ? leaderboardText(entries, accepted.request.objective.metric)
          : JSON.stringify(entries, undefined, 2),
      );
    },
  );
}

async function read(execution: string, { table, endpointUrl }: LookFlags) {
  const arn = sweepExecutionArn(execution);
  const found = await (await sweepClientOf(arn, { endpointUrl })).read(arn, table);
  if (found === undefined)
    throw new UsageError(
      `the table ${table} knows no sweep of ${execution}: it was refused, or the table is another pipeline's`,
    );
  return found;
}
