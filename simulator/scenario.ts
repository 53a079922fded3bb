// A scenario is a scripted world in a readable file: the capacity market, SageMaker's habits, faults and, for modelled
// training, the script. Times are durations since the start.
import * as z from 'zod';
import { CapacityLadder, parseCapacity } from '../domain/capacity.ts';
import { formatProblem } from '../domain/errors.ts';
import { problemsOf } from '../domain/problems.ts';
import { RunRequest } from '../domain/run-request.ts';
import { parseDuration } from '../domain/time.ts';
import { DEFAULT_SCRIPT, type ModelledScript } from './executors/modelled.ts';
import type { Market } from './market.ts';
import { CREATE_FAULTS } from './services/sagemaker-errors.ts';
import type { SageMakerWorld } from './services/sim-sagemaker.ts';

const seconds = z
  .string()
  .meta({ examples: ['90m', '3h', '0s'] })
  .refine((text) => parseDuration(text) !== undefined, 'must be a duration such as "90m", "3h" or "0s"')
  .transform((text) => parseDuration(text) ?? 0);

const Change = z.strictObject({
  at: seconds,
  available: z.boolean(),
  notice: seconds
    .optional()
    .describe('Between SIGTERM and SIGKILL when running capacity is taken back; without it there is no warning'),
});

/** The ladder of a run in this world, as `formatCapacity` writes its rungs. */
const Ladder = z
  .array(z.string())
  .transform((rungs, context): z.input<typeof CapacityLadder> => {
    try {
      return rungs.map(parseCapacity);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  })
  .pipe(CapacityLadder);

const Changes = z.array(Change).superRefine((changes, context) => {
  changes.forEach(({ at }, index) => {
    const before = changes[index - 1]?.at ?? -1;
    if (at <= before)
      context.addIssue({ code: 'custom', path: [index, 'at'], message: 'must be later than the change before it' });
  });
});

const Script = z.strictObject({
  trainingTime: seconds.optional(),
  checkpointEvery: seconds.optional(),
  restoreTime: seconds.optional(),
  uploadTime: seconds.optional(),
  stopTime: seconds.optional(),
  savesOnSigterm: z.boolean().optional(),
  writesProgressFile: z.boolean().optional(),
  speeds: z.record(z.string(), z.number().positive()).optional(),
  failsAfter: seconds.optional(),
  failureText: z.string().optional(),
  exitCode: z.int().min(1).max(255).optional(),
  metrics: z.record(z.string(), z.number()).optional(),
});

export const ScenarioFile = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1),
  description: z.string().default(''),
  seed: z.int().default(1),
  capacity: Ladder.prefault(['spot:ml.g5.xlarge', 'on-demand:ml.g5.xlarge']).describe(
    'The ladder of the simulated run; a rehearsal, and a pipeline of your own, bring theirs',
  ),
  request: RunRequest.default({}).describe('The request of the simulated run; --request goes before it'),
  /** By rung, `spot:ml.g5.xlarge`; a rung that is not named always has capacity. */
  market: z
    .record(
      z.string().regex(/^(spot|on-demand):ml\.[a-z0-9.-]+$/, 'reads spot:<instance type> or on-demand:<instance type>'),
      Changes,
    )
    .default({})
    .describe('By rung, in the order of time; a rung that is not named always has capacity'),
  startupTime: seconds.prefault('4m').describe('Capacity there until the container runs'),
  spotPriceRatio: z.number().min(0.01).max(1).default(0.3).describe('What spot is billed at, of the On-Demand price'),
  capacityErrorAfter: seconds
    .prefault('5m')
    .describe('On-Demand without capacity: until the job fails with CapacityError'),
  quotas: z.record(z.string(), z.int().min(0)).default({}).describe('By rung: instances at a time'),
  /** Ordinal of the CreateTrainingJob call, from 1, to what happens to it. */
  createFaults: z
    .record(z.string().regex(/^[1-9]\d*$/, 'is the number of a CreateTrainingJob call, from 1'), z.enum(CREATE_FAULTS))
    .default({}),
  /** CreateTrainingJob calls a second before they are throttled. */
  createsPerSecond: z.number().positive().optional(),
  /** How often an hour one spot instance is taken back, beside what the market takes. */
  interruptionsPerHour: z.number().min(0).max(60).optional(),
  /** Every event is delivered this often. */
  eventDeliveries: z.int().min(1).max(5).default(1),
  /** Whether SageMaker's events about its jobs come at all: no change of a secondary status is promised. */
  jobEvents: z.enum(['delivered', 'lost']).default('delivered'),
  jobEventDelay: seconds.prefault('1s'),
  script: Script.default({}),
});
export type ScenarioInput = z.input<typeof ScenarioFile>;

export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  readonly capacity: CapacityLadder;
  readonly request: RunRequest;
  readonly world: SageMakerWorld;
  readonly script: ModelledScript;
  readonly eventDeliveries: number;
  readonly jobEvents: 'delivered' | 'lost';
  readonly jobEventDelaySeconds: number;
}

export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Throws a ScenarioError that names every wrong field. */
export function parseScenario(input: unknown, source = 'scenario'): Scenario {
  const parsed = ScenarioFile.safeParse(input);
  if (!parsed.success) {
    const fields = Object.keys(ScenarioFile.shape);
    throw new ScenarioError(`${source}: ${problemsOf(parsed.error, input, fields).map(formatProblem).join('; ')}`);
  }
  const file = parsed.data;
  return {
    name: file.name,
    description: file.description,
    seed: file.seed,
    capacity: file.capacity,
    request: file.request,
    world: {
      market: marketOf(file.market),
      startupSeconds: file.startupTime,
      spotPriceRatio: file.spotPriceRatio,
      capacityErrorSeconds: file.capacityErrorAfter,
      quotas: file.quotas,
      createsPerSecond: file.createsPerSecond,
      interruptionsPerHour: file.interruptionsPerHour,
      createFaults: Object.fromEntries(Object.entries(file.createFaults).map(([call, fault]) => [Number(call), fault])),
    },
    script: scriptOf(file.script),
    eventDeliveries: file.eventDeliveries,
    jobEvents: file.jobEvents,
    jobEventDelaySeconds: file.jobEventDelay,
  };
}

function marketOf(market: z.output<typeof ScenarioFile>['market']): Market {
  const pools = Object.entries(market).map(([rung, changes]) => {
    const pool = { changes: changes.map(({ at, available, notice }) => ({ at, available, noticeSeconds: notice })) };
    return [rung, pool] as const;
  });
  return Object.fromEntries(pools);
}

function scriptOf(script: z.output<typeof Script>): ModelledScript {
  const given = {
    workSeconds: script.trainingTime,
    checkpointIntervalSeconds: script.checkpointEvery,
    restoreSeconds: script.restoreTime,
    uploadSeconds: script.uploadTime,
    stopSeconds: script.stopTime,
    savesOnSigterm: script.savesOnSigterm,
    writesProgressFile: script.writesProgressFile,
    speeds: script.speeds,
    failsAfterWorkSeconds: script.failsAfter,
    failureText: script.failureText,
    exitCode: script.exitCode,
    metrics: script.metrics,
  };
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_SCRIPT, ...stated };
}
