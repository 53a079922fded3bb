// Is the model of this run to be registered? Reads the facts from the ledger, not from the event, which may be late, early
// or repeated.
import * as z from 'zod';
import { RunStateChange } from '../../domain/events.ts';
import { registrationPlan } from '../../domain/registration.ts';
import { PrepareRegistrationOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Ledger, ModelRegistry } from '../ports.ts';
import { readRun } from '../read-run.ts';

const Input = z.object({ detail: RunStateChange.pick({ runId: true }) });

export const createPrepareRegistration = ({
  ledger,
  registry,
}: {
  readonly ledger: Ledger;
  readonly registry: ModelRegistry;
}) =>
  defineFunction('prepare-registration', { input: Input, output: PrepareRegistrationOutput })(
    async ({ detail: { runId } }) => {
      const [history, receipt, recorded] = await Promise.all([
        readRun(ledger, runId),
        ledger.readReceipt(runId),
        ledger.readRegistration(runId),
      ]);
      const plan = registrationPlan(history, receipt);
      if (plan.verdict === 'reject') return plan;
      const { ModelPackageGroupName: modelPackageGroupName, ModelApprovalStatus: approvalStatus } = plan.request;
      const modelPackageArn = recorded?.modelPackageArn ?? (await registry.findByRun(modelPackageGroupName, runId));
      if (modelPackageArn === undefined) return plan;
      const { pipeline, modelUri } = plan;
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
