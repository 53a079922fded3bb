// Plays one drawn world to its end: faults until it heals, then time enough for everything to come to rest, and the record
// of what observers saw. The definitions, handlers and rules are the deployed ones.
import { Pipeline } from '../../domain/pipeline.ts';
import { DAY_SECONDS, HOUR_SECONDS, parseDuration } from '../../domain/time.ts';
import type { LambdaFunction } from '../../lambdas/define-function.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import type { Execution } from '../machine/index.ts';
import type { Scenario } from '../scenario.ts';
import { World, type Definitions, type WorldObservers, type WorldOptions } from '../world.ts';
import type { DrawnWorld, PersonalAct } from './drawn-world.ts';
import { chance } from './chance.ts';
import { Continuing } from './continuing.ts';
import { faultsOf } from './fault-injection.ts';
import {
  lookBeforeTheLease,
  lookWithTheSafetyNet,
  redriveWhatAlarmsName,
  redriveRegistrations,
} from './looking-after.ts';
import { DELETED_MARK, observedExecutor, Observing, type ObservedTraining } from './observing.ts';
import { isCanary, recordOf } from './recording.ts';
import { playSweep, trialScript } from './sweeping.ts';
import type { ActRecord, WorldRecord } from './world-record.ts';

export interface PlayOptions {
  /** Another function in place of one of ours: a planted bug. */
  readonly double?: (name: string, invoke: LambdaFunction<unknown>, world: World) => LambdaFunction<unknown>;
  readonly ledgers?: Pick<WorldOptions, 'ledger' | 'sweeps' | 'triggers'>;
  /** Of an earlier release. */
  readonly definitions?: Definitions;
  /** Told once a world is set up, before anything happens in it. */
  readonly onSetUp?: (world: World) => void;
  /** Watches beside the world's own observers. */
  readonly onFunctionResult?: WorldObservers['onFunctionResult'];
  readonly onBusEvent?: WorldObservers['onBusEvent'];
}

export interface Played {
  readonly record: WorldRecord;
  readonly world: World;
}

/** A world that does more than this has something in it that repeats itself for ever. */
const EVENTS_MAX = 400_000;
const UPLOAD = { bucket: 'data', prefix: 'vopr/uploads/', suffix: '.csv', channel: 'train' };

export async function play(drawn: DrawnWorld, options: PlayOptions = {}): Promise<Played> {
  const { double, ledgers, definitions, onSetUp, onFunctionResult, onBusEvent } = options;
  const { triggers } = drawn;
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const seeing = new Observing(() => clock.now());
  const pipeline = Pipeline.parse(drawn.pipeline);
  const faults = faultsOf({
    drawn,
    clock,
    startedAt,
    describedAt: (jobName, instant) => seeing.describedAt(jobName, instant),
  });
  let continuing: Continuing | undefined;
  const see = (name: string, input: unknown, output: unknown): void => {
    if (name === 'AcceptRun') seeing.accepting(output, pipeline.job.checkpointUri, world.objects, drawn.script);
    seeing.functionResult(name, output);
    continuing?.sawFunctionResult(name, input, output);
  };
  const world: World = new World({
    pipeline,
    clock,
    scenario: scenarioOf(drawn),
    observers: {
      ...seeing.observers,
      onFunctionResult: (name, input, output) => {
        see(name, input, output);
        onFunctionResult?.(name, input, output);
      },
      onBusEvent: (event) => {
        seeing.observers.onBusEvent?.(event);
        continuing?.sawBusEvent(event);
        onBusEvent?.(event);
      },
    },
    ...(triggers === undefined
      ? {}
      : {
          overlap: triggers.overlap,
          upload: { ...UPLOAD, quietSeconds: triggers.quietSeconds },
          schedules: triggers.schedule === undefined ? [] : [triggers.schedule],
        }),
    ...ledgers,
    ...(definitions === undefined ? {} : { definitions }),
    faults: {
      ...faults,
      wrapPorts: (name, ports) => {
        const faulty = faults.wrapPorts?.(name, ports) ?? ports;
        if (name !== 'AcceptRun' || drawn.continuations?.looksAtTheDoor !== true) return faulty;
        return { ...faulty, ledger: lookBeforeTheLease(faulty.ledger, () => world.reconcile()) };
      },
      deliveries: (event, rule) => {
        const delays = faults.deliveries?.(event, rule) ?? [];
        seeing.delivering(event, rule, delays.length);
        return delays;
      },
      wrapFunction: (name, invoke) => {
        const doubled: LambdaFunction<unknown> =
          double === undefined
            ? invoke
            : async (event) => {
                const output = await double(name, invoke, world)(event);
                see(name, event, output);
                return output;
              };
        return faults.wrapFunction?.(name, doubled) ?? doubled;
      },
    },
    createExecutor: (_, objects) =>
      observedExecutor(
        clock,
        objects,
        { script: scriptOf(drawn), habit: drawn.script, lagSeconds: checkpointLag(drawn) },
        seeing,
      ),
  });
  onSetUp?.(world);
  const executions: Execution[] = [];
  const acts: ActRecord[] = [];
  const act = async (one: PersonalAct['act'], execution: Execution | undefined): Promise<void> => {
    const done = await doAct(world, one, execution);
    if (done !== undefined) acts.push(done);
  };
  continuing = drawn.continuations === undefined ? undefined : new Continuing(world, drawn.continuations, act);
  drawn.runs.forEach(({ startsAt, request }, index) => {
    clock.at(startedAt + startsAt, () => {
      const execution = world.startRun(request, `run-${index + 1}`);
      if (execution === undefined) return;
      executions[index] = execution;
      continuing?.started(index, execution);
    });
  });
  if (drawn.sweep !== undefined) playSweep(world, startedAt, drawn.sweep);
  for (const { at, key } of triggers?.uploads ?? [])
    clock.at(startedAt + at, () => world.upload(`s3://${UPLOAD.bucket}/${key}`, key));
  for (const personal of drawn.faults.people)
    clock.at(startedAt + personal.at, () => act(personal.act, executions[personal.run]));
  const { checkpointsDeletedAt } = drawn.faults;
  if (checkpointsDeletedAt !== undefined)
    clock.at(startedAt + checkpointsDeletedAt, () => {
      world.objects.put(DELETED_MARK, '');
      for (const { uri } of world.objects.list(pipeline.job.checkpointUri ?? 's3://none/')) world.objects.delete(uri);
    });
  redriveWhatAlarmsName(world, seeing, startedAt + drawn.healsAt);
  if (drawn.faults.redrivesRegistrations) redriveRegistrations(world, startedAt);
  lookWithTheSafetyNet(world, drawn, startedAt);

  const patienceEndsAt = startedAt + drawn.healsAt + patienceSeconds(drawn);
  const restless = await untilRest(clock, patienceEndsAt);
  const record = await recordOf(world, seeing, {
    drawn,
    pipeline,
    startedAt,
    patienceEndsAt,
    acts,
    continuations: continuing?.records ?? [],
  });
  return { record: restless === undefined ? record : { ...record, restless }, world };
}

