#!/usr/bin/env node
// The spotrelay command: reads the line, calls a command, turns its end into an exit code.
import { Command, CommanderError } from 'commander';
import { EXIT, UsageError } from './exit-codes.ts';
import { OperationError } from './operate/operation-error.ts';

/** Loaded by name: the simulator or the AWS SDK take longer to load than some commands to run. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  cancel: async () => (await import('./commands/cancel.ts')).addCancel,
  describe: async () => (await import('./commands/describe.ts')).addDescribe,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  drill: async () => (await import('./commands/drill.ts')).addDrill,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  extend: async () => (await import('./commands/extend.ts')).addExtend,
  import: async () => (await import('./commands/import.ts')).addImport,
  ls: async () => (await import('./commands/ls.ts')).addLs,
  plan: async () => (await import('./commands/plan.ts')).addPlan,
  receipt: async () => (await import('./commands/receipt.ts')).addReceipt,
  rehearse: async () => (await import('./commands/rehearse.ts')).addRehearse,
  resume: async () => (await import('./commands/resume.ts')).addResume,
  simulate: async () => (await import('./commands/simulate.ts')).addSimulate,
  start: async () => (await import('./commands/start.ts')).addStart,
  sweep: async () => (await import('./commands/sweep.ts')).addSweep,
  watch: async () => (await import('./commands/watch.ts')).addWatch,
};

const program = new Command('spotrelay')
  .description('Train on SageMaker managed spot capacity without losing the work.')
  .configureHelp({ sortSubcommands: true })
  .showHelpAfterError('(spotrelay --help lists the commands)')
  .exitOverride();

try {
  const [, , name = ''] = process.argv;
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  for (const load of named === undefined ? Object.values(COMMANDS) : [named]) (await load())(program);
  await program.parseAsync();
} catch (error) {
  process.exitCode = await report(error);
}

async function report(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  if (error instanceof OperationError) {
    console.error(`spotrelay: ${error.message}`);
    return error.exitCode;
  }
  const { ScenarioError } = await import('../simulator/scenario.ts');
  if (error instanceof UsageError || error instanceof ScenarioError) {
    console.error(`spotrelay: ${error.message}`);
    return EXIT.badInput;
  }
  console.error(error);
  return EXIT.runFailed;
}
