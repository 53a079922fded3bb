// What sets machines and functions of a simulated world going: the rules on its bus, and its schedules.
import {
  executionEndedPattern,
  jobChangedPattern,
  runEndedPattern,
  sweepEndedPattern,
  uploadPattern,
} from '../../statemachines/event-patterns.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { SimEventBus } from '../services/sim-event-bus.ts';
import type { SimExecutions } from '../services/sim-executions.ts';
import { SimScheduler } from '../services/sim-scheduler.ts';
import type { MachineArns } from './arns.ts';
import type { WorldFunctions } from './functions.ts';
import type { WorldOptions } from './world-options.ts';

const RECONCILE_SECONDS = 900;

interface Targets {
  readonly functions: WorldFunctions;
  readonly executions: SimExecutions;
  readonly arns: MachineArns;
}

export function addRules(
  bus: SimEventBus,
  { pipeline, upload }: WorldOptions,
  { functions, executions, arns }: Targets,
): void {
  const register = (event: { readonly id: string }): void => void executions.start(arns.registration, event.id, event);
  bus.addRule('completion', runEndedPattern(pipeline.name, ['SUCCEEDED']), register);
  bus.addRule('sweep-completion', sweepEndedPattern(pipeline.name, ['SUCCEEDED']), register);
  bus.addRule('sweep-execution-ended', executionEndedPattern(arns.sweep), (event) =>
    functions.invoke('CloseSweep', event),
  );
  bus.addRule('execution-ended', executionEndedPattern(arns.training), (event) => functions.invoke('CloseRun', event));
  bus.addRule('job-changed', jobChangedPattern(pipeline.name), (event) => functions.invoke('WakeWatch', event));
  if (upload === undefined) return;
  bus.addRule('upload', uploadPattern(upload.bucket, upload.prefix, upload.suffix), (event) =>
    functions.invoke('StartRun', event),
  );
}

export function addSchedules(
  clock: VirtualClock,
  { scenario, schedules = [], reconciliations = 0, faults = {}, observers = {} }: WorldOptions,
  functions: WorldFunctions,
): void {
  const { scheduleDeliveries: deliveriesOf, slowPorts: slowTargets = false } = faults;
  const { onDeadSchedule: onDeadLetter } = observers;
  const scheduler = new SimScheduler({
    clock,
    deliveries: scenario.eventDeliveries,
    slowTargets,
    ...(deliveriesOf === undefined ? {} : { deliveriesOf }),
    ...(onDeadLetter === undefined ? {} : { onDeadLetter }),
  });
  for (const { name, request, ...when } of schedules) {
    scheduler.add(when, (scheduledAt) =>
      functions.invoke('StartRun', {
        'detail-type': 'Scheduled Run',
        detail: { schedule: name, scheduledAt, request },
      }),
    );
  }
  scheduler.add({ everySeconds: RECONCILE_SECONDS, times: reconciliations }, () => functions.invoke('Reconcile', {}));
}
