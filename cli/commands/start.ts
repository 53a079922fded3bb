// spotrelay start: checks a request, shows what it will cost, asks, and starts the run.
import type { Command } from 'commander';
import { acceptRequest } from '../../domain/accept-request.ts';
import { formatProblem } from '../../domain/errors.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import { MARKET_FAMILIES } from '../../simulator/markets/synthetic.ts';
import { EXIT, UsageError } from '../exit-codes.ts';
import { readRequest } from '../json-inputs.ts';
import { findPipeline, onAccount, readDeployed, withAccountFlags, type AccountFlags } from '../operate/account.ts';
import type { MarketSource } from '../plan/forecast.ts';
import { confirm, executionName } from '../operate/confirm.ts';
import { makePlan, relativeDeadline, type Plan } from '../plan/plan.ts';
import { planText } from '../plan/plan-text.ts';
import { playRuns } from '../plan/play.ts';
import { Progress } from '../text/progress.ts';

interface Flags extends AccountFlags {
  readonly pipeline: string;
  readonly request: string;
  readonly name?: string;
  readonly yes?: true;
}

/** Enough to see whether the request is sensible; spotrelay plan takes its time. */
const RUNS_PER_MARKET = 24;

export function addStart(program: Command): void {
  withAccountFlags(
    program
      .command('start')
      .description('check a request, show the plan, and start the run')
      .requiredOption('--pipeline <name>', 'the deployed pipeline')
      .option('--request <file|json>', 'run request', '{}')
      .option('--name <name>', 'of the execution; a name can start one run only')
      .option('-y, --yes', 'do not ask'),
  ).action(async (flags: Flags) => {
    process.exitCode = await run(flags);
  });
}

async function run(flags: Flags): Promise<number> {
  const request = readRequest(flags.request);
  if (request.resume !== undefined)
    throw new UsageError(
      `resume: spotrelay resume ${request.resume} goes on from a run, with the rest of this request`,
    );
  return onAccount(flags, async (account) => {
    const deployed = await findPipeline(account, flags.pipeline);
    const pipeline = await readDeployed(account, deployed);
    const now = Date.now() / 1_000;
    const plan = await planOf(pipeline, relativeDeadline(request, now));
    if (flags.json === undefined)
      console.log(
        plan === undefined ? 'No plan: how long the training takes is known in the account only.' : planText(plan),
      );
    if (!(await isWanted(flags, plan))) {
      console.error('spotrelay: nothing was started');
      return EXIT.badInput;
    }
    const name = flags.name ?? executionName('manual', now);
    const executionArn = await account.start(deployed.machineArn, name, request);
    if (flags.json === undefined) console.log(`\nStarted ${name}. Follow it: spotrelay watch ${executionArn}`);
    else console.log(JSON.stringify({ executionArn, name, plan }, undefined, 2));
    return EXIT.ok;
  });
}

/** Throws what the state machine would refuse; undefined where only its ledger knows how long the training takes. */
async function planOf(pipeline: Pipeline, request: RunRequest): Promise<Plan | undefined> {
  const acceptance = acceptRequest(request, pipeline, { executionArn: '', executionName: '', startedAt: 0, now: 0 });
  if (acceptance.kind === 'rejected') {
    const problems = acceptance.problems.filter(({ field }) => field !== 'expectedTrainingTime');
    if (problems.length > 0)
      throw new UsageError(`the request would be refused: ${problems.map(formatProblem).join('; ')}`);
    return undefined;
  }
  if (acceptance.run.expectedTrainingSeconds === undefined) return undefined;
  const progress = new Progress({ label: 'planning', total: RUNS_PER_MARKET * MARKET_FAMILIES.length });
  const markets = MARKET_FAMILIES.map((family): MarketSource => ({ kind: 'synthetic', family }));
  const play = (market: MarketSource) =>
    playRuns({ pipeline, request, market, seed: 1 }, RUNS_PER_MARKET, () => progress.advance());
  const plan = await makePlan({ pipeline, request, markets, seed: 1, play });
  progress.end();
  return plan;
}

async function isWanted({ yes, pipeline }: Flags, plan: Plan | undefined): Promise<boolean> {
  const worst = plan?.worst.usd === undefined ? 'an unknown sum' : `${plan.worst.usd.toFixed(2)} USD`;
  return confirm(yes, 'starting a run', `Start a run of ${pipeline}, which may cost up to ${worst}?`);
}
