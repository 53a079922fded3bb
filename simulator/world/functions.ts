// The functions of a simulated world: the very handlers that are deployed, by the names that the definitions call them.
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { createAcceptSweep } from '../../lambdas/accept-sweep/accept-sweep.ts';
import { createAdmitTrial } from '../../lambdas/admit-trial/admit-trial.ts';
import { createAwaitNews } from '../../lambdas/await-news/await-news.ts';
import { createCloseAbandonedRun } from '../../lambdas/close-run/close-abandoned-run.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { createCloseAbandonedSweep, createCloseSweep } from '../../lambdas/close-sweep/close-sweep.ts';
import type { LambdaFunction } from '../../lambdas/define-function.ts';
import { createExtendRun } from '../../lambdas/extend-run/extend-run.ts';
import { createInspectAttempt } from '../../lambdas/inspect-attempt/inspect-attempt.ts';
import { createPlanAttempt } from '../../lambdas/plan-attempt/plan-attempt.ts';
import { createPrepareRegistration } from '../../lambdas/prepare-registration/prepare-registration.ts';
import { createRecordRegistration } from '../../lambdas/record-registration/record-registration.ts';
import { createReconcile } from '../../lambdas/reconcile/reconcile.ts';
import { createReviewAttempt } from '../../lambdas/review-attempt/review-attempt.ts';
import { createStartRun } from '../../lambdas/start-run/start-run.ts';
import { createSelectBest } from '../../lambdas/select-best/select-best.ts';
import { createSettleTrial } from '../../lambdas/settle-trial/settle-trial.ts';
import { createWakeWatch } from '../../lambdas/wake-watch/wake-watch.ts';
import { functionArn } from './arns.ts';
import type { HandlerPorts } from './ports.ts';
import type { WorldFaults, WorldObservers, WorldOptions } from './world-options.ts';

export class WorldFunctions {
  /** As a state machine invokes them; filled by `bindAll`. */
  readonly byArn: Record<string, LambdaFunction<unknown>> = {};
  readonly #observers: WorldObservers;
  readonly #faults: WorldFaults;

  constructor({ observers = {}, faults = {} }: WorldOptions) {
    this.#observers = observers;
    this.#faults = faults;
  }

  bindAll(ports: HandlerPorts, options: WorldOptions): void {
    const handlers = createHandlers(options, (name) => this.#faults.wrapPorts?.(name, ports) ?? ports);
    for (const [name, invoke] of Object.entries(handlers)) this.#bind(name, invoke);
  }

  #bind(name: string, invoke: LambdaFunction<unknown>): void {
    const observed: LambdaFunction<unknown> = async (event) => {
      const output = await invoke(event);
      this.#observers.onFunctionResult?.(name, event, output);
      return output;
    };
    this.byArn[functionArn(name)] = this.#faults.wrapFunction?.(name, observed) ?? observed;
  }

  wrap(name: string, wrap: (invoke: LambdaFunction<unknown>) => LambdaFunction<unknown>): void {
    const invoke = this.byArn[functionArn(name)];
    if (invoke === undefined) throw new Error(`there is no function ${name}`);
    this.byArn[functionArn(name)] = wrap(invoke);
  }

  async invoke(name: string, event: unknown): Promise<void> {
    await this.byArn[functionArn(name)]?.(event);
  }
}

function createHandlers(
  { pipeline: { name: pipeline }, upload, overlap = 'allow' }: WorldOptions,
  portsOf: (functionName: string) => HandlerPorts,
): Readonly<Record<string, LambdaFunction<unknown>>> {
  const closing = { pipeline, ...portsOf('CloseRun') };
  const closingSweep = portsOf('CloseSweep');
  let ids = 0;
  return {
    AcceptRun: createAcceptRun(portsOf('AcceptRun')),
    PlanAttempt: createPlanAttempt(portsOf('PlanAttempt')),
    InspectAttempt: createInspectAttempt(portsOf('InspectAttempt')),
    ReviewAttempt: createReviewAttempt(portsOf('ReviewAttempt')),
    AwaitNews: createAwaitNews(portsOf('AwaitNews')),
    ExtendRun: createExtendRun(portsOf('ExtendRun')),
    WakeWatch: createWakeWatch(portsOf('WakeWatch')),
    CloseRun: either(createCloseAbandonedRun(closing), createCloseRun(closing)),
    Reconcile: createReconcile({ pipeline, ...portsOf('Reconcile'), newId: () => String((ids += 1)) }),
    PrepareRegistration: createPrepareRegistration(portsOf('PrepareRegistration')),
    RecordRegistration: createRecordRegistration(portsOf('RecordRegistration')),
    StartRun: createStartRun({ pipeline, ...portsOf('StartRun'), upload, overlap }),
    AcceptSweep: createAcceptSweep(portsOf('AcceptSweep')),
    AdmitTrial: createAdmitTrial(portsOf('AdmitTrial')),
    SettleTrial: createSettleTrial(portsOf('SettleTrial')),
    SelectBest: createSelectBest(portsOf('SelectBest')),
    CloseSweep: either(createCloseAbandonedSweep(closingSweep), createCloseSweep(closingSweep)),
  };
}

/** Two functions have two callers: a rule of EventBridge and a state machine. */
const either =
  (onEvent: LambdaFunction<unknown>, onTask: LambdaFunction<unknown>): LambdaFunction<unknown> =>
  (event) =>
    isBusEvent(event) ? onEvent(event) : onTask(event);

const isBusEvent = (event: unknown): boolean => typeof event === 'object' && event !== null && 'detail-type' in event;
