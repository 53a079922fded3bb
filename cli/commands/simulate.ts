// spotrelay simulate: one run in a scripted world, through the state machine and the functions that are deployed.
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseScenario, type Scenario } from '../../simulator/scenario.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { readJsonFile, readPipeline, readRequest } from '../json-inputs.ts';
import { prepareOutputFile } from '../output-files.ts';
import { recordedRun } from '../report/recorded-run.ts';
import { writeReport } from '../report/write-report.ts';
import { checkMarket, pipelineOf, simulate, type SimulationResult } from '../simulation/simulation.ts';
import { receiptText } from '../text/receipt.ts';
import { paint } from '../text/style.ts';

interface Flags {
  readonly request?: string;
  readonly pipeline?: string;
  readonly seed?: string;
  readonly history?: string;
  readonly report?: string;
  readonly json?: true;
}

export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .description('one run through the real state machine in virtual time, in a world that a scenario file describes')
    .argument('<scenario>', 'the capacity market, its faults and the modelled script; examples/scenarios has ten')
    .option('--request <file|json>', 'run request; without it the one of the scenario')
    .option(
      '--pipeline <file>',
      'pipeline, or the state machine that carries it; without it the ladder of the scenario',
    )
    .option('--seed <number>', 'start of chance; without it the one of the scenario')
    .option('--history <file>', 'write the execution history there, in the form of GetExecutionHistory')
    .option('--report <file>', 'write a page about the run there, as one HTML file')
    .option('--json', 'print one JSON object at the end instead of the timeline')
    .action(async (file: string, flags: Flags) => {
      process.exitCode = await run(file, flags);
    });
}

async function run(file: string, flags: Flags): Promise<number> {
  const scenario = withSeed(parseScenario(readJsonFile('scenario', file), file), flags.seed);
  const pipeline = flags.pipeline === undefined ? pipelineOf(scenario) : readPipeline(flags.pipeline);
  checkMarket(file, scenario, pipeline);
  const request = flags.request === undefined ? scenario.request : readRequest(flags.request);
  prepareOutputFile('--history', flags.history);
  prepareOutputFile('--report', flags.report);

  const write = flags.json === undefined ? (line: string) => console.log(line) : undefined;
  write?.(paint('bold', `Simulation: ${scenario.name}`));
  write?.(paint('dim', `${scenario.description}\n`));
  const result = await simulate({ pipeline, scenario, request, write });
  if (flags.history !== undefined) writeJson(flags.history, { events: result.execution?.history ?? [] });
  writeReport(flags.report, recordedRun('Simulation', scenario, result));
  console.log(flags.json === undefined ? endText(result) : JSON.stringify(summary(result), undefined, 2));
  return exitCodeOf(result);
}

function withSeed(scenario: Scenario, text: string | undefined): Scenario {
  if (text === undefined) return scenario;
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed: takes a whole number, got ${text}`);
  return { ...scenario, seed };
}

function endText({ execution, receipt }: SimulationResult): string {
  if (receipt === undefined)
    return `\n${paint('red', 'The run was refused')}: ${execution?.cause ?? 'nothing was started'}`;
  const ended = `The run ended ${receipt.status} (${receipt.code}): ${receipt.reason}`;
  return `\n${receiptText(receipt)}\n\n${paint(receipt.status === 'SUCCEEDED' ? 'green' : 'red', ended)}`;
}

const summary = ({ execution, receipt, recording, registered }: SimulationResult) => ({
  status: receipt?.status ?? 'REJECTED',
  ...(receipt === undefined ? { reason: execution?.cause } : { receipt }),
  decisions: recording.decisions,
  ...(registered === undefined ? {} : { modelPackageArn: registered.arn }),
});

function exitCodeOf({ receipt }: SimulationResult): number {
  if (receipt === undefined) return EXIT.badInput;
  return receipt.status === 'SUCCEEDED' ? EXIT.ok : EXIT.runFailed;
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
