// Two sides of one thing: the calls that the simulator's functions and state machines make, and what the synthesized roles
// allow. Nothing that is needed may be missing, and nothing may be granted that is never used.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Duration } from 'aws-cdk-lib/core';
import { AsyncLocalStorage } from 'node:async_hooks';
import { deriveRunId } from '../../domain/naming.ts';
import { Pipeline } from '../../domain/pipeline.ts';
import { heard } from '../../domain/watch.ts';
import { Capacity, ModelRegistration, OverlapPolicy, TrainingPipeline } from '../../infra/index.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { World, type WorldOptions } from '../../simulator/world.ts';
import { aScenario } from '../support/builders.ts';
import { ensureBundles, newStack, Synthesized, type Statement } from './synthesized.ts';

/** Of whom, what, on what: resources as statements write them, without the partition, the Region and the account. */
interface Call {
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
}

const NAME = 'penguins';
const HOUR = 3_600;

/** All that the DynamoDB adapter may do for a method, the reading back after a write that lost included. */
const TABLE_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  acceptRun: ['PutItem', 'GetItem'],
  readRun: ['Query'],
  runIdOfExecution: ['GetItem'],
  readLineage: ['Query'],
  planAttempt: ['PutItem', 'ConditionCheckItem', 'GetItem'],
  markMissing: ['UpdateItem', 'GetItem'],
  settleAttempt: ['UpdateItem', 'GetItem'],
  recordAmendment: ['PutItem', 'GetItem'],
  recordStopIntent: ['PutItem', 'GetItem'],
  updateWatch: ['GetItem', 'PutItem'],
  planCanary: ['PutItem', 'GetItem'],
  settleCanary: ['UpdateItem', 'GetItem'],
  acquireLease: ['PutItem', 'GetItem'],
  releaseLease: ['DeleteItem'],
  endRun: ['PutItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem'],
  retainCheckpoints: ['PutItem'],
  retainedCheckpoints: ['Query'],
  forgetCheckpoints: ['DeleteItem'],
  openRuns: ['Query'],
  endedRuns: ['Query'],
  updateEndedRun: ['PutItem'],
  confirmEndedRun: ['DeleteItem'],
  readReceipt: ['GetItem'],
  recordRegistration: ['PutItem', 'GetItem'],
  readRegistration: ['GetItem'],
  recordTrainingTime: ['PutItem', 'GetItem'],
  readTrainingTimes: ['Query'],
  readTurn: ['GetItem'],
  takeTurn: ['PutItem'],
  queueRequest: ['PutItem'],
  queuedRequests: ['Query'],
  removeQueued: ['DeleteItem'],
  recordDecision: ['PutItem', 'GetItem'],
  readDecision: ['GetItem'],
  joinBatch: ['GetItem', 'PutItem'],
  readBatch: ['GetItem'],
  closeBatch: ['DeleteItem'],
};

const on = (action: string, resource: string) => ({ action, resource });
const s3 = (uri: string): string => uri.replace(/^s3:\/\/<(\w+)>/, '<$1.Arn>');
const bucketOf = (uri: string): string => s3(uri).split('/')[0] ?? '';
const job = (name: unknown): string => `training-job/${String(name)}`;
const machine = (name: string): string => `stateMachine:${NAME}-${name}`;
const execution = (arn: unknown): string => String(arn).split(':').slice(5).join(':');

type Actions = readonly { readonly action: string; readonly resource: string }[];

