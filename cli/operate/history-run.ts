// What an execution's history tells of its run, while it goes and afterwards: who it is, what was decided and why, which
// jobs were started, and the receipt. The simulator's histories have the same form.
import * as z from 'zod';
import { RunStateChange } from '../../domain/events.ts';
import { Judgement } from '../../domain/judgement.ts';
import { Pipeline } from '../../domain/pipeline.ts';
import type { Instant } from '../../domain/time.ts';
import type { Decision } from '../simulation/recording.ts';

/** Dates from the SDK, text from a file. */
const Time = z.union([z.date(), z.string()]).transform((time) => new Date(time).getTime() / 1_000);

const Event = z.looseObject({
  id: z.number(),
  previousEventId: z.number().default(0),
  type: z.string(),
  timestamp: Time,
  stateEnteredEventDetails: z.looseObject({ name: z.string() }).optional(),
  taskScheduledEventDetails: z.looseObject({ resource: z.string(), parameters: z.string().optional() }).optional(),
  taskSucceededEventDetails: z.looseObject({ resource: z.string(), output: z.string().optional() }).optional(),
});
type Event = z.infer<typeof Event>;

export interface StartedJob {
  readonly jobName: string;
  readonly capacity: string;
  readonly at: Instant;
}

export interface HistoryRun {
  /** Absent until the request was read. */
  readonly runId: string | undefined;
  /** Absent as well in runs that began before this was told. */
  readonly lineageId: string | undefined;
  readonly pipeline: Pipeline | undefined;
  readonly decisions: readonly Decision[];
  readonly jobs: readonly StartedJob[];
  /** Once the run has closed itself, or was refused. */
  readonly end: RunStateChange | undefined;
}

const DECIDERS: Readonly<Record<string, Decision['by']>> = {
  AcceptRun: 'accept',
  PlanAttempt: 'plan',
  ReviewSpotAttempt: 'watch',
  ReviewOnDemandAttempt: 'watch',
  InspectAttempt: 'inspect',
};

export function readHistory(input: readonly unknown[]): HistoryRun {
  const events = input.map((event) => Event.parse(event));
  const byId = new Map(events.map((event) => [event.id, event]));
  const answers = events.flatMap((event) => {
    const { resource, output } = event.taskSucceededEventDetails ?? {};
    const payload = resource === 'invoke' ? Answer.safeParse(jsonOf(output)).data?.Payload : undefined;
    return payload === undefined ? [] : [{ state: stateOf(event, byId), at: event.timestamp, ...payload }];
  });
  const ends = answers.flatMap(({ announcement }) => RunStateChange.safeParse(announcement).data ?? []);
  return {
    runId: answers.find(({ runId }) => runId !== undefined)?.runId,
    lineageId: answers.find(({ lineageId }) => lineageId !== undefined)?.lineageId,
    pipeline: pipelineIn(events),
    decisions: answers.flatMap(({ state, at, reason, verdict, judgement }): readonly Decision[] => {
      const by = DECIDERS[state];
      const silent = by === 'watch' && verdict !== 'stopping';
      return by === undefined || reason === undefined || silent ? [] : [{ at, by, text: reason, judgement }];
    }),
    jobs: events.flatMap(jobIn),
    end: ends.at(-1),
  };
}

const Answer = z.object({
  Payload: z.looseObject({
    runId: z.string().optional(),
    lineageId: z.string().optional(),
    reason: z.string().optional(),
    verdict: z.string().optional(),
    judgement: Judgement.optional().catch(undefined),
    announcement: z.unknown().optional(),
  }),
});

/** The state to which an event belongs is the nearest one entered before it on its own branch. */
function stateOf(event: Event, byId: ReadonlyMap<number, Event>): string {
  for (let at: Event | undefined = event; at !== undefined; at = byId.get(at.previousEventId))
    if (at.stateEnteredEventDetails !== undefined) return at.stateEnteredEventDetails.name;
  return '';
}

const JobParameters = z.object({
  TrainingJobName: z.string(),
  EnableManagedSpotTraining: z.boolean(),
  ResourceConfig: z.object({ InstanceType: z.string(), InstanceCount: z.number() }),
});

function jobIn({ timestamp, taskScheduledEventDetails: task }: Event): readonly StartedJob[] {
  if (task?.resource.startsWith('createTrainingJob') !== true) return [];
  const parsed = JobParameters.safeParse(jsonOf(task.parameters));
  if (!parsed.success) return [];
  const { TrainingJobName: jobName, EnableManagedSpotTraining: spot, ResourceConfig } = parsed.data;
  const count = ResourceConfig.InstanceCount === 1 ? '' : `:${ResourceConfig.InstanceCount}`;
  return [
    { jobName, capacity: `${spot ? 'spot' : 'on-demand'}:${ResourceConfig.InstanceType}${count}`, at: timestamp },
  ];
}

const AcceptParameters = z.object({ Payload: z.object({ pipeline: Pipeline }) });

/** The pipeline that this run started with, whatever is deployed now. */
function pipelineIn(events: readonly Event[]): Pipeline | undefined {
  const first = events.find(({ taskScheduledEventDetails: task }) => task?.resource === 'invoke');
  return AcceptParameters.safeParse(jsonOf(first?.taskScheduledEventDetails?.parameters)).data?.Payload.pipeline;
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
