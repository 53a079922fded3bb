// EventBridge: rules match, targets are called later, at least once.
import type { EventPublisher } from '../../lambdas/ports.ts';
import { EVENT_SOURCE } from '../../domain/events.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import { compilePattern, type Matcher } from '../event-pattern.ts';
import { plainJson } from '../machine/json.ts';
import type { EventPattern } from '../../statemachines/event-patterns.ts';
import { invokeAsynchronously } from './async-invocation.ts';

export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly time: string;
  readonly account: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export type Target = (event: BusEvent) => Promise<void> | void;

export interface SimEventBusOptions {
  readonly clock: VirtualClock;
  readonly region: string;
  readonly account: string;
  readonly deliverySeconds: number;
  /** Deliveries of every event to every target; more than one exercises idempotence. */
  readonly deliveries: number;
  /** Seconds until each delivery to a rule's target; in place of `deliverySeconds` and `deliveries`. */
  readonly deliveriesOf?: (event: BusEvent, rule: string) => readonly number[];
  /** A target that waits for time to pass does not hold up the others. */
  readonly slowTargets?: boolean;
  /** A fault: by the number of an event, from 1; late ones are overtaken. */
  readonly delaySecondsOf?: (event: number) => number;
  /** A fault: what no rule ever sees, as best effort allows. */
  readonly loses?: (event: BusEvent) => boolean;
  readonly onEvent?: (event: BusEvent) => void;
  readonly onDeadLetter?: (event: BusEvent, rule: string, error: unknown) => void;
}

export class SimEventBus implements EventPublisher {
  readonly #options: SimEventBusOptions;
  readonly #rules: { readonly name: string; readonly matches: Matcher; readonly target: Target }[] = [];
  #events = 0;

  constructor(options: SimEventBusOptions) {
    this.#options = options;
  }

  addRule(name: string, pattern: EventPattern, target: Target): void {
    this.#rules.push({ name, matches: compilePattern(pattern), target });
  }

  async publish(detailType: string, detail: unknown): Promise<void> {
    this.put(EVENT_SOURCE, detailType, detail);
  }

  put(source: string, detailType: string, detail: unknown, delay?: number): string {
    const { clock, region, account, deliveries, deliverySeconds, delaySecondsOf } = this.#options;
    this.#events += 1;
    const delaySeconds = delay ?? delaySecondsOf?.(this.#events) ?? deliverySeconds;
    const event: BusEvent = {
      id: `event-${this.#events}`,
      source,
      'detail-type': detailType,
      time: new Date(clock.now() * 1_000).toISOString(),
      account,
      region,
      resources: [],
      // As through JSON on the wire: undefined members vanish and nothing is shared.
      detail: plainJson(detail),
    };
    this.#options.onEvent?.(event);
    if (this.#options.loses?.(event) === true) return event.id;
    for (const rule of this.#rules.filter(({ matches }) => matches(event))) {
      const delays =
        this.#options.deliveriesOf?.(event, rule.name) ??
        Array.from({ length: deliveries }, (_, delivery) => delaySeconds * (1 + delivery));
      for (const delay of delays) clock.after(delay, () => this.#deliver(event, rule.name, rule.target));
    }
    return event.id;
  }

  /** A person hands a dead letter to its target again. */
  redrive(event: BusEvent, name: string): void {
    const rule = this.#rules.find((one) => one.name === name);
    if (rule === undefined) throw new Error(`there is no rule ${name}`);
    this.#options.clock.after(0, () => this.#deliver(event, name, rule.target));
  }

  #deliver(event: BusEvent, rule: string, target: Target): Promise<void> {
    const { clock, slowTargets: slow = false, onDeadLetter } = this.#options;
    return invokeAsynchronously({
      clock,
      slow,
      call: () => target(event),
      onDeadLetter: (error) => onDeadLetter?.(event, rule, error),
    });
  }
}
