// People at work in a world that is played: they extend runs and go on from them, each at its moment.
import { RUN_STATE_CHANGE, RunStateChange } from '../../domain/events.ts';
import { untilItWaits } from '../clock/waiting.ts';
import type { BusEvent } from '../services/sim-event-bus.ts';
import { endedWithoutSuccess } from '../services/sim-executions.ts';
import type { Execution } from '../machine/index.ts';
import type { World } from '../world.ts';
import type { Continuation, DrawnContinuations, PersonalAct } from './drawn-world.ts';
import type { ContinuationRecord } from './world-record.ts';

type StopByHand = (act: PersonalAct['act'], execution: Execution | undefined) => Promise<void>;

export class Continuing {
  readonly records: ContinuationRecord[] = [];
  readonly #world: World;
  readonly #acts: readonly Continuation[];
  readonly #stopByHand: StopByHand;
  /** By drawn run, in the order in which they were started. */
  readonly #executions = new Map<number, Execution[]>();
  /** By run id. */
  readonly #executionOf = new Map<string, string>();
  readonly #endsSeen = new Set<string>();
  readonly #endCounts = new Map<string, number>();

  constructor(world: World, { acts }: DrawnContinuations, stopByHand: StopByHand) {
    this.#world = world;
    this.#acts = acts;
    this.#stopByHand = stopByHand;
    for (const act of acts) if ('at' in act.when) world.clock.after(act.when.at, () => this.#do(act));
  }

  started(run: number, execution: Execution): void {
    this.#executions.set(run, [...(this.#executions.get(run) ?? []), execution]);
  }

  sawFunctionResult(name: string, input: unknown, output: unknown): void {
    if (name === 'AcceptRun') {
      const { execution } = input as { readonly execution: { readonly arn: string } };
      this.#executionOf.set((output as { readonly runId: string }).runId, execution.arn);
    }
    if (name !== 'PlanAttempt' || (output as { readonly next?: string }).next !== 'end') return;
    const executionArn = this.#executionOf.get((input as { readonly runId: string }).runId);
    if (executionArn !== undefined) this.#ended('decided', executionArn);
  }

  sawBusEvent({ 'detail-type': type, detail }: BusEvent): void {
    if (type === RUN_STATE_CHANGE) this.#ended('announced', RunStateChange.parse(detail).executionArn);
  }

  #ended(after: 'decided' | 'announced', executionArn: string): void {
    const run = [...this.#executions].find(([, all]) => all.some(({ arn }) => arn === executionArn))?.[0];
    if (run === undefined || this.#endsSeen.has(`${after} ${executionArn}`)) return;
    this.#endsSeen.add(`${after} ${executionArn}`);
    const end = (this.#endCounts.get(`${after} ${run}`) ?? 0) + 1;
    this.#endCounts.set(`${after} ${run}`, end);
    for (const act of this.#acts) {
      const { when } = act;
      if (act.run === run && 'after' in when && when.after === after && when.end === end)
        this.#world.clock.after(when.seconds, () => this.#do(act));
    }
  }

  async #do(act: Continuation): Promise<void> {
    const { ledger, clock } = this.#world;
    if (act.act === 'look') return untilItWaits(this.#world.reconcile().catch(() => {}));
    const all = this.#executions.get(act.run) ?? [];
    const execution = act.names === 'first' ? all[0] : all.at(-1);
    if (act.act === 'redrive') return this.#redrive(execution);
    if (act.act !== 'extend' && act.act !== 'resume') return this.#stopByHand(act.act, execution);
    const runId = execution === undefined ? undefined : await ledger.runIdOfExecution(execution.arn);
    // Nobody names a run that has no id yet.
    if (runId === undefined) return;
    const name = `${act.act}-${this.records.length + 1}`;
    const started =
      act.act === 'extend'
        ? this.#world.extendRun({ runId, ...act.terms }, name)
        : this.#world.startRun({ resume: runId, ...act.terms }, name);
    if (started === undefined) return;
    if (act.act === 'resume') this.started(act.run, started);
    this.records.push({ act: act.act, at: clock.now(), runId, executionArn: started.arn });
  }

  /** What the console offers for whatever has ended without success, though nobody is told to do it to a run. */
  async #redrive(execution: Execution | undefined): Promise<void> {
    if (execution === undefined || !endedWithoutSuccess(execution)) return;
    const { executions, ledger, clock } = this.#world;
    executions.redrive(execution.arn);
    const runId = (await ledger.runIdOfExecution(execution.arn)) ?? '';
    this.records.push({ act: 'redrive', at: clock.now(), runId, executionArn: execution.arn });
  }
}
