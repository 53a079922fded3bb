// What the handlers of a simulated world are given: the services behind ports, and who watches each call of them.
import type {
  Clock,
  EventPublisher,
  Executions,
  Ledger,
  MetricSink,
  ModelRegistry,
  ObjectStore,
  TaskTokens,
  TrainingJobs,
  TriggerLedger,
} from '../../lambdas/ports.ts';
import type { SweepLedger } from '../../lambdas/sweep-ports.ts';
import type { WorldObservers } from './world-options.ts';

/** All that handlers reach of the world. */
export interface HandlerPorts {
  readonly ledger: Ledger;
  readonly jobs: TrainingJobs;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly executions: Executions;
  readonly events: EventPublisher;
  readonly tokens: TaskTokens;
  readonly registry: ModelRegistry;
  readonly sweeps: SweepLedger;
  readonly triggers: TriggerLedger;
  /** Executions of the state machine that waits for uploads to pause. */
  readonly batches: Executions;
  readonly metrics: MetricSink;
}

/** The same ports; where somebody watches, each call is told first, but of the clock and the metrics, which decide nothing. */
export function watchedPorts(ports: HandlerPorts, { onPortCall }: WorldObservers): HandlerPorts {
  if (onPortCall === undefined) return ports;
  const { clock, metrics, ...services } = ports;
  const seen = Object.entries(services).map(([name, port]) => [
    name,
    watched(port, (method, args) => onPortCall(name, method, args)),
  ]);
  return { ...services, ...Object.fromEntries(seen), clock, metrics };
}

const watched = <Port extends object>(port: Port, onCall: (method: string, args: readonly unknown[]) => void): Port =>
  new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        onCall(String(key), args);
        return Reflect.apply(member, target, args);
      };
    },
  });
