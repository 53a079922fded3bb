// E2, the world in which policies are judged: one job, spot pools that come and go, On-Demand that always comes up. Time
// is continuous and jumps from event to event. The rules are those of ../shared/docs/policy.md; where it leaves a choice,
// the comment at the place says which one is taken here.
import type {
  Advice,
  Observation,
  OnDemandState,
  PolicyAction,
  PolicyConfig,
  PolicyEvent,
  PolicyEventKind,
  SpotState,
  TrainerPhase,
} from '../../domain/policy/observation.ts';
import { type Availability, firstEndingAfter } from './availability.ts';

export interface WorldConfig extends PolicyConfig {
  /** With several pools, the turn of one that gives nothing. */
  readonly rotateSeconds: number;
  /** What a spot instance that runs beside the trainer costs when it is cancelled, in seconds of its time. */
  readonly cancelBilledSeconds: number;
}

export interface Job {
  readonly workSeconds: number;
  readonly deadlineSeconds: number;
  /** What the policy is told of the work; the truth where it is left out. */
  readonly estimate?: Estimate;
}

/**
 * Under 1, too little. An error of the whole is a wrong figure in the request, found out only at the end; one of the rest
 * is a script's own count of what remains, wrong by the same share all along, and so by less and less.
 */
export interface Estimate {
  readonly factor: number;
  readonly of: 'whole' | 'rest';
}

export interface Request extends Observation {
  readonly why: 'start' | 'timer' | 'event';
  readonly totalWorkSeconds: number;
}

/** One policy at work on one job. It may remember; the world is the only thing it hears from. */
export type Contestant = (request: Request) => Pick<Advice, 'action' | 'wakeAfterSeconds'>;

export interface Played {
  readonly finishedAt: number;
  readonly late: boolean;
  /** In seconds of On-Demand. */
  readonly cost: number;
  readonly onDemandSeconds: number;
  readonly spotSeconds: number;
  readonly decisions: number;
  readonly handOvers: number;
}

/** No job needs as many; one that does is a policy that flaps, and the run ends loudly. */
const STEPS_MAX = 1_000_000;

export function play(contestant: Contestant, job: Job, config: WorldConfig, pools: readonly Availability[]): Played {
  const world = new World(job, config, pools);
  world.consult(contestant, 'start');
  for (let step = 0; step < STEPS_MAX; step++) {
    const happening = world.step();
    if (happening === 'finished') return world.account();
    if (happening !== 'silent') world.consult(contestant, happening);
  }
  throw new Error(`a run of ${job.workSeconds} s of work did not end within ${STEPS_MAX} steps`);
}

class World {
  private now = 0;
  private spot: SpotState = 'none';
  private spotSince = 0;
  private spotQueuedSince = 0;
  /** When the queued job will run, or the running one be interrupted. */
  private spotTurnsAt = Number.POSITIVE_INFINITY;
  private rotatesAt = Number.POSITIVE_INFINITY;
  private pool = 0;
  private onDemand: OnDemandState = 'none';
  private onDemandSince = 0;
  private trainer: 'none' | 'spot' | 'on_demand' = 'none';
  private phase: TrainerPhase = 'none';
  private phaseSince = 0;
  /** Work that was done when the present phase began, and is saved. */
  private saved = 0;
  /** Done and not yet saved when a stop began. */
  private unsavedAtStop = 0;
  private target: PolicyAction = 'IDLE';
  private wakeAt = Number.POSITIVE_INFINITY;
  private events: PolicyEvent[] = [];
  private newsAt: number[] = [];
  private cost = 0;
  private onDemandSeconds = 0;
  private spotSeconds = 0;
  private decisions = 0;
  private handOvers = 0;
  private readonly job: Job;
  private readonly config: WorldConfig;
  private readonly pools: readonly Availability[];

  constructor(job: Job, config: WorldConfig, pools: readonly Availability[]) {
    this.job = job;
    this.config = config;
    this.pools = pools;
  }