/** What a call of a port is to AWS. */
function actionsOf(port: string, method: string, [first]: readonly unknown[], roleArn: string): Actions {
  switch (`${port}.${method}`) {
    case 'jobs.describe':
      return [on('sagemaker:DescribeTrainingJob', job(first))];
    case 'jobs.stop':
      return [on('sagemaker:StopTrainingJob', job(first)), on('sagemaker:DescribeTrainingJob', job(first))];
    case 'jobs.create': {
      const name = job((first as { readonly TrainingJobName: string }).TrainingJobName);
      return [on('sagemaker:CreateTrainingJob', name), on('sagemaker:AddTags', name), on('iam:PassRole', roleArn)];
    }
    case 'jobs.namesInProgress':
      return [on('sagemaker:ListTrainingJobs', '*')];
    case 'objects.newestUnder':
      return [on('s3:ListBucket', bucketOf(String(first)))];
    case 'objects.deleteUnder':
      return [on('s3:DeleteObject', `${s3(String(first))}state.pt`), on('s3:ListBucket', bucketOf(String(first)))];
    case 'objects.readText':
    case 'objects.exists':
      // Who may not list is answered 403 where 404 is meant.
      return [on('s3:GetObject', s3(String(first))), on('s3:ListBucket', bucketOf(String(first)))];
    case 'objects.writeText':
      return [on('s3:PutObject', s3(String(first)))];
    case 'executions.start':
      return [on('states:StartExecution', machine('training-run'))];
    case 'batches.start':
      return [on('states:StartExecution', machine('upload-batch'))];
    case 'executions.describe':
    case 'batches.describe':
      return [on('states:DescribeExecution', execution(first))];
    case 'tokens.succeed':
      return [on('states:SendTaskSuccess', machine('training-run'))];
    case 'events.publish':
      return [on('events:PutEvents', 'event-bus/default')];
    case 'registry.findByRun':
      return [
        on('sagemaker:ListModelPackages', '*'),
        on('sagemaker:DescribeModelPackage', `model-package/${String(first)}/1`),
      ];
    default:
      return port === 'ledger' || port === 'triggers' ? tableActions(method) : [];
  }
}

function tableActions(method: string): Actions {
  const actions = TABLE_ACTIONS[method];
  if (actions === undefined) throw new Error(`TABLE_ACTIONS does not say what ${method} does`);
  return actions.map((action) => on(`dynamodb:${action}`, 'table'));
}

/** What a Task is to AWS; an optimised integration of `.sync` does more than its name says (the Step Functions guide lists it). */
function actionsOfTask(resource: string, args: Record<string, unknown>, roleArn: string): Actions {
  switch (resource) {
    case 'lambda:invoke':
    case 'lambda:invoke.waitForTaskToken':
      return [on('lambda:InvokeFunction', String(args['FunctionName']).split(':').at(-1) ?? '')];
    case 'sagemaker:createTrainingJob.sync':
      return [
        ...['CreateTrainingJob', 'AddTags', 'DescribeTrainingJob', 'StopTrainingJob'].map((action) =>
          on(`sagemaker:${action}`, job(args['TrainingJobName'])),
        ),
        on('sagemaker:ListTags', '*'),
        on('iam:PassRole', roleArn),
        ...['PutTargets', 'PutRule', 'DescribeRule'].map((action) =>
          on(`events:${action}`, 'rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule'),
        ),
      ];
    case 'events:putEvents':
      return [on('events:PutEvents', 'event-bus/default')];
    case 'aws-sdk:sagemaker:createModelPackage':
      return [
        on('sagemaker:CreateModelPackage', `model-package-group/${String(args['ModelPackageGroupName'])}`),
        on('sagemaker:CreateModelPackage', `model-package/${String(args['ModelPackageGroupName'])}/1`),
      ];
    default:
      throw new Error(`nobody has said what ${resource} needs`);
  }
}

class Recorder {
  readonly calls = new Map<string, Call>();
  readonly #running = new AsyncLocalStorage<string>();
  readonly #roleArn: string;

  constructor(roleArn: string) {
    this.#roleArn = roleArn;
  }

  world(options: Omit<WorldOptions, 'scenario' | 'observers'>, scenario: Partial<ScenarioInput>): World {
    const world = new World({
      ...options,
      scenario: aScenario({ script: { trainingTime: '4h', metrics: { accuracy: 0.93 } }, ...scenario }),
      observers: {
        onPortCall: (port, method, args) =>
          this.#add(this.#running.getStore() ?? 'nobody', actionsOf(port, method, args, this.#roleArn)),
        onCall: (call) =>
          this.#add(
            /:([a-z-]+):[^:]+$/.exec(call.execution.arn)?.[1] ?? '',
            actionsOfTask(call.resource, call.arguments as Record<string, unknown>, this.#roleArn),
          ),
      },
    });
    for (const name of FUNCTIONS)
      world.wrapFunction(name, (invoke) => (event) => this.#running.run(name, () => invoke(event)));
    return world;
  }

  #add(caller: string, actions: Actions): void {
    for (const { action, resource } of actions) {
      const call = { caller, action, resource };
      this.calls.set(JSON.stringify(call), call);
    }
  }
}

