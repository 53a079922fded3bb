// The observers of one world: they write down jobs, containers, announcements and payloads, and change nothing.
import type { Json } from '../machine/index.ts';
import { byteCount, isLargerThan } from '../machine/json.ts';
import type { JobDescription } from '../../domain/job-description.ts';
import { isTerminal } from '../../domain/job-description.ts';
import {
  MODEL_REGISTERED,
  MODEL_REJECTED,
  RUN_SKIPPED,
  RUN_STATE_CHANGE,
  RunSkipped,
  RunStateChange,
} from '../../domain/events.ts';
import { prefixUnder } from '../../domain/naming.ts';
import { SWEEP_STATE_CHANGE, SweepStateChange } from '../../domain/sweep/events.ts';
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { TrainingExecutor } from '../executors/executor.ts';
import { createModelledExecutor, type ModelledScript } from '../executors/modelled.ts';
import { savedWork, type CheckpointHabit } from '../executors/modelled-checkpoint.ts';
import type { SimObjects } from '../services/sim-objects.ts';
import type { BusEvent } from '../services/sim-event-bus.ts';
import type { WorldObservers } from '../world.ts';
import type { AcceptanceRecord, Announcement, ContainerRecord, UploadRecord, WorldRecord } from './world-record.ts';

interface SeenJob {
  readonly createdAt: number;
  endedAt?: number;
  /** What Describe said, from each change on. */
  readonly said: { readonly at: number; readonly job: JobDescription }[];
}

export interface DeadLetter {
  readonly event: BusEvent;
  readonly rule: string;
}

/** Nobody needs to know how far below the limit of 256 KiB a small one is. */
const SMALL_PAYLOAD_BYTES = 32_768;

