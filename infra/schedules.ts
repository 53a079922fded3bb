// Runs by the calendar: EventBridge Scheduler, with a time zone, by way of start-run, which names the execution after the
// scheduled time so that a second delivery of it starts nothing.
import { Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { acceptRequest } from '../domain/accept-request.ts';
import { showValue, type Problem } from '../domain/errors.ts';
import { PipelineName } from '../domain/naming.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import { parseInstant } from '../domain/time.ts';

/** Runs by the calendar. */
export interface RunSchedule {
  /**
   * Name of the schedule, unique in the pipeline: it stands in the names of its executions and on its runs. At most 32
   * characters of a-z, 0-9 and single hyphens.
   */
  readonly name: string;

  /** When, and in which time zone: `ScheduleExpression.cron({ hour: '4', minute: '0', timeZone: TimeZone.EUROPE_BERLIN })`. */
  readonly schedule: ScheduleExpression;

  /**
   * What its runs are started with (docs/run-request.md), such as `{ deadline: '6h' }`.
   *
   * @default {}
   */
  readonly request?: { readonly [field: string]: unknown };
}

/** Later than this a run is better left to the next time. */
const LATE_MAX = Duration.hours(6);
const TRIES_MAX = 185;
const RECONCILE_PERIOD = Duration.minutes(15);

/**
 * One for all schedules of a pipeline, in its own scope: CDK's own would be shared with whoever else has schedules in the
 * stack. Only schedules of the account's default group may take it.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 */
export function createSchedulerRole(scope: Construct, pipelineName: string): IRole {
  const { account } = Stack.of(scope);
  const group = Stack.of(scope).formatArn({
    service: 'scheduler',
    resource: 'schedule-group',
    resourceName: 'default',
  });
  return new Role(scope, 'SchedulerRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group } },
    }),
    description: `Schedules of the Spotrelay pipeline ${pipelineName}`,
  });
}

export interface ScheduleTarget {
  readonly role: IRole;
  readonly startRun: IFunction;
  readonly deadLetters: IQueue;
}

export function createSchedules(
  scope: Construct,
  pipelineName: string,
  schedules: readonly RunSchedule[],
  { role, startRun, deadLetters }: ScheduleTarget,
): void {
  for (const { name, schedule, request = {} } of schedules) {
    new Schedule(scope, `Schedule-${name}`, {
      description: `Starts runs of the Spotrelay pipeline ${pipelineName}: ${name}`,
      schedule,
      target: new LambdaInvoke(startRun, {
        role,
        input: ScheduleTargetInput.fromObject({
          'detail-type': 'Scheduled Run',
          detail: { schedule: name, scheduledAt: ContextAttribute.scheduledTime, request },
        }),
        deadLetterQueue: deadLetters,
        maxEventAge: LATE_MAX,
        retryAttempts: TRIES_MAX,
      }),
    });
  }
}

/** A time that is missed is made up for by the next, so nothing of it is kept. */
export const createSafetyNet = (scope: Construct, pipelineName: string, role: IRole, reconcile: IFunction): Schedule =>
  new Schedule(scope, 'ReconcileSchedule', {
    description: `Looks for what lost events have left undone in the Spotrelay pipeline ${pipelineName}`,
    schedule: ScheduleExpression.rate(RECONCILE_PERIOD),
    target: new LambdaInvoke(reconcile, { role, maxEventAge: RECONCILE_PERIOD, retryAttempts: 2 }),
  });

/** The requests go through the door that their runs will go through; the fields are those of the props. */
export function problemsOfSchedules(
  schedules: readonly Omit<RunSchedule, 'schedule'>[],
  pipeline: Pipeline,
): readonly Problem[] {
  const names = schedules.map(({ name }) => name);
  return schedules.flatMap(({ name, request = {} }, index) => [
    ...problemsOfName(names, index).map((message) => ({
      field: `schedules.${index}.name`,
      value: showValue(name),
      message,
    })),
    ...problemsOfRequest(request, pipeline).map((problem) => ({
      ...problem,
      field: `schedules.${index}.request.${problem.field}`,
    })),
  ]);
}

function problemsOfName(names: readonly string[], index: number): readonly string[] {
  const name = names[index] ?? '';
  if (!PipelineName.safeParse(name).success)
    return ['must have at most 32 characters of a-z, 0-9 and single hyphens, for example "nightly"'];
  return names.indexOf(name) < index ? ['is taken by another schedule: give each its own'] : [];
}

const ANY_TIME = 0;

function problemsOfRequest(request: Readonly<Record<string, unknown>>, pipeline: Pipeline): readonly Problem[] {
  const { deadline, trigger, ...others } = request;
  if (trigger !== undefined)
    return [{ field: 'trigger', value: showValue(trigger), message: 'is set by the schedule: leave it out' }];
  if (typeof deadline === 'string' && parseInstant(deadline) !== undefined) {
    const message = 'must be a duration such as "6h": a schedule comes back, an instant does not';
    return [{ field: 'deadline', value: showValue(deadline), message }];
  }
  const context = { executionArn: '', executionName: '', startedAt: ANY_TIME, now: ANY_TIME };
  const acceptance = acceptRequest(deadline === undefined ? others : request, pipeline, context);
  return acceptance.kind === 'rejected' ? acceptance.problems : [];
}
