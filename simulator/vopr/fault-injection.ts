// Drawn faults as the hooks of a world. Each purpose has a stream of its own, and all faults end when the world heals.
import type { JobDescription } from '../../domain/job-description.ts';
import type { LambdaFunction } from '../../lambdas/define-function.ts';
import type { TrainingJobs } from '../../lambdas/ports.ts';
import { passTime } from '../clock/waiting.ts';
import type { BusEvent } from '../services/sim-event-bus.ts';
import { UntracedError } from '../untraced-error.ts';
import type { HandlerPorts, WorldFaults } from '../world.ts';
import { chance } from './chance.ts';
import type { Outage } from './drawn-world.ts';
import { isOut, type FaultContext, type Now } from './fault-context.ts';
import { cuttingCauses, integrationFaults } from './integration-faults.ts';

/** A fault that the world injects; the name tells it from an error of the system. */
class InjectedFault extends UntracedError {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const crash = (when: string): InjectedFault =>
  new InjectedFault('Runtime.ExitError', `the function was killed ${when} its work`);

const TIMED_OUT_SECONDS = 30;
const FUNCTION_SECONDS = 0.25;
const DELIVERY_SECONDS = 1;

export function faultsOf(context: FaultContext): WorldFaults {
  const { drawn, clock, startedAt } = context;
  const { faults, seed } = drawn;
  const elapsed = (): number => clock.now() - startedAt;
  const healed = (): boolean => elapsed() >= drawn.healsAt;
  const timedOut = new Set<string>();
  const functions = chance(seed, 'during', 'functions');
  const deliveries = chance(seed, 'during', 'deliveries');
  const aborts = chance(seed, 'during', 'aborts');
  const happens = (odds: { readonly odds: (share: number) => boolean }, share: number): boolean =>
    share > 0 && odds.odds(share) && !healed();

  const wrapFunction = (name: string, invoke: LambdaFunction<unknown>): LambdaFunction<unknown> => {
    return async (event) => {
      if (happens(functions, faults.crashBefore)) throw crash('before');
      const cutOff = happens(functions, faults.functionTimeout);
      const killed = happens(functions, faults.crashAfter);
      const output = await invoke(event);
      if (cutOff) {
        timedOut.add(name);
        throw new InjectedFault('Sandbox.Timedout', `Task timed out after ${TIMED_OUT_SECONDS}.00 seconds`);
      }
      if (killed) throw crash('after');
      return output;
    };
  };

  const deliveriesOf = ({ source }: BusEvent): readonly number[] => {
    if (happens(deliveries, source === 'aws.sagemaker' ? faults.eventLost : faults.otherEventLost)) return [];
    const count = happens(deliveries, faults.eventRepeated) ? deliveries.whole(2, 3) : 1;
    return Array.from({ length: count }, () =>
      happens(deliveries, faults.eventDelayed)
        ? deliveries.between(DELIVERY_SECONDS, faults.eventDelaySecondsMax)
        : DELIVERY_SECONDS,
    );
  };

  const scheduled = chance(seed, 'during', 'scheduled times');
  /** Drawn before anything happens, so that the healing does not count: what comes late comes within its time all the same. */
  const scheduleDeliveries = (): readonly number[] =>
    Array.from({ length: scheduled.odds(faults.eventRepeated) ? 2 : 1 }, () =>
      scheduled.odds(faults.eventDelayed)
        ? scheduled.between(DELIVERY_SECONDS, faults.eventDelaySecondsMax)
        : DELIVERY_SECONDS,
    );

  return {
    wrapFunction,
    wrapPorts: portFaults(context, { elapsed, healed }),
    wrapIntegration: (resource, integration) => {
      const faulty = integrationFaults(context, { elapsed, healed }, resource, integration);
      return faults.causeCut > 0 ? cuttingCauses(context, healed, resource, faulty) : faulty;
    },
    deliveries: deliveriesOf,
    scheduleDeliveries,
    functionSeconds: (name) => (timedOut.delete(name) ? TIMED_OUT_SECONDS : FUNCTION_SECONDS),
    stopsOnAbort: () => !happens(aborts, faults.abortDoesNotStop),
    slowPorts: faults.slowPort > 0,
    executionTimeoutSeconds: faults.executionTimeoutSeconds,
  };
}

function portFaults(context: FaultContext, { elapsed, healed }: Now): NonNullable<WorldFaults['wrapPorts']> {
  const { drawn, clock } = context;
  const { faults, seed } = drawn;
  const common = chance(seed, 'during', 'ports');
  const ofSweeps = chance(seed, 'during', 'ports of sweeps');
  const outageOf = (port: string, method: string): Outage['of'] | undefined => {
    if (port === 'jobs') return method === 'describe' ? 'describe' : method === 'stop' ? 'stop' : 'create';
    return port === 'ledger' || port === 'objects' ? port : undefined;
  };

  const ever = faults.portFailure > 0 || faults.slowPort > 0 || faults.outages.length > 0;
  const guarded = <Port extends object>(name: string, port: Port, draw = common): Port => {
    if (!ever) return port;
    const faulty = new Map<string | symbol, unknown>();
    return new Proxy(port, {
      get(target, property) {
        const known = faulty.get(property);
        if (known !== undefined) return known;
        const method: unknown = Reflect.get(target, property);
        // A name is made without asking anybody.
        if (typeof method !== 'function' || property === 'arnOf') return method;
        const called = async (...given: readonly unknown[]): Promise<unknown> => {
          const outage = outageOf(name, String(property));
          if (outage !== undefined && isOut(faults.outages, outage, elapsed()))
            throw new InjectedFault('ServiceUnavailable', `${outage} answers 503`);
          const fails = faults.portFailure > 0 && !healed() && draw.odds(faults.portFailure);
          const before = fails && draw.odds(0.5);
          if (faults.slowPort > 0 && !healed() && draw.odds(faults.slowPort))
            await passTime(clock, draw.between(0, faults.slowPortSecondsMax));
          if (before) throw new InjectedFault('TimeoutError', `${name}.${String(property)} was not reached`);
          const answer: unknown = await Reflect.apply(method, target, given);
          if (fails) throw new InjectedFault('TimeoutError', `the reply of ${name}.${String(property)} was lost`);
          return answer;
        };
        faulty.set(property, called);
        return called;
      },
    });
  };

  return (functionName, ports): HandlerPorts => {
    const skew = faults.clockSkewSeconds[functionName] ?? 0;
    return {
      ...ports,
      ledger: guarded('ledger', ports.ledger),
      triggers: guarded('ledger', ports.triggers),
      sweeps: drawn.sweep === undefined ? ports.sweeps : guarded('ledger', ports.sweeps, ofSweeps),
      jobs: guarded('jobs', strangeDescribe(context, healed, ports.jobs)),
      objects: guarded('objects', ports.objects),
      executions: guarded('executions', ports.executions),
      batches: guarded('executions', ports.batches),
      events: guarded('events', ports.events),
      tokens: guarded('tokens', ports.tokens),
      registry: guarded('registry', ports.registry),
      clock: skew === 0 ? ports.clock : { now: () => ports.clock.now() + (healed() ? 0 : skew) },
    };
  };
}

/** Answers of some seconds ago, and statuses that nobody has heard of. */
function strangeDescribe(context: FaultContext, healed: () => boolean, jobs: TrainingJobs): TrainingJobs {
  const { drawn, clock, describedAt } = context;
  const { faults, seed } = drawn;
  const draw = chance(seed, 'during', 'describe');
  if (faults.staleDescribe === 0 && faults.unknownStatus === 0) return jobs;
  const strange = new Map<string, boolean>();
  const isStrange = (jobName: string): boolean => {
    const known = strange.get(jobName) ?? chance(seed, 'during', 'status', jobName).odds(faults.unknownStatus);
    strange.set(jobName, known);
    return known;
  };
  return {
    create: (request) => jobs.create(request),
    stop: (jobName) => jobs.stop(jobName),
    namesInProgress: (prefix) => jobs.namesInProgress(prefix),
    describe: async (jobName) => {
      const stale = faults.staleDescribe > 0 && !healed() && draw.odds(faults.staleDescribe);
      const job = stale
        ? describedAt(jobName, clock.now() - draw.between(0, faults.staleSecondsMax))
        : await jobs.describe(jobName);
      return faults.unknownStatus > 0 && job !== undefined && isStrange(jobName) ? withUnknownStatus(job) : job;
    },
  };
}

function withUnknownStatus(job: JobDescription): JobDescription {
  const rename = (status: string): string => (status === 'Downloading' ? 'AttachingVolumes' : status);
  return {
    ...job,
    secondaryStatus: rename(job.secondaryStatus),
    transitions: job.transitions.map((transition) => ({ ...transition, status: rename(transition.status) })),
  };
}
