#!/usr/bin/env node
// The spotrelay command: reads the line, calls a command, turns its end into an exit code.
import { Command, CommanderError } from 'commander';
import { ScenarioError } from '../simulator/scenario.ts';
import { addExplain } from './commands/explain.ts';
import { addRehearse } from './commands/rehearse.ts';
import { addSweep } from './commands/sweep.ts';
import { EXIT, UsageError } from './exit-codes.ts';

const program = new Command('spotrelay')
  .description('Train on SageMaker managed spot capacity without losing the work.')
  .configureHelp({ sortSubcommands: true })
  .showHelpAfterError('(spotrelay --help lists the commands)')
  .exitOverride();
addExplain(program);
addRehearse(program);
addSweep(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  if (error instanceof UsageError || error instanceof ScenarioError) {
    console.error(`spotrelay: ${error.message}`);
    return EXIT.badInput;
  }
  console.error(error);
  return EXIT.runFailed;
}
