// What slack has to pay for, in seconds: a start of 240, a restore of 360, a stop of 120, checkpoints 600 apart, a minute of
// margin and looks a minute apart.
import { describe, expect, it } from '@jest/globals';
import type { Observation, PolicyConfig } from '../../../domain/policy/observation.ts';
import { accountFor, looksApartSeconds, type SlackAccount } from '../../../domain/policy/slack-account.ts';
import { HOUR_SECONDS } from '../../../domain/time.ts';
import { anObservation, CONFIG } from './support.ts';

const account = (changes: Partial<Observation> = {}, config: Partial<PolicyConfig> = {}): SlackAccount =>
  accountFor(anObservation(changes), { ...CONFIG, ...config });

describe('slack', () => {
  it('is the time left less the work left', () => {
    expect(account({ now: 2 * HOUR_SECONDS })).toMatchObject({
      timeLeftSeconds: 28 * HOUR_SECONDS,
      slackSeconds: 8 * HOUR_SECONDS,
    });
  });

  const spent = (changes: Partial<Observation>): number => {
    const { slackSeconds, settledSlackSeconds } = account({ now: 1_000, ...changes });
    return slackSeconds - settledSlackSeconds;
  };

  it('has to pay for what is left of a restore under way', () => {
    expect(spent({ onDemand: 'running', phase: 'restoring', phaseSince: 900 })).toBe(260);
    expect(spent({ onDemand: 'running', phase: 'restoring', phaseSince: 100 })).toBe(0);
  });

  it('has to pay for the start and the restore of On-Demand that is asked for', () => {
    expect(spent({ onDemand: 'starting' })).toBe(600);
    expect(spent({ onDemand: 'running' })).toBe(360);
  });

  it('has paid for everything while a job trains, and where none is there', () => {
    expect(spent({ onDemand: 'running', phase: 'training' })).toBe(0);
    expect(spent({ onDemand: 'starting', phase: 'training' })).toBe(0);
    expect(spent({})).toBe(0);
  });
});

describe('an interruption', () => {
  it('takes a checkpoint interval of work at most, and near the end what there is', () => {
    expect(account().lossMaxSeconds).toBe(600);
    expect(account({ remainingWorkSeconds: 100, unsavedWorkSeconds: 50 }).lossMaxSeconds).toBe(150);
  });
});

describe('a start on spot from idle', () => {
  const need = (config: Partial<PolicyConfig> = {}): number => account({}, config).fromIdleSeconds;

  it('needs the loss, two restores, the start On-Demand, the margin and a late notice', () => {
    expect(need()).toBe(600 + 2 * 360 + 240 + 60 + 60);
  });

  it('needs as much more as news comes late, or looks are apart', () => {
    expect(need({ eventLatencySeconds: 300 }) - need()).toBe(240);
    expect(need({ lookSeconds: 345 }) - need()).toBe(285);
  });

  it('needs two looks where no news is counted on: one may fail', () => {
    expect(need({ eventLatencySeconds: -90 }) - need()).toBe(2 * 90 - 60);
    expect(need({ eventLatencySeconds: 0 })).toBe(need());
  });
});

describe('a start on spot from On-Demand', () => {
  const more = (config: Partial<PolicyConfig> = {}): number => {
    const { fromIdleSeconds, fromOnDemandSeconds } = account({}, config);
    return fromOnDemandSeconds - fromIdleSeconds;
  };

  it('needs the stop on top, and with live hand-over the start-up in which nothing trains', () => {
    expect(more()).toBe(120);
    expect(more({ handOver: 'probe' })).toBe(120);
    expect(more({ handOver: 'live' })).toBe(360);
  });
});

describe('staying on spot', () => {
  const need = (config: Partial<PolicyConfig> = {}, phase: Observation['phase'] = 'training'): number =>
    account({ phase }, config).toStaySeconds;

  it('needs the loss, a late notice, a start and a restore On-Demand, and the stop that the margin does not cover', () => {
    expect(need()).toBe(600 + 60 + 240 + 360 + 60);
    expect(need({ marginSeconds: 500 })).toBe(600 + 60 + 240 + 360);
  });

  it('needs nothing for a loss while nothing is trained yet', () => {
    expect(need({}, 'restoring')).toBe(need() - 600);
  });

  it('needs the whole stop where spot may be slower than On-Demand, which uses up the margin', () => {
    expect(need({ spotSpeedMin: 0.5 }) - need()).toBe(60);
    expect(need({ spotSpeedMin: 1 })).toBe(need());
  });

  it('needs what may happen unseen: news that is late, or two looks that are apart', () => {
    expect(need({ eventLatencySeconds: 300 }) - need()).toBe(240);
    expect(need({ eventLatencySeconds: -90 }) - need()).toBe(30);
  });
});

describe('two looks', () => {
  it('are a minute apart, or as far as they are told to be, or as news is missing', () => {
    expect(looksApartSeconds(CONFIG)).toBe(60);
    expect(looksApartSeconds({ ...CONFIG, lookSeconds: 345 })).toBe(345);
    expect(looksApartSeconds({ ...CONFIG, eventLatencySeconds: -90 })).toBe(90);
  });
});
