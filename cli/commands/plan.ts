// spotrelay plan: what a run would cost and when it would end, before any of it is spent.
import { basename } from 'node:path';
import type { Command } from 'commander';
import { formatProblem } from '../../domain/errors.ts';
import { problemsOf } from '../../domain/problems.ts';
import { MARKET_FAMILIES } from '../../simulator/markets/synthetic.ts';
import { SpotTrace } from '../../simulator/markets/trace.ts';
import { UsageError } from '../exit-codes.ts';
import { readJsonFile, readPipeline, readRequest } from '../json-inputs.ts';
import type { MarketSource } from '../plan/forecast.ts';
import { makePlan, marketName, relativeDeadline } from '../plan/plan.ts';
import { planText } from '../plan/plan-text.ts';
import { playRuns } from '../plan/play.ts';
import { Progress } from '../text/progress.ts';

interface Flags {
  readonly pipeline: string;
  readonly request: string;
  readonly market: string;
  readonly runs: string;
  readonly seed: string;
  readonly json?: true;
}

export function addPlan(program: Command): void {
  program
    .command('plan')
    .description('what a run would cost and when it would end, over many simulated runs; no AWS account')
    .requiredOption('--pipeline <file>', 'pipeline, or the state machine that carries it')
    .option('--request <file|json>', 'run request', '{}')
    .option(
      '--market <names|file>',
      `spot markets: ${MARKET_FAMILIES.join(', ')}, or a file in the format of SkyPilot's spot traces; several with commas`,
      MARKET_FAMILIES.join(','),
    )
    .option('--runs <number>', 'simulated runs in each market', '250')
    .option('--seed <number>', 'start of chance', '1')
    .option('--json', 'print one JSON object')
    .action(async (flags: Flags) => run(flags));
}

async function run(flags: Flags): Promise<void> {
  const pipeline = readPipeline(flags.pipeline);
  const request = relativeDeadline(readRequest(flags.request), Date.now() / 1_000);
  const markets = flags.market.split(',').map((text) => marketOf(text.trim()));
  const runCount = wholeNumber('--runs', flags.runs, 1, 100_000);
  const seed = wholeNumber('--seed', flags.seed, 0, 2 ** 32 - 1);
  const plan = await makePlan({
    pipeline,
    request,
    markets,
    seed,
    play: async (market) => {
      const progress = new Progress({ label: `simulating, spot ${marketName(market)}`, total: runCount });
      const runs = await playRuns({ pipeline, request, market, seed }, runCount, () => progress.advance());
      progress.end();
      return runs;
    },
  });
  console.log(flags.json === undefined ? planText(plan) : JSON.stringify(plan, undefined, 2));
}

function marketOf(text: string): MarketSource {
  const family = MARKET_FAMILIES.find((name) => name === text);
  if (family !== undefined) return { kind: 'synthetic', family };
  if (!/[./\\]/.test(text))
    throw new UsageError(`--market: takes ${MARKET_FAMILIES.join(', ')} or the file of a spot trace, got ${text}`);
  const input = readJsonFile('--market', text);
  const parsed = SpotTrace.safeParse(input);
  if (parsed.success) return { kind: 'trace', name: basename(text), trace: parsed.data };
  throw new UsageError(
    `${text}: is no spot trace, {"metadata":{"gap_seconds":600},"data":[1,0]}: ${problemsOf(parsed.error, input).map(formatProblem).join('; ')}`,
  );
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`${flag}: takes a whole number from ${min} to ${max}, got ${text}`);
}
