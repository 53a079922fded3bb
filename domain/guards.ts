// Guards refuse what is usually a mistake, with the arithmetic, unless somebody has acknowledged them.
import { acknowledgementOf, GUARD_IDS, type GuardId } from './acknowledgement.ts';
import { unsavingBuiltIn } from './built-in-algorithms.ts';
import { formatCapacity, isSpot } from './capacity.ts';
import { jobOn } from './job-on-rung.ts';
import { SPOT_WAIT_MAX_WITHOUT_CHECKPOINT_SECONDS } from './limits.ts';
import type { Report } from './errors.ts';
import type { AcceptedRun } from './run.ts';
import { formatDuration, HOUR_SECONDS } from './time.ts';

interface Refusal {
  readonly field: string;
  readonly value: unknown;
  readonly message: string;
}

type GuardedRun = Pick<
  AcceptedRun,
  'ladder' | 'job' | 'checkpointUri' | 'expectedTrainingSeconds' | 'maxRuntimeSeconds'
>;

/** What each has to say of a run; undefined: nothing. */
const GUARDS: Readonly<Record<GuardId, (run: GuardedRun) => Refusal | undefined>> = {
  'spot-without-checkpoint': spotWithoutCheckpoint,
  'built-in-without-checkpoint': builtInWithoutCheckpoint,
};

/** Reports what nobody has acknowledged, and returns the acknowledgements that were needed. */
export function checkGuards(run: GuardedRun, acknowledged: readonly string[], report: Report): readonly string[] {
  return GUARD_IDS.flatMap((id) => {
    const refusal = GUARDS[id](run);
    if (refusal === undefined) return [];
    const acknowledgement = acknowledgementOf(id, acknowledged);
    if (acknowledgement !== undefined) return [acknowledgement];
    const { field, value, message } = refusal;
    report(field, value, `${message}, or acknowledge the guard: "acknowledgedGuards": ["${id}: <your reason>"]`);
    return [];
  });
}

const UNSAVED_RUNTIME_MAX_SECONDS = HOUR_SECONDS;

function spotWithoutCheckpoint(run: GuardedRun): Refusal | undefined {
  const runtime = run.expectedTrainingSeconds ?? run.maxRuntimeSeconds;
  if (run.checkpointUri !== undefined || !run.ladder.some(isSpot) || runtime <= UNSAVED_RUNTIME_MAX_SECONDS)
    return undefined;
  return {
    field: 'capacity',
    value: run.ladder.filter(isSpot).map(formatCapacity),
    message:
      `uses spot without checkpoints for up to ${formatDuration(runtime)}: every interruption starts from zero ` +
      `(${expectedRestarts(runtime)}); set a checkpoint location`,
  };
}

/** Memoryless interruptions at a rate r: the expected time to get T uninterrupted seconds is (e^(rT) - 1) / r. */
function expectedRestarts(runtimeSeconds: number): string {
  const ratePerHour = 0.15;
  const hours = runtimeSeconds / HOUR_SECONDS;
  const expectedHours = (Math.exp(ratePerHour * hours) - 1) / ratePerHour;
  return `at ${ratePerHour} interruptions an hour, ${formatDuration(runtimeSeconds)} of work are expected to take ${Math.round(expectedHours).toLocaleString('en-US')} h of training`;
}

function builtInWithoutCheckpoint(run: GuardedRun): Refusal | undefined {
  const rung = run.ladder.filter(isSpot).find((capacity) => unsavingBuiltIn(jobOn(run.job, capacity)) !== undefined);
  const tooLong = run.maxRuntimeSeconds - SPOT_WAIT_MAX_WITHOUT_CHECKPOINT_SECONDS;
  if (rung === undefined || tooLong <= 0) return undefined;
  return {
    field: 'maxRuntime',
    value: formatDuration(run.maxRuntimeSeconds),
    message:
      `is ${formatDuration(tooLong)} too long for ${formatCapacity(rung)}: ${unsavingBuiltIn(jobOn(run.job, rung))} is a built-in ` +
      `algorithm that saves no checkpoints, and SageMaker gives its spot jobs ${formatDuration(SPOT_WAIT_MAX_WITHOUT_CHECKPOINT_SECONDS)} ` +
      '(MaxWaitTimeInSeconds 3600) for waiting and training together; set maxRuntime to at most 1h, or take spot out of the ' +
      'ladder where the training takes longer; if the image is one of your own that is only called so, push it under another name',
  };
}
