// A drawn world by hand: one run with nothing wrong; each test spoils what it is about.
import type { DrawnFaults, DrawnSweep, DrawnWorld } from '../../simulator/vopr/drawn-world.ts';

const NO_FAULTS: DrawnFaults = {
  createFaults: {},
  crashBefore: 0,
  crashAfter: 0,
  functionTimeout: 0,
  portFailure: 0,
  slowPort: 0,
  slowPortSecondsMax: 0,
  staleDescribe: 0,
  staleSecondsMax: 0,
  unknownStatus: 0,
  causeCut: 0,
  outages: [],
  eventLost: 0,
  otherEventLost: 0,
  eventRepeated: 0,
  eventDelayed: 0,
  eventDelaySecondsMax: 0,
  putEventsFailure: 0,
  registrationConflict: 0,
  redrivesRegistrations: false,
  checkpointLagSeconds: 0,
  abortDoesNotStop: 0,
  clockSkewSeconds: {},
  people: [],
};

export type DrawnOverrides = Partial<Omit<DrawnWorld, 'faults' | 'script' | 'pipeline'>> & {
  readonly faults?: Partial<DrawnFaults>;
  readonly script?: Partial<DrawnWorld['script']>;
  readonly pipeline?: Partial<DrawnWorld['pipeline']>;
};

export function aDrawnWorld({ faults, script, pipeline, ...rest }: DrawnOverrides = {}): DrawnWorld {
  return {
    seed: 1,
    mix: 'calm',
    pipeline: {
      name: 'vopr',
      job: {
        image: '683313688378.dkr.ecr.us-east-1.amazonaws.com/train:1',
        roleArn: 'arn:aws:iam::000000000000:role/vopr-training',
        channels: { train: { uri: 's3://data/vopr/' } },
        outputUri: 's3://artifacts/vopr/models/',
        checkpointUri: 's3://artifacts/vopr/checkpoints/',
      },
      capacity: [
        { purchaseOption: 'spot', instanceType: 'ml.g5.xlarge' },
        { purchaseOption: 'on-demand', instanceType: 'ml.g5.xlarge' },
      ],
      registration: { modelPackageGroupName: 'vopr' },
      ...pipeline,
    },
    runs: [{ startsAt: 0, request: { deadline: '4h', expectedTrainingTime: '2h' } }],
    market: {},
    quotas: {},
    startupSeconds: 240,
    spotPriceRatio: 0.3,
    healsAt: 12 * 3_600,
    ...rest,
    script: {
      workSeconds: 7_200,
      checkpointIntervalSeconds: 600,
      restoreSeconds: 60,
      uploadSeconds: 30,
      stopSeconds: 20,
      savesOnSigterm: true,
      writesProgressFile: false,
      speeds: {},
      metrics: {},
      ...script,
    },
    faults: { ...NO_FAULTS, ...faults },
  };
}

export const NEVER_SPOT = { 'spot:ml.g5.xlarge': [{ at: 0, available: false }] };

/** A sweep by hand: trials of an hour over one parameter, two at a time. */
export const aDrawnSweep = (
  trials: number,
  request: Partial<DrawnSweep['request']> = {},
  changes: Partial<DrawnSweep> = {},
): DrawnSweep => ({
  startsAt: 0,
  request: {
    search: { method: 'random', trials, parameters: { x: { kind: 'linear', min: 0, max: 1 } } },
    objective: { metric: 'accuracy', goal: 'maximize' },
    run: { expectedTrainingTime: '1h', maxRuntime: '3h' },
    maxConcurrency: 2,
    ...request,
  },
  workSeconds: 3_600,
  redrivesAt: [],
  ...changes,
});