function scenarioOf(drawn: DrawnWorld): Scenario {
  const { seed, script, market, quotas, startupSeconds, spotPriceRatio, faults } = drawn;
  return {
    name: `world ${seed}`,
    description: '',
    seed,
    world: {
      market: Object.fromEntries(Object.entries(market).map(([pool, changes]) => [pool, { changes }])),
      startupSeconds,
      spotPriceRatio,
      capacityErrorSeconds: 300,
      quotas,
      createFaults: faults.createFaults,
    },
    script,
    eventDeliveries: 1,
    jobEvents: 'delivered',
    jobEventDelaySeconds: 1,
    capacity: [],
    request: {},
  };
}

/** Files of one checkpoint are uploaded side by side: each has its own time. */
function checkpointLag({ seed, faults: { checkpointLagSeconds: most }, script }: DrawnWorld): () => number {
  const draw = chance(seed, 'during', 'uploads');
  return (script.checkpointFiles ?? 1) === 1 ? () => most : () => draw.between(0, most);
}

/** The bug of a script may be mended when somebody goes on from its run, whose lineage is not its own then. */
function scriptOf({ script, continuations, sweep }: DrawnWorld): ObservedTraining['script'] {
  const { failsAfterWorkSeconds: _, ...mended } = script;
  return (job) => {
    const trial = sweep === undefined ? undefined : trialScript(script, sweep, job);
    if (trial !== undefined) return trial;
    const resumes = job.CheckpointConfig?.S3Uri.includes(job.Environment['SPOTRELAY_RUN_ID'] ?? '') === false;
    return resumes && continuations?.mends === true ? mended : script;
  };
}

/**
 * After the world has healed: whatever a run may still wait for (patience, the longest backoff, a day for a quota that
 * never comes), and its work three times over on the slowest rung.
 */
function patienceSeconds({ runs, script, pipeline, triggers, continuations, sweep }: DrawnWorld): number {
  const slowest = Math.min(...pipeline.capacity.map(({ instanceType }) => script.speeds[instanceType] ?? 1));
  const patience = Math.max(...runs.map(({ request }) => parseDuration(request.spotPatience ?? '0s') ?? 0));
  const starts = Math.max(...runs.map(({ startsAt }) => startsAt));
  const work = (3 * script.workSeconds) / slowest;
  // Queued runs come one after the other, each with the patience of a run without a deadline.
  const queue = ((triggers?.uploads.length ?? 0) + (triggers?.schedule?.times ?? 0)) * (patience + work + DAY_SECONDS);
  // So do runs that go on from one another, hours after their ends.
  const resumptions = continuations?.acts.filter(({ act }) => act === 'resume').length ?? 0;
  const resumed = resumptions * (patience + work + DAY_SECONDS);
  const { search, run } = sweep?.request ?? {};
  const trials = search !== undefined && 'trials' in search ? (search.trials ?? 0) : 0;
  // Twice, for halving has further rounds.
  const sweeping = 2 * trials * ((parseDuration(run?.spotPatience ?? '0s') ?? 0) + work + DAY_SECONDS);
  return starts + patience + work + queue + resumed + sweeping + DAY_SECONDS + 12 * HOUR_SECONDS;
}

async function doAct(
  world: World,
  act: PersonalAct['act'],
  execution: Execution | undefined,
): Promise<ActRecord | undefined> {
  if (execution === undefined || execution.status !== 'RUNNING') return undefined;
  const at = world.clock.now();
  if (act === 'abort-execution') {
    execution.stop({ cause: 'a person stopped it' });
    return { act, at, executionArn: execution.arn };
  }
  const runId = await world.ledger.runIdOfExecution(execution.arn);
  const job = world.sagemaker
    .all()
    .findLast((one) => one.runId === runId && one.status === 'InProgress' && !isCanary(world, one.jobName));
  if (job === undefined) return undefined;
  await world.sagemaker.stop(job.jobName);
  return { act, at, executionArn: execution.arn, jobName: job.jobName };
}

async function untilRest(clock: VirtualClock, patienceEndsAt: number): Promise<string | undefined> {
  try {
    await clock.run({ until: patienceEndsAt, eventCountMax: EVENTS_MAX });
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error);
  }
}
