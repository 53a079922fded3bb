// The work of one run: who does it, what is saved of it and what a loss would take.
import type { TrainerPhase } from '../../../domain/policy/observation.ts';
import type { WorldConfig } from './terms.ts';

export class Trainer {
  holder: 'none' | 'spot' | 'on_demand' = 'none';
  phase: TrainerPhase = 'none';
  phaseSince = 0;
  /** Work that was done when the present phase began, and is saved. */
  private saved = 0;
  /** Done and not yet saved when a stop began. */
  private unsavedAtStop = 0;
  private speed = 1;
  private readonly workSeconds: number;
  private readonly config: WorldConfig;

  constructor(workSeconds: number, config: WorldConfig) {
    this.workSeconds = workSeconds;
    this.config = config;
  }

  takeOver(holder: 'spot' | 'on_demand', speed: number, now: number): void {
    this.holder = holder;
    this.speed = speed;
    this.enter('restoring', now);
  }

  unsaved(now: number): number {
    return this.phase === 'stopping' ? this.unsavedAtStop : this.trained(now) % this.saveEvery();
  }

  done(now: number): number {
    return this.saved + (this.phase === 'stopping' ? this.unsavedAtStop : this.trained(now));
  }

  phaseEndsAt(): number {
    switch (this.phase) {
      case 'none':
        return Number.POSITIVE_INFINITY;
      case 'restoring':
        return this.phaseSince + this.config.restoreSeconds;
      case 'training':
        return this.phaseSince + (this.workSeconds - this.saved) / this.speed;
      case 'stopping':
        return this.phaseSince + this.config.stopSeconds;
    }
  }

  train(now: number): void {
    this.enter('training', now);
  }

  beginStop(now: number): void {
    const unsaved = this.unsaved(now);
    this.saved = this.done(now) - unsaved;
    this.unsavedAtStop = unsaved;
    this.enter('stopping', now);
  }

  endStop(now: number): void {
    this.saved += this.unsavedAtStop;
    this.leave(now);
  }

  /** Back to the last checkpoint. A stop that is cut short has saved nothing more. */
  lose(now: number): void {
    if (this.phase === 'training') this.saved = this.done(now) - this.unsaved(now);
    this.leave(now);
  }

  private leave(now: number): void {
    this.holder = 'none';
    this.enter('none', now);
  }

  private enter(phase: TrainerPhase, now: number): void {
    this.phase = phase;
    this.phaseSince = now;
  }

  private trained(now: number): number {
    return this.phase === 'training' ? (now - this.phaseSince) * this.speed : 0;
  }

  private saveEvery(): number {
    return this.config.checkpointIntervalSeconds * this.speed;
  }
}
