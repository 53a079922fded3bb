// What an attempt did when: from its job's transitions where they are known, and otherwise from the receipt's sums, one
// after the other, which shows how much of each there was but not when.
import type { JobDescription } from '../../domain/job-description.ts';
import type { ReceiptAttempt } from '../../domain/receipt.ts';
import type { Instant } from '../../domain/time.ts';

export type PhaseKind = 'waiting' | 'starting' | 'training' | 'lost' | 'uploading' | 'stopping';

export interface Phase {
  readonly kind: PhaseKind;
  readonly from: Instant;
  readonly to: Instant;
}

const KINDS: Readonly<Record<string, PhaseKind>> = {
  Starting: 'waiting',
  Pending: 'waiting',
  LaunchingMLInstances: 'waiting',
  PreparingTrainingStack: 'waiting',
  Interrupted: 'waiting',
  Restarting: 'waiting',
  Downloading: 'starting',
  DownloadingTrainingImage: 'starting',
  Training: 'training',
  Uploading: 'uploading',
  Stopping: 'stopping',
};

/** `savedAt`: when checkpoints were written, ascending; undefined when nobody recorded it. */
export function phasesOf(
  line: ReceiptAttempt,
  job: JobDescription | undefined,
  savedAt: readonly Instant[] | undefined,
): readonly Phase[] {
  if (job === undefined || job.transitions.length === 0) return phasesBySums(line);
  const phases = withProvisioning(
    line,
    job.transitions.flatMap(({ status, startedAt, endedAt }): readonly Phase[] => {
      const kind = KINDS[status];
      return kind === undefined ? [] : [{ kind, from: startedAt, to: Math.max(startedAt, endedAt ?? line.settledAt) }];
    }),
  );
  const kept = line.outcome === 'Completed' ? phases.findLast(({ kind }) => kind === 'training') : undefined;
  const cutShort = phases.filter((phase) => phase.kind === 'training' && phase !== kept).length;
  return joined(
    phases.flatMap((phase) => {
      if (phase.kind !== 'training' || phase === kept) return [phase];
      const lostFrom =
        savedAt === undefined ? phase.to - line.lostSeconds / cutShort : (lastSave(phase, savedAt) ?? phase.from);
      return splitAt(phase, lostFrom);
    }),
  );
}

/** The end of each wait that led to a container was spent on starting a machine, for as long as the receipt estimates. */
function withProvisioning({ provisionedSeconds = 0 }: ReceiptAttempt, phases: readonly Phase[]): readonly Phase[] {
  const whole = joined(phases);
  const started = whole.filter(({ kind }) => kind === 'starting').length;
  if (started === 0) return whole;
  return whole.flatMap((phase, index) => {
    if (phase.kind !== 'waiting' || whole[index + 1]?.kind !== 'starting') return [phase];
    const at = Math.max(phase.from, phase.to - provisionedSeconds / started);
    const parts: readonly Phase[] = [
      { ...phase, to: at },
      { kind: 'starting', from: at, to: phase.to },
    ];
    return parts.filter(({ from, to }) => to > from);
  });
}

const lastSave = ({ from, to }: Phase, savedAt: readonly Instant[]): Instant | undefined =>
  savedAt.findLast((at) => at >= from && at <= to);

/** What was trained after the last checkpoint has to be trained again. */
function splitAt({ from, to }: Phase, lostFrom: Instant): readonly Phase[] {
  const at = Math.min(to, Math.max(from, lostFrom));
  const parts: readonly Phase[] = [
    { kind: 'training', from, to: at },
    { kind: 'lost', from: at, to },
  ];
  return parts.filter((phase) => phase.to > phase.from);
}

/** Neighbours of one kind are one: Interrupted and Starting are both a wait. */
function joined(phases: readonly Phase[]): readonly Phase[] {
  const result: Phase[] = [];
  for (const phase of phases) {
    const last = result.at(-1);
    if (last?.kind === phase.kind && last.to >= phase.from) result[result.length - 1] = { ...last, to: phase.to };
    else if (phase.to > phase.from) result.push(phase);
  }
  return result;
}

function phasesBySums(line: ReceiptAttempt): readonly Phase[] {
  let at = line.plannedAt;
  const parts: readonly (readonly [PhaseKind, number])[] = [
    ['waiting', line.waitedSeconds],
    ['starting', (line.provisionedSeconds ?? 0) + line.downloadedSeconds],
    ['training', line.trainedSeconds - line.lostSeconds],
    ['lost', line.lostSeconds],
    ['uploading', line.uploadedSeconds],
  ];
  return parts
    .filter(([, seconds]) => seconds > 0)
    .map(([kind, seconds]) => {
      const from = at;
      at += seconds;
      return { kind, from, to: at };
    });
}
