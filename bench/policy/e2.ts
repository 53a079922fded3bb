// E2, the world in which policies are judged: one job, spot pools that come and go, On-Demand that always comes up. Time
// is continuous and jumps from event to event. The rules are those that docs/policy-benchmark.md states; where they leave
// a choice, the comment at the place says which one is taken here.
import type { OnDemandState, PolicyAction, PolicyEvent, PolicyEventKind } from '../../domain/policy/observation.ts';
import { Account } from './e2/account.ts';
import { SpotJob } from './e2/spot-job.ts';
import type { Contestant, Job, Played, Pool, Request, WorldConfig } from './e2/terms.ts';
import { Trainer } from './e2/trainer.ts';

/** No job needs as many; one that does is a policy that flaps, and the run ends loudly. */
const STEPS_MAX = 1_000_000;

export function play(contestant: Contestant, job: Job, config: WorldConfig, pools: readonly Pool[]): Played {
  const world = new World(job, config, pools);
  world.consult(contestant, 'start');
  for (let step = 0; step < STEPS_MAX; step++) {
    const happening = world.step();
    if (happening === 'finished') return world.played();
    if (happening !== 'silent') world.consult(contestant, happening);
  }
  throw new Error(`a run of ${job.workSeconds} s of work did not end within ${STEPS_MAX} steps`);
}

class World {
  private now = 0;
  private onDemand: OnDemandState = 'none';
  private onDemandSince = 0;
  private target: PolicyAction | undefined;
  private wakeAt = Number.POSITIVE_INFINITY;
  private events: PolicyEvent[] = [];
  private newsAt: number[] = [];
  private readonly job: Job;
  private readonly config: WorldConfig;
  private readonly spot: SpotJob;
  private readonly trainer: Trainer;
  private readonly account = new Account();

  constructor(job: Job, config: WorldConfig, pools: readonly Pool[]) {
    this.job = job;
    this.config = config;
    this.spot = new SpotJob(config, pools);
    this.trainer = new Trainer(job.workSeconds, config);
  }

  consult(contestant: Contestant, why: Request['why']): void {
    const { now, job, config, spot, trainer } = this;
    const done = trainer.done(now);
    const { factor = 1, of = 'whole' } = job.estimate ?? {};
    const remaining = of === 'whole' ? job.workSeconds * factor - done : (job.workSeconds - done) * factor;
    const { action, wakeAfterSeconds } = contestant({
      why,
      now,
      deadline: job.deadlineSeconds,
      totalWorkSeconds: job.workSeconds * factor,
      remainingWorkSeconds: Math.max(0, remaining),
      unsavedWorkSeconds: trainer.unsaved(now),
      spot: spot.state,
      spotSince: spot.since,
      pool: spot.pool,
      onDemand: this.onDemand,
      trainer: trainer.holder,
      phase: trainer.phase,
      phaseSince: trainer.phaseSince,
      events: this.events,
    });
    this.account.decisions += 1;
    this.events = [];
    // A look shows everything up to now, so news of it that is still on its way would tell nothing.
    this.newsAt = [];
    const apart = config.eventLatencySeconds < 0 ? -config.eventLatencySeconds : 1;
    this.wakeAt = now + Math.max(wakeAfterSeconds, apart);
    this.target = action;
    this.steer();
    if (config.handOver === 'live' && action === 'ON_DEMAND_WITH_PROBE') this.sendCanary();
  }

  /** Goes to the next thing that happens. Silent things are those a policy does not hear of at once. */
  step(): 'finished' | 'timer' | 'event' | 'silent' {
    const spotAt = this.spot.nextTurnAt();
    const rotateAt = this.spot.nextRotationAt();
    const onDemandAt =
      this.onDemand === 'starting' ? this.onDemandSince + this.config.startupSeconds : Number.POSITIVE_INFINITY;
    const phaseAt = this.trainer.phaseEndsAt();
    const newsAt = this.newsAt[0] ?? Number.POSITIVE_INFINITY;
    const next = Math.min(spotAt, rotateAt, onDemandAt, phaseAt, newsAt, this.wakeAt);
    this.passTo(next);
    // The end of the work first: a job that is done cannot be interrupted any more.
    if (phaseAt === next) return this.endPhase();
    if (spotAt === next) this.turnSpot();
    else if (rotateAt === next) this.spot.rotate(next);
    else if (onDemandAt === next) this.startOnDemand();
    else if (newsAt === next) {
      this.newsAt.shift();
      return 'event';
    } else return 'timer';
    return 'silent';
  }

  played(): Played {
    const late = this.now > this.job.deadlineSeconds + 1e-6;
    const { cost, watchCost, onDemandSeconds, spotSeconds, decisions, handOvers } = this.account;
    return { finishedAt: this.now, late, cost, watchCost, onDemandSeconds, spotSeconds, decisions, handOvers };
  }

  private passTo(next: number): void {
    const passed = next - this.now;
    // A canary is paid for when it comes up.
    if (this.spot.state === 'running' && !this.spot.canary) this.billSpot(passed);
    if (this.onDemand === 'running') this.account.billOnDemand(passed);
    this.now = next;
  }

  private billSpot(seconds: number): void {
    this.account.billSpot(seconds, this.spot.priceRatio, this.trainer.holder === 'spot');
  }

