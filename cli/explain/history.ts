// What failed in an execution: the tasks of a history in the form of GetExecutionHistory, and the execution's own end.
import * as z from 'zod';
import type { TaskFailure } from '../../domain/classify.ts';

const Failure = z.object({ error: z.string().optional(), cause: z.string().optional() });
const Event = z.looseObject({
  id: z.number(),
  type: z.string(),
  taskFailedEventDetails: Failure.extend({ resource: z.string().optional() }).optional(),
  taskSubmitFailedEventDetails: Failure.extend({ resource: z.string().optional() }).optional(),
  taskTimedOutEventDetails: Failure.extend({ resource: z.string().optional() }).optional(),
  executionFailedEventDetails: Failure.optional(),
  executionTimedOutEventDetails: Failure.optional(),
  executionAbortedEventDetails: Failure.optional(),
});
export const ExecutionHistory = z.object({ events: z.array(Event).min(1, 'holds no events') });

export interface HistoryFailure {
  readonly eventId: number;
  readonly what: 'job' | 'execution';
  readonly task: TaskFailure;
}

/** Failed training jobs in order, then how the execution ended. Failures of our own functions are retried and not shown. */
export function failuresIn(history: z.infer<typeof ExecutionHistory>): readonly HistoryFailure[] {
  return history.events.flatMap((event): readonly HistoryFailure[] => {
    const task = event.taskFailedEventDetails ?? event.taskSubmitFailedEventDetails ?? event.taskTimedOutEventDetails;
    if (task !== undefined)
      return task.resource?.startsWith('createTrainingJob') === true ? [{ eventId: event.id, what: 'job', task }] : [];
    const end =
      event.executionFailedEventDetails ?? event.executionTimedOutEventDetails ?? event.executionAbortedEventDetails;
    return end === undefined ? [] : [{ eventId: event.id, what: 'execution', task: end }];
  });
}
