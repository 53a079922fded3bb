#!/usr/bin/env node
// The spotrelay command: reads the line, calls a command, turns its end into an exit code.
import { Command, CommanderError } from 'commander';
import { ScenarioError } from '../simulator/scenario.ts';
import { addCancel } from './commands/cancel.ts';
import { addDescribe } from './commands/describe.ts';
import { addDoctor } from './commands/doctor.ts';
import { addLs } from './commands/ls.ts';
import { addReceipt } from './commands/receipt.ts';
import { addStart } from './commands/start.ts';
import { addWatch } from './commands/watch.ts';
import { addExplain } from './commands/explain.ts';
import { addPlan } from './commands/plan.ts';
import { addRehearse } from './commands/rehearse.ts';
import { addSimulate } from './commands/simulate.ts';
import { EXIT, UsageError } from './exit-codes.ts';
import { OperationError } from './operate/operation-error.ts';

const program = new Command('spotrelay')
  .description('Train on SageMaker managed spot capacity without losing the work.')
  .configureHelp({ sortSubcommands: true })
  .showHelpAfterError('(spotrelay --help lists the commands)')
  .exitOverride();
addExplain(program);
addWatch(program);
addStart(program);
addReceipt(program);
addLs(program);
addDoctor(program);
addDescribe(program);
addCancel(program);
addPlan(program);
addRehearse(program);
addSimulate(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  if (error instanceof OperationError) {
    console.error(`spotrelay: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof UsageError || error instanceof ScenarioError) {
    console.error(`spotrelay: ${error.message}`);
    return EXIT.badInput;
  }
  console.error(error);
  return EXIT.runFailed;
}