export class Observing {
  readonly jobs = new Map<string, SeenJob>();
  readonly accepted = new Set<string>();
  readonly announcements: Announcement[] = [];
  readonly modelEvents: { readonly type: string; readonly runId: string }[] = [];
  readonly containers: ContainerRecord[] = [];
  readonly uploads: UploadRecord[] = [];
  readonly acceptances: AcceptanceRecord[] = [];
  readonly sweepAnnouncements: WorldRecord['sweepAnnouncements'][number][] = [];
  /** By lineage: the most work that ever was safe, since it was last cleaned. */
  readonly durable = new Map<string, number>();
  readonly cleanings: WorldRecord['cleanings'][number][] = [];
  readonly skipped: { readonly at: number; readonly cause: string }[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly deadSchedules: (() => void)[] = [];
  payloadBytesMax = SMALL_PAYLOAD_BYTES;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly observers: WorldObservers = {
    onJobStatus: (job) => this.#jobStatus(job),
    onBusEvent: (event) => this.#busEvent(event),
    onDeleteUnder: (uri) => this.#deleteUnder(uri),
    onDeadLetter: (event, rule) => void this.deadLetters.push({ event, rule }),
    onDeadSchedule: (again) => void this.deadSchedules.push(again),
  };

  describedAt(jobName: string, instant: number): JobDescription | undefined {
    return this.jobs.get(jobName)?.said.findLast(({ at }) => at <= instant)?.job;
  }

  /** The door has said who comes in; S3 as it is at this moment. */
  accepting(
    output: unknown,
    checkpointUri: string | undefined,
    objects: Pick<SimObjects, 'get' | 'list'>,
    habit: CheckpointHabit,
  ): void {
    const { verdict, runId, lineageId } = output as Readonly<Record<string, string | undefined>>;
    if (verdict !== 'accepted' || runId === undefined || lineageId === undefined || this.accepted.has(runId)) return;
    const savedWorkSeconds =
      checkpointUri === undefined ? undefined : savedWork(objects, prefixUnder(checkpointUri, lineageId), habit);
    this.acceptances.push({
      runId,
      lineageId,
      at: this.#now(),
      cleaningsBefore: this.cleanings.length,
      ...(savedWorkSeconds === undefined ? {} : { savedWorkSeconds }),
      deleted: objects.get(DELETED_MARK) !== undefined,
    });
  }

  #deleteUnder(uri: string): void {
    this.cleanings.push({ uri, at: this.#now() });
    for (const lineageId of this.durable.keys()) if (uri.endsWith(`/${lineageId}/`)) this.durable.delete(lineageId);
  }

  /** What the bus is about to deliver. */
  delivering({ detail }: BusEvent, rule: string, deliveries: number): void {
    if (rule !== 'upload') return;
    const { key } = (detail as { readonly object: { readonly key: string } }).object;
    this.uploads.push({ key, at: this.#now(), deliveries });
  }

  #jobStatus(job: JobDescription): void {
    const at = this.#now();
    const seen = this.jobs.get(job.jobName) ?? { createdAt: at, said: [] };
    seen.said.push({ at, job });
    if (isTerminal(job)) seen.endedAt ??= at;
    this.jobs.set(job.jobName, seen);
  }

  functionResult(name: string, output: unknown): void {
    const payload = (output ?? null) as Json;
    // Measured only where it may be larger: most answers are a few words.
    if (isLargerThan(this.payloadBytesMax, payload)) this.payloadBytesMax = byteCount(payload);
    const { verdict, runId } = output as { readonly verdict?: Json; readonly runId?: string };
    if (name === 'AcceptRun' && verdict === 'accepted' && runId !== undefined) this.accepted.add(runId);
  }

  #busEvent({ 'detail-type': type, detail }: BusEvent): void {
    if (type === RUN_STATE_CHANGE) this.announcements.push({ at: this.#now(), detail: RunStateChange.parse(detail) });
    if (type === SWEEP_STATE_CHANGE)
      this.sweepAnnouncements.push({ at: this.#now(), detail: SweepStateChange.parse(detail) });
    if (type === RUN_SKIPPED) this.skipped.push({ at: this.#now(), cause: RunSkipped.parse(detail).cause });
    if (type === MODEL_REGISTERED || type === MODEL_REJECTED)
      this.modelEvents.push({ type, runId: (detail as { readonly runId: string }).runId });
  }
}

export interface ObservedTraining {
  readonly script: ModelledScript | ((job: TrainingJobRequest) => ModelledScript);
  readonly habit: CheckpointHabit;
  /** From a save to its object in S3, of each file; what has not arrived when the container is killed never does. */
  readonly lagSeconds: () => number;
}

/** Modelled training whose containers say from where they go on. */
export function observedExecutor(
  clock: VirtualClock,
  objects: SimObjects,
  { script, habit, lagSeconds }: ObservedTraining,
  { containers, acceptances, durable }: Pick<Observing, 'containers' | 'acceptances' | 'durable'>,
): TrainingExecutor {
  return {
    start(job, events) {
      const runId = job.Environment['SPOTRELAY_RUN_ID'] ?? '';
      const lineage = acceptances.find((run) => run.runId === runId)?.lineageId ?? runId;
      const bucket = containerBucket(clock, objects, job, { habit, lagSeconds }, (workSeconds) => {
        durable.set(lineage, Math.max(durable.get(lineage) ?? 0, workSeconds));
      });
      const container = createModelledExecutor(clock, bucket.objects, script).start(job, {
        training: () => {
          const durableWorkSeconds = bucket.deleted() ? 0 : (durable.get(lineage) ?? 0);
          const at = clock.now();
          const { TrainingJobName: jobName } = job;
          containers.push({ jobName, runId, at, resumedWorkSeconds: bucket.workSaved(), durableWorkSeconds });
          events.training();
        },
        exited: (exit) => {
          bucket.flush();
          events.exited(exit);
        },
      });
      return {
        terminate: () => container.terminate(),
        kill: () => {
          bucket.drop();
          container.kill();
        },
      };
    },
  };
}

function containerBucket(
  clock: VirtualClock,
  objects: SimObjects,
  { CheckpointConfig }: TrainingJobRequest,
  { habit, lagSeconds }: Pick<ObservedTraining, 'habit' | 'lagSeconds'>,
  saved: (workSeconds: number) => void,
) {
  const prefix = CheckpointConfig?.S3Uri;
  let waiting: { readonly uri: string; readonly body: Buffer | string; readonly timer: { cancel(): void } }[] = [];
  const workSaved = (): number => (prefix === undefined ? 0 : (savedWork(objects, prefix, habit) ?? 0));
  const put = (uri: string, body: Buffer | string) => {
    const object = objects.put(uri, body);
    if (prefix !== undefined && uri.startsWith(prefix)) saved(workSaved());
    return object;
  };
  return {
    objects: {
      get: (uri: string) => objects.get(uri),
      list: (uri: string) => objects.list(uri),
      put: (uri: string, body: Buffer | string) => {
        const lag = lagSeconds();
        if (lag === 0 || prefix === undefined || !uri.startsWith(prefix)) return put(uri, body);
        const upload = { uri, body, timer: clock.after(lag, () => arrive()) };
        const arrive = (): void => {
          waiting = waiting.filter((other) => other !== upload);
          put(uri, body);
        };
        waiting.push(upload);
        return { uri, size: body.length, modifiedAt: clock.now() };
      },
    },
    /** A container that leaves by itself has its files uploaded. */
    flush: () => {
      for (const { uri, body, timer } of waiting) {
        timer.cancel();
        put(uri, body);
      }
      waiting = [];
    },
    drop: () => {
      for (const { timer } of waiting) timer.cancel();
      waiting = [];
    },
    workSaved,
    /** Somebody took the checkpoints away, so nothing is durable any more. */
    deleted: (): boolean => objects.get(DELETED_MARK) !== undefined,
  };
}

/** Left behind by a drawn deletion of checkpoints. */
export const DELETED_MARK = 's3://artifacts/vopr/deleted';
