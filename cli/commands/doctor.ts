// spotrelay doctor: finds what would keep a pipeline from running, and says how to mend it.
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { findPipeline, onAccount, readDeployed, withAccountFlags, type AccountFlags } from '../operate/account.ts';
import { checkUp } from '../operate/checkup.ts';
import type { Finding } from '../operate/finding.ts';
import { columns, paint } from '../text/style.ts';

interface Flags extends AccountFlags {
  readonly pipeline: string;
}

export function addDoctor(program: Command): void {
  withAccountFlags(
    program
      .command('doctor')
      .description('check account, role, image, buckets, events, model group, quotas and prices of a deployed pipeline')
      .requiredOption('--pipeline <name>', 'the deployed pipeline'),
  ).action(async (flags: Flags) => {
    process.exitCode = await run(flags);
  });
}

async function run(flags: Flags): Promise<number> {
  const findings = await onAccount(flags, async (account) => {
    const deployed = await findPipeline(account, flags.pipeline);
    const { status } = await account.definition(deployed.machineArn);
    const pipeline = await readDeployed(account, deployed);
    return checkUp({
      account: await account.inspection(),
      pipeline,
      machineArn: deployed.machineArn,
      machineStatus: status,
    });
  });
  console.log(flags.json === undefined ? findingsText(findings) : JSON.stringify(findings, undefined, 2));
  return findings.some(({ result }) => result === 'wrong') ? EXIT.runFailed : EXIT.ok;
}

const COLORS = { ok: 'green', wrong: 'red', unchecked: 'yellow' } as const;
const MARKS = { ok: 'ok', wrong: 'wrong', unchecked: '?' } as const;

function findingsText(findings: readonly Finding[]): string {
  const lines = columns(findings.map(({ result, check, found }) => [MARKS[result], check, found])).split('\n');
  const count = (wanted: Finding['result']): number => findings.filter(({ result }) => result === wanted).length;
  const told = findings.map(({ result, fix }, index) => {
    const line = paint(COLORS[result], lines[index] ?? '');
    return fix === undefined
      ? line
      : `${line}\n       ${paint('dim', result === 'wrong' ? `fix: ${fix}` : `see: ${fix}`)}`;
  });
  return `${told.join('\n')}\n\n${count('ok')} ok, ${count('wrong')} wrong, ${count('unchecked')} not checked from here`;
}
