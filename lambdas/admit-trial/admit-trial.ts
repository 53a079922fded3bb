// The gate before each trial: judged from the sweep's account, and written down before the run is started, so that a
// repeated call admits nothing twice.
import { withCapacity, withResult } from '../../domain/sweep/account.ts';
import { admit } from '../../domain/sweep/admission.ts';
import { poolOf } from '../../domain/sweep/places.ts';
import { trialRequest, type AcceptedSweep } from '../../domain/sweep/sweep.ts';
import {
  executionArnOf,
  resultWithoutRun,
  type TrialItem,
  type TrialKey,
  type TrialStart,
} from '../../domain/sweep/trial.ts';
import type { Instant } from '../../domain/time.ts';
import { AdmitTrialInput, AdmitTrialOutput } from '../sweep-contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock, Ledger, TrainingJobs } from '../ports.ts';
import { readSweep } from '../read-sweep.ts';
import type { KeptSweep, SweepLedger } from '../sweep-ports.ts';

export interface AdmitTrialPorts {
  readonly sweeps: SweepLedger;
  readonly ledger: Ledger;
  readonly jobs: TrainingJobs;
  readonly clock: Clock;
}

export const createAdmitTrial = (ports: AdmitTrialPorts) =>
  defineFunction('admit-trial', { input: AdmitTrialInput, output: AdmitTrialOutput })(
    async ({ key, item, asked, stateMachineArn }) => {
      const { sweeps, clock } = ports;
      const now = clock.now();
      const kept = await readSweep(sweeps, key.sweepId);
      const standing = await sweeps.readTrialStart(key);
      if (standing !== undefined) return started(kept.sweep, item, standing, now);
      if (asked > 0) await askTheProbes(ports, kept, stateMachineArn);

      let admission = admit(kept.sweep, kept.account, key, asked, now);
      if (admission.verdict === 'start') {
        const start = await sweeps.startTrial(key, (account) => {
          admission = admit(kept.sweep, account, key, asked, now);
          return admission.verdict === 'start' ? admission : undefined;
        });
        if (start !== undefined) return started(kept.sweep, item, start, now);
      }
      return admission.verdict === 'skip' ? skip(ports, kept.sweep, key, admission, now) : waitFor(admission);
    },
  );

const started = (sweep: AcceptedSweep, item: TrialItem, start: TrialStart, now: Instant) => ({
  verdict: 'start' as const,
  waitSeconds: Math.max(0, Math.ceil(start.startAt - now)),
  executionName: start.executionName,
  request: trialRequest(sweep, item, start),
  reason: start.capacity === undefined ? 'on the whole ladder' : `on ${start.capacity.join(', ')}`,
});

type Admission = ReturnType<typeof admit>;

function waitFor(admission: Admission) {
  const { waitSeconds } = admission.verdict === 'wait' ? admission : { waitSeconds: 1 };
  return { verdict: 'wait' as const, waitSeconds, reason: admission.reason };
}

/** A trial that was not started is a result too: the map ends, and the receipt counts it. */
async function skip(
  { sweeps }: AdmitTrialPorts,
  sweep: AcceptedSweep,
  key: TrialKey,
  { code, reason, account }: Extract<Admission, { verdict: 'skip' }>,
  now: Instant,
) {
  const wanted = resultWithoutRun(key, 'skipped', code, reason, now);
  const result = await sweeps.settleTrial(wanted, (before) =>
    withResult({ ...before, stopped: before.stopped ?? account.stopped }, sweep, wanted, undefined),
  );
  return { verdict: 'skip' as const, result, reason: result.reason };
}

/** A job that trains on a probed rung is news long before it ends; whoever waits for the news looks. */
async function askTheProbes(
  { sweeps, ledger, jobs }: AdmitTrialPorts,
  { sweep, account }: KeptSweep,
  stateMachineArn: string,
): Promise<void> {
  for (const [pool, executionName] of Object.entries(account.probes)) {
    const runId = await ledger.runIdOfExecution(executionArnOf(stateMachineArn, executionName));
    const history = runId === undefined ? undefined : await ledger.readRun(runId);
    const attempt = history?.attempts.at(-1);
    if (attempt === undefined || poolOf(attempt.capacity) !== pool) continue;
    const job = await jobs.describe(attempt.jobName);
    if (job?.secondaryStatus === 'Training' || job?.secondaryStatus === 'Downloading')
      await sweeps.updateAccount(sweep.sweepId, (before) => withCapacity(before, pool));
  }
}
