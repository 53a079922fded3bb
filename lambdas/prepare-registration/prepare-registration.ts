// Is the model of this run to be registered? Reads the facts from the ledger, not from the event, which may be late, early
// or repeated.
import * as z from 'zod';
import { RunStateChange } from '../../domain/events.ts';
import { registrationPlan } from '../../domain/registration.ts';
import { PrepareRegistrationOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Ledger, ModelRegistry } from '../ports.ts';
import type { SweepLedger } from '../sweep-ports.ts';
import { readRun } from '../read-run.ts';

const Input = z.object({ detail: RunStateChange.pick({ runId: true }) });

export interface PrepareRegistrationPorts {
  readonly ledger: Ledger;
  readonly registry: ModelRegistry;
  readonly sweeps: Pick<SweepLedger, 'readSweep'>;
}

export const createPrepareRegistration = ({ ledger, registry, sweeps }: PrepareRegistrationPorts) =>
  defineFunction('prepare-registration', { input: Input, output: PrepareRegistrationOutput })(
    async ({ detail: { runId } }) => {
      const [history, receipt, recorded] = await Promise.all([
        readRun(ledger, runId),
        ledger.readReceipt(runId),
        ledger.readRegistration(runId),
      ]);
      const { sweep: trial, pipeline } = history.run;
      const sweepEnd = trial === undefined ? undefined : (await sweeps.readSweep(trial.sweepId))?.end;
      // Whoever announces a trial: a sweep registers its best one alone, and only when it succeeded as a whole.
      if (trial !== undefined && (sweepEnd?.status !== 'SUCCEEDED' || sweepEnd.best?.runId !== runId)) {
        const reason = `the run is trial ${trial.trial} of sweep ${trial.sweepId}, and not the one that it chose`;
        return { verdict: 'reject', runId, pipeline, reason };
      }
      const plan = registrationPlan(history, receipt);
      if (plan.verdict === 'reject') return plan;
      const { ModelPackageGroupName: modelPackageGroupName, ModelApprovalStatus: approvalStatus } = plan.request;
      const modelPackageArn = recorded?.modelPackageArn ?? (await registry.findByRun(modelPackageGroupName, runId));
      if (modelPackageArn === undefined) return plan;
      const { modelUri } = plan;
      return {
        verdict: 'already-registered',
        runId,
        pipeline,
        modelUri,
        modelPackageArn,
        modelPackageGroupName,
        approvalStatus,
      };
    },
  );