  private endPhase(): 'finished' | 'silent' {
    const { phase, holder } = this.trainer;
    if (phase === 'training') return 'finished';
    if (phase === 'restoring') {
      this.trainer.train(this.now);
      return 'silent';
    }
    this.trainer.endStop(this.now);
    if (holder === 'on_demand') this.dropOnDemand();
    else this.dropSpot('spot_stopped');
    this.steer();
    return 'silent';
  }

  /** Moves towards what the policy wants there to be. */
  private steer(): void {
    const wantsOnDemand = this.target === 'ON_DEMAND' || this.target === 'ON_DEMAND_WITH_PROBE';
    if (this.config.handOver === 'live') this.steerOneJob(wantsOnDemand);
    else this.steerBoth(wantsOnDemand);
  }

  private steerBoth(wantsOnDemand: boolean): void {
    const { now, spot, trainer } = this;
    const wantsSpot = this.target === 'SPOT' || this.target === 'ON_DEMAND_WITH_PROBE';
    if (trainer.phase !== 'stopping') {
      if (trainer.holder === 'on_demand' && !wantsOnDemand) this.beginStop();
      // A spot job that trains goes on until On-Demand is up to take over.
      else if (trainer.holder === 'spot' && (!wantsSpot || (wantsOnDemand && this.onDemand === 'running')))
        this.beginStop();
    }
    if (this.onDemand !== 'none' && trainer.holder !== 'on_demand' && !wantsOnDemand) this.dropOnDemand();
    if (spot.state !== 'none' && trainer.holder !== 'spot' && !wantsSpot) {
      if (spot.state === 'running') this.billSpot(this.config.cancelBilledSeconds);
      this.dropSpot('spot_stopped');
    }
    if (wantsSpot && spot.state === 'none') spot.queue(now, false);
    if (wantsOnDemand) this.askOnDemand();
    this.letTrain(wantsOnDemand);
  }

  /** Live: the job that trains is stopped before the other is submitted, and what queues for spot beside it is a canary. */
  private steerOneJob(wantsOnDemand: boolean): void {
    const { now, spot, trainer, target } = this;
    if (trainer.phase === 'stopping') return;
    const keepsCanary = target === 'ON_DEMAND_WITH_PROBE';
    if (spot.state !== 'none' && trainer.holder !== 'spot' && (spot.canary ? !keepsCanary : target !== 'SPOT')) {
      this.dropSpot('spot_stopped');
    }
    if (trainer.holder === 'spot' ? target !== 'SPOT' : trainer.holder === 'on_demand' && !wantsOnDemand) {
      this.beginStop();
      return;
    }
    if (!wantsOnDemand) this.dropOnDemand();
    if (target === 'SPOT' && spot.state === 'none') spot.queue(now, false);
    if (wantsOnDemand) this.askOnDemand();
    this.letTrain(wantsOnDemand);
  }

  /** One for each time the policy asks: when it is over, nobody sends another. */
  private sendCanary(): void {
    if (this.spot.state === 'none' && this.trainer.phase !== 'stopping') this.spot.queue(this.now, true);
  }

  private askOnDemand(): void {
    if (this.onDemand !== 'none') return;
    this.onDemand = 'starting';
    this.onDemandSince = this.now;
  }

  private letTrain(wantsOnDemand: boolean): void {
    const { now, spot, trainer } = this;
    if (trainer.holder !== 'none') return;
    if (wantsOnDemand) {
      if (this.onDemand === 'running') trainer.takeOver('on_demand', 1, now);
    } else if (spot.state === 'running') trainer.takeOver('spot', spot.speed, now);
  }

  private beginStop(): void {
    const back = this.config.handOver === 'live' || this.spot.state === 'running';
    if (this.trainer.holder === 'on_demand' && back) this.account.handOvers += 1;
    this.trainer.beginStop(this.now);
  }

  private turnSpot(): void {
    const { now, spot, trainer } = this;
    if (spot.state === 'pending') {
      spot.run(now);
      if (spot.canary) this.billSpot(this.config.cancelBilledSeconds);
      this.announce('spot_running');
      this.steer();
      return;
    }
    if (spot.canary) {
      this.dropSpot(now < spot.since + this.config.cancelBilledSeconds ? 'spot_interrupted' : 'spot_stopped');
      return;
    }
    this.announce('spot_interrupted');
    if (trainer.holder === 'spot') trainer.lose(now);
    // The service queues the job again by itself.
    spot.queue(now, false);
    this.steer();
  }

  private startOnDemand(): void {
    this.onDemand = 'running';
    this.announce('on_demand_running');
    this.steer();
  }

  private dropSpot(kind: PolicyEventKind): void {
    if (this.spot.state === 'running') this.announce(kind);
    this.spot.drop(this.now);
  }

  private dropOnDemand(): void {
    if (this.onDemand === 'running') this.announce('on_demand_stopped');
    this.onDemand = 'none';
  }

  private announce(kind: PolicyEventKind): void {
    this.events.push({ at: this.now, kind, pool: this.spot.pool, queuedSince: this.spot.queuedSince });
    const { eventLatencySeconds } = this.config;
    if (eventLatencySeconds >= 0) this.newsAt.push(this.now + eventLatencySeconds);
  }
}