const FUNCTIONS = [
  'AcceptRun',
  'PlanAttempt',
  'InspectAttempt',
  'ReviewAttempt',
  'AwaitNews',
  'WakeWatch',
  'CloseRun',
  'Reconcile',
  'PrepareRegistration',
  'RecordRegistration',
  'StartRun',
  'ExtendRun',
];

/** Whose policy it is: a function by its name in the definitions, a state machine by its own. */
const OWNERS: readonly (readonly [RegExp, string])[] = [
  [/^PenguinsTrainingRunRole/, `${NAME}-training-run`],
  [/^PenguinsModelRegistrationRole/, `${NAME}-model-registration`],
  [/^PenguinsExtensionRole/, `${NAME}-extend-run`],
  [/^PenguinsUploadBatchRole/, `${NAME}-upload-batch`],
  ...FUNCTIONS.map((name) => [new RegExp(`^Penguins${name}Role`), name] as const),
];

/** Policies that no code of ours uses. */
const OTHERS: Readonly<Record<string, string>> = {
  PenguinsTrainingRole: 'SageMaker, on behalf of the training jobs',
  PenguinsModelRegistrationEventsRole: 'EventBridge, to start the registration; see its rule',
  PenguinsSchedulerRole: 'EventBridge Scheduler, to invoke its function; see its schedules',
};

/** Granted, and used by the services themselves. */
const BY_SERVICES: Readonly<Record<string, string>> = {
  'logs:': 'Lambda and Step Functions write their logs with the role',
  'xray:': 'and their traces',
  'sqs:SendMessage': 'Lambda puts what failed into the dead letters with the role of the function',
};

/** Without partition, Region and account; their placeholders have colons of their own. */
function tailOf(resource: string): string {
  const plain = resource.replaceAll(/<AWS::\w+>/g, '');
  return plain.startsWith('arn:') ? plain.split(':').slice(5).join(':') : plain;
}

const patternOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split('*')
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*')}$`,
    's',
  );

const reaches = (statement: Statement, { action, resource }: Call): boolean =>
  statement.actions.includes(action) &&
  statement.resources.some((allowed) => allowed === '*' || patternOf(tailOf(allowed)).test(resource));