  consult(contestant: Contestant, why: Request['why']): void {
    const { now, job, config } = this;
    const trained = this.phase === 'training' ? now - this.phaseSince : 0;
    const unsaved = this.phase === 'stopping' ? this.unsavedAtStop : trained % config.checkpointIntervalSeconds;
    const done = this.saved + (this.phase === 'stopping' ? this.unsavedAtStop : trained);
    const { factor = 1, of = 'whole' } = job.estimate ?? {};
    const remaining = of === 'whole' ? job.workSeconds * factor - done : (job.workSeconds - done) * factor;
    const { action, wakeAfterSeconds } = contestant({
      why,
      now,
      deadline: job.deadlineSeconds,
      totalWorkSeconds: job.workSeconds * factor,
      remainingWorkSeconds: Math.max(0, remaining),
      unsavedWorkSeconds: unsaved,
      spot: this.spot,
      spotSince: this.spotSince,
      onDemand: this.onDemand,
      trainer: this.trainer,
      phase: this.phase,
      phaseSince: this.phaseSince,
      events: this.events,
    });
    this.decisions += 1;
    this.events = [];
    // A look shows everything up to now, so news of it that is still on its way would tell nothing.
    this.newsAt = [];
    const apart = config.eventLatencySeconds < 0 ? -config.eventLatencySeconds : 1;
    this.wakeAt = now + Math.max(wakeAfterSeconds, apart);
    this.target = action;
    this.steer();
  }

  /** Goes to the next thing that happens. Silent things are those a policy does not hear of at once. */
  step(): 'finished' | 'timer' | 'event' | 'silent' {
    const spotAt = this.spot === 'none' ? Number.POSITIVE_INFINITY : this.spotTurnsAt;
    const rotateAt = this.spot === 'pending' ? this.rotatesAt : Number.POSITIVE_INFINITY;
    const onDemandAt =
      this.onDemand === 'starting' ? this.onDemandSince + this.config.startupSeconds : Number.POSITIVE_INFINITY;
    const phaseAt = this.phaseEndsAt();
    const newsAt = this.newsAt[0] ?? Number.POSITIVE_INFINITY;
    const next = Math.min(spotAt, rotateAt, onDemandAt, phaseAt, newsAt, this.wakeAt);
    this.passTo(next);
    // The end of the work first: a job that is done cannot be interrupted any more.
    if (phaseAt === next) return this.endPhase();
    if (spotAt === next) this.turnSpot();
    else if (rotateAt === next) this.rotate();
    else if (onDemandAt === next) this.startOnDemand();
    else if (newsAt === next) {
      this.newsAt.shift();
      return 'event';
    } else return 'timer';
    return 'silent';
  }

  account(): Played {
    return {
      finishedAt: this.now,
      late: this.now > this.job.deadlineSeconds + 1e-6,
      cost: this.cost,
      onDemandSeconds: this.onDemandSeconds,
      spotSeconds: this.spotSeconds,
      decisions: this.decisions,
      handOvers: this.handOvers,
    };
  }

  private passTo(next: number): void {
    const passed = next - this.now;
    if (this.spot === 'running') this.billSpot(passed);
    if (this.onDemand === 'running') {
      this.onDemandSeconds += passed;
      this.cost += passed;
    }
    this.now = next;
  }

  private billSpot(seconds: number): void {
    this.spotSeconds += seconds;
    this.cost += seconds * this.config.spotPriceRatio;
  }

  private phaseEndsAt(): number {
    switch (this.phase) {
      case 'none':
        return Number.POSITIVE_INFINITY;
      case 'restoring':
        return this.phaseSince + this.config.restoreSeconds;
      case 'training':
        return this.phaseSince + this.job.workSeconds - this.saved;
      case 'stopping':
        return this.phaseSince + this.config.stopSeconds;
    }
  }

  private endPhase(): 'finished' | 'silent' {
    if (this.phase === 'training') return 'finished';
    if (this.phase === 'restoring') {
      this.enter('training');
      return 'silent';
    }
    this.saved += this.unsavedAtStop;
    const stopped = this.trainer;
    this.trainer = 'none';
    this.enter('none');
    if (stopped === 'on_demand') this.dropOnDemand();
    else this.dropSpot('spot_stopped');
    this.steer();
    return 'silent';
  }

  private enter(phase: TrainerPhase): void {
    this.phase = phase;
    this.phaseSince = this.now;
  }

