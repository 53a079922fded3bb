// An accepted sweep and the results of its trials, for tests that need no world around them.
import { acceptSweep, type AcceptedSweep } from '../../domain/sweep/sweep.ts';
import type { SweepRequestInput } from '../../domain/sweep/sweep-request.ts';
import type { TrialResult } from '../../domain/sweep/trial.ts';
import { formatProblem } from '../../domain/errors.ts';
import { aPipeline } from './builders.ts';

export const NOW = 1_772_323_200;

export const sweepContext = {
  executionArn: 'arn:aws:states:us-east-1:000000000000:execution:churn-sweep:one',
  executionName: 'one',
  startedAt: NOW,
  now: NOW,
};

export const aSweepRequest = (changes: Partial<SweepRequestInput> = {}): SweepRequestInput => ({
  search: { method: 'random', trials: 8, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
  objective: { metric: 'accuracy', goal: 'maximize' },
  maxConcurrency: 4,
  run: { maxRuntime: '1h' },
  ...changes,
});

export function aSweepAccepted(
  changes: Partial<SweepRequestInput> = {},
  pipeline: Parameters<typeof aPipeline>[0] = {},
): AcceptedSweep {
  const acceptance = acceptSweep(aSweepRequest(changes), aPipeline(pipeline), sweepContext);
  if (acceptance.kind === 'rejected') throw new Error(acceptance.problems.map(formatProblem).join('; '));
  return acceptance.sweep;
}

export const aTrialResult = (trial: number, value: number, round = 1): TrialResult => ({
  sweepId: aSweepAccepted().sweepId,
  round,
  trial,
  outcome: 'completed',
  code: 'Completed',
  reason: `accuracy ${value}`,
  endedAt: NOW + 3_600,
  runId: `churn--${String(round * 1_000 + trial).padStart(10, '0')}`,
  value,
  billableSeconds: 1_000,
  estimatedUsd: 0.5,
  onDemandUsd: 1.5,
  interruptionCount: 1,
  attemptCount: 1,
});