describe.each([
  [
    'a pipeline whose runs wait for each other and for uploads to pause, and go back to spot',
    OverlapPolicy.QUEUE,
    Duration.minutes(10),
  ],
  ['a pipeline that skips, run by run', OverlapPolicy.SKIP, undefined],
  ['a pipeline whose triggers remember nothing', OverlapPolicy.ALLOW, undefined],
])('%s', (_, overlap, quietPeriod) => {
  let statements: readonly Statement[];
  let recorder: Recorder;

  beforeAll(async () => {
    ensureBundles();
    const stack = newStack();
    const bucket = new Bucket(stack, 'Data') as IBucket;
    new TrainingPipeline(stack, 'Penguins', {
      pipelineName: NAME,
      image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/penguins:1.2',
      capacity: [Capacity.spot('ml.g5.xlarge'), Capacity.onDemand('ml.g5.xlarge')],
      uploads: { bucket, prefix: 'raw/', ...(quietPeriod === undefined ? {} : { quietPeriod }) },
      schedules: [{ name: 'nightly', schedule: ScheduleExpression.cron({ hour: '4', minute: '0' }) }],
      overlap,
      returnToSpot: overlap === OverlapPolicy.QUEUE,
      deadline: Duration.hours(9),
      expectedTrainingTime: Duration.hours(4),
      metricDefinitions: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }],
      registration: ModelRegistration.newGroup({ qualityGate: [{ metric: 'accuracy', minimum: 0.9 }] }),
    });
    const synthesized = new Synthesized(stack);
    const table = synthesized.one('AWS::DynamoDB::Table').id;
    const functionIds = synthesized.all('AWS::Lambda::Function').map(({ id }) => id);
    statements = synthesized.statements().map((statement) => ({
      ...statement,
      resources: statement.resources.map((resource) => named(resource, table, functionIds)),
    }));
    const text = synthesized.definition(synthesized.one('AWS::StepFunctions::StateMachine', `${NAME}-training-run`));
    const pipeline = Pipeline.parse(
      (JSON.parse(text) as { States: { AcceptRun: { Arguments: { Payload: { pipeline: unknown } } } } }).States
        .AcceptRun.Arguments.Payload.pipeline,
    );
    recorder = new Recorder(pipeline.job.roleArn);
    await liveThrough(recorder, {
      pipeline,
      overlap: overlap.value as 'allow' | 'skip' | 'queue',
      upload: {
        channel: 'train',
        bucket: /^s3:\/\/([^/]+)\//.exec(pipeline.job.channels['train']?.uri ?? '')?.[1] ?? '',
        prefix: 'raw/',
        suffix: '',
        quietSeconds: quietPeriod?.toSeconds(),
      },
    });
  }, 60_000);

  it('makes no call that the role of the caller does not allow', () => {
    const missing = [...recorder.calls.values()].filter(
      (call) => !statements.some((statement) => callerOf(statement) === call.caller && reaches(statement, call)),
    );

    expect(missing).toEqual([]);
    expect(recorder.calls.size).toBeGreaterThan(60);
  });

  it('allows nothing that is never used', () => {
    const calls = [...recorder.calls.values()];
    const unused = statements.flatMap((statement) => {
      const caller = callerOf(statement);
      if (caller === undefined) return isOthers(statement) ? [] : [`whose is ${statement.owner}?`];
      return statement.actions
        .filter((action) => !Object.keys(BY_SERVICES).some((prefix) => action.startsWith(prefix)))
        .flatMap((action) =>
          statement.resources
            .filter((resource) => {
              const one = { ...statement, actions: [action], resources: [resource] };
              return !calls.some((call) => call.caller === caller && reaches(one, call));
            })
            .map((resource) => `${caller} ${action} ${resource}`),
        );
    });

    expect(unused).toEqual([]);
  });
});

const callerOf = ({ owner }: Statement): string | undefined => OWNERS.find(([pattern]) => pattern.test(owner))?.[1];

const isOthers = ({ owner }: Statement): boolean => Object.keys(OTHERS).some((name) => owner.startsWith(name));

/** The table by one name, and functions by theirs. */
function named(resource: string, table: string, functionIds: readonly string[]): string {
  if (resource === `<${table}.Arn>`) return 'table';
  const id = functionIds.find((functionId) => resource === `<${functionId}.Arn>`);
  return id === undefined ? resource : id.replace(/^Penguins|Function[0-9A-F]{8}$/g, '');
}