  /** Moves towards what the policy wants there to be. */
  private steer(): void {
    const wantsSpot = this.target === 'SPOT' || this.target === 'ON_DEMAND_WITH_PROBE';
    const wantsOnDemand = this.target === 'ON_DEMAND' || this.target === 'ON_DEMAND_WITH_PROBE';
    if (this.phase !== 'stopping') {
      if (this.trainer === 'on_demand' && !wantsOnDemand) this.beginStop();
      // A spot job that trains goes on until On-Demand is up to take over.
      else if (this.trainer === 'spot' && (!wantsSpot || (wantsOnDemand && this.onDemand === 'running')))
        this.beginStop();
    }
    if (this.onDemand !== 'none' && this.trainer !== 'on_demand' && !wantsOnDemand) this.dropOnDemand();
    if (this.spot !== 'none' && this.trainer !== 'spot' && !wantsSpot) {
      if (this.spot === 'running') this.billSpot(this.config.cancelBilledSeconds);
      this.dropSpot('spot_stopped');
    }
    if (wantsSpot && this.spot === 'none') this.queueSpot();
    if (wantsOnDemand && this.onDemand === 'none') {
      this.onDemand = 'starting';
      this.onDemandSince = this.now;
    }
    if (this.trainer !== 'none') return;
    if (wantsOnDemand) {
      if (this.onDemand === 'running') this.takeOver('on_demand');
    } else if (this.spot === 'running') this.takeOver('spot');
  }

  private takeOver(trainer: 'spot' | 'on_demand'): void {
    this.trainer = trainer;
    this.enter('restoring');
  }

  private beginStop(): void {
    if (this.trainer === 'on_demand' && this.spot === 'running') this.handOvers += 1;
    const trained = this.phase === 'training' ? this.now - this.phaseSince : 0;
    const unsaved = trained % this.config.checkpointIntervalSeconds;
    this.saved += trained - unsaved;
    this.unsavedAtStop = unsaved;
    this.enter('stopping');
  }

  private queueSpot(): void {
    this.spot = 'pending';
    this.spotSince = this.now;
    this.spotQueuedSince = this.now;
    this.rotatesAt = this.pools.length > 1 ? this.now + this.config.rotateSeconds : Number.POSITIVE_INFINITY;
    this.spotTurnsAt = this.spotStartsAt();
  }

  /** Capacity must stay for the whole start-up; capacity that goes before leaves the job in the queue. */
  private spotStartsAt(): number {
    const availability = this.pools[this.pool];
    if (availability === undefined) throw new RangeError(`there is no spot pool ${this.pool}`);
    const { starts, ends } = availability;
    for (let index = firstEndingAfter(availability, this.now); index < starts.length; index++) {
      const startsAt = Math.max(this.now, starts[index] ?? 0) + this.config.startupSeconds;
      if (startsAt < (ends[index] ?? 0)) return startsAt;
    }
    return Number.POSITIVE_INFINITY;
  }

  private turnSpot(): void {
    if (this.spot === 'pending') {
      this.spot = 'running';
      this.spotSince = this.now;
      const availability = this.pools[this.pool];
      this.spotTurnsAt = availability?.ends[firstEndingAfter(availability, this.now)] ?? Number.POSITIVE_INFINITY;
      this.announce('spot_running');
      this.steer();
      return;
    }
    this.announce('spot_interrupted');
    if (this.trainer === 'spot') {
      if (this.phase === 'training') {
        const trained = this.now - this.phaseSince;
        this.saved += trained - (trained % this.config.checkpointIntervalSeconds);
      }
      // A stop that is cut short has saved nothing more.
      this.trainer = 'none';
      this.enter('none');
    }
    // The service queues the job again by itself.
    this.queueSpot();
    this.steer();
  }

  private rotate(): void {
    this.pool = (this.pool + 1) % this.pools.length;
    this.queueSpot();
  }

  private startOnDemand(): void {
    this.onDemand = 'running';
    this.announce('on_demand_running');
    this.steer();
  }

  private dropSpot(kind: PolicyEventKind): void {
    if (this.spot === 'running') this.announce(kind);
    this.spot = 'none';
    this.spotSince = this.now;
  }

  private dropOnDemand(): void {
    if (this.onDemand === 'running') this.announce('on_demand_stopped');
    this.onDemand = 'none';
  }

  private announce(kind: PolicyEventKind): void {
    this.events.push({ at: this.now, kind, pool: this.pool, queuedSince: this.spotQueuedSince });
    const { eventLatencySeconds } = this.config;
    if (eventLatencySeconds >= 0) this.newsAt.push(this.now + eventLatencySeconds);
  }
}