/** Good days and bad ones: whatever a permission is for has to happen in one of them. */
async function liveThrough(recorder: Recorder, options: Omit<WorldOptions, 'scenario' | 'observers'>): Promise<void> {
  const market = {
    'spot:ml.g5.xlarge': [
      { at: '1h', available: false },
      { at: '6h', available: true },
    ],
  };
  const upload = (world: World, file: string): void =>
    world.upload(`s3://${options.upload?.bucket}/raw/${file}.csv`, file);

  const everyThreeHours = { everySeconds: 3 * HOUR, times: 2 };
  const busy = recorder.world(
    {
      ...options,
      // Two in the same second.
      schedules: ['nightly', 'nightly-2'].map((name) => ({ name, ...everyThreeHours })),
      reconciliations: 90,
    },
    { market, eventDeliveries: 2 },
  );
  upload(busy, 'one');
  await busy.run({ until: busy.clock.now() + HOUR });
  upload(busy, 'two');
  await busy.run();

  const slow = recorder.world(options, { market });
  slow.startRun({ deadline: '30h' });
  await slow.run();

  // Given more while its watch listens.
  const extended = recorder.world(options, { market });
  const late = extended.startRun({ deadline: '30h' });
  await extended.run({ until: extended.clock.now() + HOUR / 2 });
  extended.extendRun({ runId: await extended.ledger.runIdOfExecution(late?.arn ?? ''), deadline: '40h' });
  await extended.run();

  // Canaries, where there are any, are sent again and again while spot is gone; this run breaks beside one.
  const gone = recorder.world(options, {
    market: { 'spot:ml.g5.xlarge': [{ at: '3h', available: false }] },
    script: { trainingTime: '12h', failsAfter: '5h' },
  });
  gone.startRun({ deadline: '24h', expectedTrainingTime: '12h' });
  await gone.run();

  // Requests that are turned away at the door, and a model that is not good enough.
  const wrong = { name: 'wrong', everySeconds: 20 * HOUR, times: 2, request: { deadlin: '6h' } };
  const rejecting = recorder.world(
    { ...options, schedules: [wrong] },
    { script: { trainingTime: '1h', metrics: { accuracy: 0.1 } } },
  );
  rejecting.startRun();
  await rejecting.run();

  const lost = recorder.world(
    { ...options, reconciliations: 80, losesEvent: (event) => event.source !== 'aws.s3' },
    { createFaults: { '1': 'lost-reply' } },
  );
  upload(lost, 'three');
  await lost.run({ until: lost.clock.now() + 2 * HOUR });
  upload(lost, 'four');
  await lost.run({ until: lost.clock.now() + 60 });
  for (const running of lost.executions.all()) running.stop();
  await lost.run();

  const aborted = recorder.world(options, {});
  const run = aborted.startRun();
  await aborted.run({ until: aborted.clock.now() + HOUR });
  run?.stop();
  await aborted.run();

  const resumed = aborted.startRun({ resume: await aborted.ledger.runIdOfExecution(run?.arn ?? '') }, 'resumed');
  await aborted.run();
  if (resumed?.status !== 'SUCCEEDED') throw new Error(`the run was not resumed: ${resumed?.cause}`);

  const orphaned = recorder.world(options, {});
  orphaned.startRun();
  await orphaned.run();
  const [jobOfRun] = orphaned.sagemaker.all();
  const request = orphaned.sagemaker.requestOf(jobOfRun?.jobName ?? '');
  if (request === undefined) throw new Error('the run had no job');
  await orphaned.run({ until: orphaned.clock.now() + HOUR });
  await orphaned.sagemaker.create({ ...request, TrainingJobName: `${request.TrainingJobName.slice(0, -3)}999` });
  await orphaned.run({ until: orphaned.clock.now() + 120 });
  await orphaned.reconcile();
  await orphaned.run();

  // Nobody resumed it in time.
  const forgotten = recorder.world(options, {});
  forgotten.startRun();
  await forgotten.run();
  await forgotten.run({ until: forgotten.clock.now() + 15 * 24 * HOUR });
  await forgotten.reconcile();

  // Somebody else has the lease on what will be this run's checkpoints.
  const taken = recorder.world(options, {});
  const executionArn = taken.trainingMachineArn.replace(':stateMachine:', ':execution:');
  const runId = deriveRunId(NAME, `${executionArn}:manual-1`, taken.clock.now());
  await taken.ledger.acquireLease(runId, `${NAME}--another`);
  taken.startRun();
  await taken.run();

  // News that comes between a look and the listening after it.
  const noisy = recorder.world(options, { market });
  noisy.wrapFunction('AwaitNews', (invoke) => async (event) => {
    const { runId, attemptNumber } = event as { readonly runId: string; readonly attemptNumber: number };
    await noisy.ledger.updateWatch(runId, attemptNumber, (watch) => heard(watch, noisy.clock.now() + 1));
    return invoke(event);
  });
  noisy.startRun();
  await noisy.run();
}
