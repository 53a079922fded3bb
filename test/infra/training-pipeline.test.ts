// One whole stack, looked at from several sides, and the mistakes that props can hold.
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Topic } from 'aws-cdk-lib/aws-sns';
import {
  Annotations as CdkAnnotations,
  Duration,
  Fn,
  RemovalPolicy,
  Size,
  TimeZone,
  type Stack,
} from 'aws-cdk-lib/core';
import { execFileSync } from 'node:child_process';
import { Pipeline } from '../../domain/pipeline.ts';
import {
  ApprovalStatus,
  Capacity,
  FailureClass,
  ModelRegistration,
  OnDeadlineMissed,
  OverlapPolicy,
  TrainingPipeline,
  type TrainingPipelineProps,
} from '../../infra/index.ts';
import { bundleFile, lambdaNames } from '../../scripts/build-lambdas.ts';
import { plainRequest } from '../../infra/pipeline-spec.ts';
import { compilePattern } from '../../simulator/event-pattern.ts';
import { ensureBundles, newStack, resolved, Synthesized, textOf, type Resource } from './synthesized.ts';

const IMAGE = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/penguins:1.2';
const LADDER = [Capacity.spot('ml.g5.xlarge'), Capacity.onDemand('ml.g5.xlarge')];

const NIGHTLY = { name: 'nightly', schedule: ScheduleExpression.cron({ hour: '4', minute: '0' }) };

const pipelineIn = (stack: Stack, props: Partial<TrainingPipelineProps> = {}): TrainingPipeline =>
  new TrainingPipeline(stack, 'Penguins', { pipelineName: 'penguins', image: IMAGE, capacity: LADDER, ...props });

/** See infra/artifact-bucket.ts. */
const bucketIn = (stack: Stack, id: string): IBucket => new Bucket(stack, id) as IBucket;

/** The literal that the training machine hands to AcceptRun. */
function deployedPipeline(synthesized: Synthesized): unknown {
  const text = synthesized.definition(synthesized.one('AWS::StepFunctions::StateMachine', 'penguins-training-run'));
  const { States } = JSON.parse(text) as { States: { AcceptRun: { Arguments: { Payload: { pipeline: unknown } } } } };
  return States.AcceptRun.Arguments.Payload.pipeline;
}

const matches = (pattern: unknown, event: unknown): boolean => compilePattern(pattern)(event);

const runEnded = (pipeline: string, status: string) => ({
  source: 'spotrelay',
  'detail-type': 'Training Run State Change',
  detail: { version: 1, pipeline, runId: 'penguins--0123456789', status },
});
const executionEnded = (stateMachineArn: string, status: string) => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: { stateMachineArn, status },
});
const objectCreated = (name: string, key: string) => ({
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { bucket: { name }, object: { key, size: 1 } },
});
const patternOf = ({ properties }: Resource): unknown => resolved(properties['EventPattern']);

/** CDK prints every annotation of a synthesis. */
function quietly<T>(synthesize: () => T): T {
  const print = jest.spyOn(console, 'error').mockReturnValue();
  try {
    return synthesize();
  } finally {
    print.mockRestore();
  }
}

beforeAll(ensureBundles, 60_000);

describe('a pipeline with uploads and a quality gate', () => {
  let synthesized: Synthesized;

  beforeAll(() => {
    const stack = newStack();
    const uploads = bucketIn(stack, 'Data');
    const alarmTopic = new Topic(stack, 'Alarms');
    const pipeline = pipelineIn(stack, {
      alarmTopic,
      channels: { train: `s3://${uploads.bucketName}/raw/` },
      uploads: { bucket: uploads, prefix: 'raw/', suffix: 'manifest.json' },
      schedules: [
        {
          name: 'nightly',
          schedule: ScheduleExpression.cron({ hour: '4', minute: '0', timeZone: TimeZone.EUROPE_BERLIN }),
          request: { deadline: '6h' },
        },
      ],
      deadline: Duration.hours(12),
      expectedTrainingTime: Duration.hours(3),
      budgetUsd: 20,
      metricDefinitions: [{ name: 'validation:accuracy', regex: 'validation:accuracy=([0-9.]+)' }],
      registration: ModelRegistration.newGroup({ qualityGate: [{ metric: 'validation:accuracy', minimum: 0.9 }] }),
      sweeps: true,
    });
    pipeline.grantStart(new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    pipeline.grantExtend(new Role(stack, 'Owner', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    pipeline.onRunFailed('Failures', new SnsTopic(alarmTopic));
    synthesized = new Synthesized(stack);
  });

  it('stays as it was', () => {
    const template = synthesized.template.toJSON();
    // Their texts have tests of their own, and would hide what changed around them.
    for (const { Properties } of Object.values(template['Resources'] as Record<string, { Properties?: object }>)) {
      if (Properties !== undefined && 'DefinitionString' in Properties) Properties.DefinitionString = '<rendered>';
    }

    expect(template).toMatchSnapshot();
  });

  it('gives every placeholder of its definitions a value', () => {
    const machines = synthesized.all('AWS::StepFunctions::StateMachine');
    const open = machines.flatMap((machine) => {
      const named = [...synthesized.definition(machine).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '');
      const given = Object.keys(machine.properties['DefinitionSubstitutions'] as object);
      return named.filter((name) => !given.includes(name));
    });

    expect(machines).toHaveLength(4);
    expect(open).toEqual([]);
  });

  it('hands the machine a pipeline that the domain accepts, names from CloudFormation included', () => {
    const pipeline = Pipeline.parse(deployedPipeline(synthesized));

    expect(pipeline.name).toBe('penguins');
    expect(pipeline.defaults).toMatchObject({ deadline: '43200s', expectedTrainingTime: '10800s', budgetUsd: 20 });
    expect(pipeline.job.outputUri).toMatch(/^s3:\/\/<\w+>\/penguins\/models\/$/);
    expect(pipeline.job.checkpointUri).toMatch(/^s3:\/\/<\w+>\/penguins\/checkpoints\/$/);
    expect(pipeline.job.roleArn).toMatch(/^<\w+\.Arn>$/);
    expect(pipeline.allowedDataUris).toEqual([pipeline.job.channels['train']?.uri]);
  });

  it('gives every function a role, a log group and a bundle of its own', () => {
    const functions = synthesized.all('AWS::Lambda::Function').map(({ properties }) => properties);
    const roles = functions.map(({ Role }) => textOf(Role));
    const logGroups = functions.map(({ LoggingConfig }) => textOf((LoggingConfig as { LogGroup: unknown }).LogGroup));

    expect(functions).toHaveLength(lambdaNames().length);
    expect(new Set(roles).size).toBe(functions.length);
    expect(new Set(logGroups).size).toBe(functions.length);
  });

  it('tells every function what it needs to start', () => {
    const started = synthesized.all('AWS::Lambda::Function').map(({ properties }) => {
      const { Variables } = resolved(properties['Environment']) as { Variables: Record<string, string> };
      const name = Variables['POWERTOOLS_SERVICE_NAME']?.split('/')[1] ?? '';
      const script = `const { handler } = await import(${JSON.stringify(bundleFile(name))}); console.log(typeof handler)`;
      const env = { ...Variables, AWS_REGION: 'eu-west-1' };
      return [
        name,
        execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' }).trim(),
      ];
    });

    expect(Object.fromEntries(started)).toEqual(Object.fromEntries(lambdaNames().map((name) => [name, 'function'])));
  });

  it('has no wildcard without a reason', () => {
    const reasons: Readonly<Record<string, string>> = {
      'cloudwatch:PutMetricData': 'takes no resource; its namespace is fixed by a condition',
      'ecr:GetAuthorizationToken': 'takes no resource',
      'logs:CreateLogDelivery': 'log delivery of a state machine takes no resource (Step Functions guide)',
      'logs:DeleteLogDelivery': 'as above',
      'logs:DescribeLogGroups': 'as above',
      'logs:DescribeResourcePolicies': 'as above',
      'logs:GetLogDelivery': 'as above',
      'logs:ListLogDeliveries': 'as above',
      'logs:PutResourcePolicy': 'as above',
      'logs:UpdateLogDelivery': 'as above',
      'sagemaker:ListModelPackages': 'a list takes no resource',
      'sagemaker:ListTrainingJobs': 'a list takes no resource',
      'sagemaker:ListTags': 'granted like this in the Step Functions guide; reads tags only',
      'xray:GetSamplingRules': 'traces take no resource',
      'xray:GetSamplingTargets': 'as above',
      'xray:PutTelemetryRecords': 'as above',
      'xray:PutTraceSegments': 'as above',
    };
    const statements = synthesized.statements();
    const onEverything = statements
      .filter(({ resources }) => resources.includes('*'))
      .flatMap(({ actions }) => actions);

    expect([...new Set(onEverything)].filter((action) => reasons[action] === undefined)).toEqual([]);
    expect(Object.keys(reasons).filter((action) => !onEverything.includes(action))).toEqual([]);
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
    synthesized.template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  it('reaches no training job of another pipeline', () => {
    const jobs = synthesized
      .statements()
      .filter(({ actions }) => actions.some((action) => action.endsWith('TrainingJob')))
      .flatMap(({ resources }) => resources);

    expect([...new Set(jobs)]).toEqual([expect.stringMatching(/:training-job\/penguins--\*$/)]);
  });

  it('passes exactly one role, to SageMaker only', () => {
    const passing = synthesized.statements().filter(({ actions }) => actions.includes('iam:PassRole'));
    const trainingRole = synthesized.one('AWS::IAM::Role', 'sagemaker.amazonaws.com');

    // The machine that trains, and the watch that sends canaries.
    expect(passing).toHaveLength(2);
    for (const statement of passing) {
      expect(statement).toMatchObject({
        actions: ['iam:PassRole'],
        resources: [`<${trainingRole.id}.Arn>`],
        condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      });
    }
  });

  it('registers what succeeded, and nothing else', () => {
    const pattern = patternOf(synthesized.one('AWS::Events::Rule', 'Registers the models'));

    expect(matches(pattern, runEnded('penguins', 'SUCCEEDED'))).toBe(true);
    expect(matches(pattern, runEnded('penguins', 'FAILED'))).toBe(false);
    expect(matches(pattern, runEnded('walruses', 'SUCCEEDED'))).toBe(false);
  });

  it('tells about failures, and not about what a person cancelled', () => {
    const pattern = patternOf(synthesized.one('AWS::Events::Rule', 'ended without a model'));
    const told = ['SUCCEEDED', 'FAILED', 'EXHAUSTED', 'REJECTED', 'CANCELLED'].filter((status) =>
      matches(pattern, runEnded('penguins', status)),
    );

    expect(told).toEqual(['FAILED', 'EXHAUSTED', 'REJECTED']);
  });

  it('closes runs whose execution broke', () => {
    const machine = synthesized.one('AWS::StepFunctions::StateMachine', 'penguins-training-run');
    const rule = synthesized.one('AWS::Events::Rule', 'Closes runs');
    const [target] = rule.properties['Targets'] as { Arn: unknown }[];
    const closeRun = synthesized.one('AWS::Lambda::Function', 'penguins/close-run');

    expect(matches(patternOf(rule), executionEnded(`<${machine.id}>`, 'ABORTED'))).toBe(true);
    expect(matches(patternOf(rule), executionEnded(`<${machine.id}>`, 'SUCCEEDED'))).toBe(false);
    expect(matches(patternOf(rule), executionEnded('another', 'ABORTED'))).toBe(false);
    expect(textOf(target?.Arn)).toBe(`<${closeRun.id}.Arn>`);
  });

  it('tells the watch of any change of its own jobs, and of no others', () => {
    const rule = synthesized.one('AWS::Events::Rule', 'Wakes the watch');
    const changed = (TrainingJobName: string) => ({
      source: 'aws.sagemaker',
      'detail-type': 'SageMaker Training Job State Change',
      detail: { TrainingJobName, TrainingJobStatus: 'InProgress', SecondaryStatus: 'Interrupted' },
    });
    const [target] = rule.properties['Targets'] as { Arn: unknown }[];
    const wakers = synthesized.statements().filter(({ actions }) => actions.includes('states:SendTaskSuccess'));

    expect(matches(patternOf(rule), changed('penguins--0123456789-001'))).toBe(true);
    expect(matches(patternOf(rule), changed('penguins-2--0123456789-001'))).toBe(false);
    expect(textOf(target?.Arn)).toBe(`<${synthesized.one('AWS::Lambda::Function', 'penguins/wake-watch').id}.Arn>`);
    expect(wakers.flatMap(({ resources }) => resources)).toEqual([
      expect.stringMatching(/:stateMachine:penguins-training-run$/),
      expect.stringMatching(/:stateMachine:penguins-training-run$/),
      expect.stringMatching(/:stateMachine:penguins-training-run$/),
    ]);
  });

  it('starts a run for an upload that matches prefix and suffix', () => {
    const pattern = patternOf(synthesized.one('AWS::Events::Rule', 'Starts a run'));
    const bucket = synthesized.one('AWS::S3::Bucket', 'EventBridgeEnabled');

    expect(matches(pattern, objectCreated(`<${bucket.id}>`, 'raw/2026-03-01/manifest.json'))).toBe(true);
    expect(matches(pattern, objectCreated(`<${bucket.id}>`, 'raw/2026-03-01/part-1.csv'))).toBe(false);
    expect(matches(pattern, objectCreated(`<${bucket.id}>`, 'else/manifest.json'))).toBe(false);
    expect(matches(pattern, objectCreated('another', 'raw/manifest.json'))).toBe(false);
  });

  it('starts a run at the times of a schedule, in its time zone, by the name of the time', () => {
    const schedule = synthesized.one('AWS::Scheduler::Schedule', 'Starts runs');
    const { ScheduleExpression, ScheduleExpressionTimezone, Target } = resolved(schedule.properties) as {
      readonly ScheduleExpression: string;
      readonly ScheduleExpressionTimezone: string;
      readonly Target: { readonly Arn: string; readonly Input: string; readonly DeadLetterConfig: { Arn: string } };
    };
    const startRun = synthesized.one('AWS::Lambda::Function', 'penguins/start-run');

    expect([ScheduleExpression, ScheduleExpressionTimezone]).toEqual(['cron(0 4 * * ? *)', 'Europe/Berlin']);
    expect(JSON.parse(Target.Input)).toEqual({
      'detail-type': 'Scheduled Run',
      detail: { schedule: 'nightly', scheduledAt: '<aws.scheduler.scheduled-time>', request: { deadline: '6h' } },
    });
    expect(Target.Arn).toBe(`<${startRun.id}.Arn>`);
    expect(Target.DeadLetterConfig.Arn).toBe(
      textOf((startRun.properties['DeadLetterConfig'] as { TargetArn: unknown }).TargetArn),
    );
  });

  it('looks every quarter of an hour for what lost events have left undone', () => {
    const { properties } = synthesized.one('AWS::Scheduler::Schedule', 'lost events');
    const { ScheduleExpression, Target } = resolved(properties) as {
      readonly ScheduleExpression: string;
      readonly Target: { readonly Arn: string };
    };

    expect(ScheduleExpression).toBe('rate(15 minutes)');
    expect(Target.Arn).toBe(`<${synthesized.one('AWS::Lambda::Function', 'penguins/reconcile').id}.Arn>`);
  });

  it('keeps what could not be delivered or handled, encrypted and by TLS only, and says so', () => {
    const queues = synthesized.all('AWS::SQS::Queue');
    const policies = synthesized.all('AWS::SQS::QueuePolicy').map(({ properties }) => JSON.stringify(properties));
    const deadLetterArns = [...JSON.stringify(synthesized.all('AWS::Events::Rule')).matchAll(/"DeadLetterConfig"/g)];
    const alarms = synthesized.all('AWS::CloudWatch::Alarm').map(({ properties }) => JSON.stringify(properties));

    expect(queues.map(({ properties }) => properties['SqsManagedSseEnabled'])).toEqual([true, true, true, true]);
    for (const { id } of queues) {
      expect(policies.filter((policy) => policy.includes(id) && policy.includes('aws:SecureTransport'))).toHaveLength(
        1,
      );
      expect(alarms.filter((alarm) => alarm.includes(id))).toHaveLength(1);
    }
    // Uploads, registration of runs and of sweeps, broken executions of both; news of jobs are hints, and who is told of failures is not ours.
    expect(deadLetterArns).toHaveLength(5);
  });

  it('tells a topic about everything that goes wrong', () => {
    const topic = synthesized.one('AWS::SNS::Topic').id;
    const alarms = synthesized.all('AWS::CloudWatch::Alarm');

    expect(alarms.map(({ id }) => id.replace(/^Penguins|[0-9A-F]{8}$/g, '')).toSorted()).toEqual([
      'CloseRunDeadLettersAlarm',
      'CloseSweepDeadLettersAlarm',
      'FallbackAlarm',
      'FunctionErrorAlarm',
      'ReconciledAlarm',
      'RegistrationDeadLettersAlarm',
      'RegistrationFailedAlarm',
      'RunFailedAlarm',
      'StartRunDeadLettersAlarm',
      'StarvingAlarm',
      'SweepFailedAlarm',
    ]);
    for (const { properties } of alarms) {
      expect(properties['AlarmDescription']).toMatch(/^Spotrelay pipeline penguins: .+\. .+/);
      expect(properties['TreatMissingData']).toBe('notBreaching');
      expect(resolved(properties['AlarmActions'])).toEqual([`<${topic}>`]);
    }
  });

  it('watches metrics that the functions write', () => {
    const receipt = JSON.stringify(synthesized.template.toJSON());
    const written = ['RunsEnded', 'RunsFailed', 'Fallbacks', 'Saved', 'LongestWait', 'OpenRuns', 'Reconciled'];

    for (const name of written) expect(receipt).toContain(name);
    expect(synthesized.all('AWS::CloudWatch::Dashboard')).toHaveLength(1);
  });

  it('needs no custom resource', () => {
    const types = Object.values(synthesized.template.toJSON()['Resources'] as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );

    expect(types.filter((type) => /^Custom::|CustomResource/.test(type))).toEqual([]);
  });
});

describe('a pipeline with everything of its own', () => {
  it('uses the role, the key, the bus, the bucket and the network it is given', () => {
    const stack = newStack();
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }) as IVpc;
    const pipeline = pipelineIn(stack, {
      bucket: bucketIn(stack, 'Artifacts'),
      dataBucket: bucketIn(stack, 'Data'),
      encryptionKey: new Key(stack, 'Key'),
      eventBus: new EventBus(stack, 'Bus', { eventBusName: 'models' }) as IEventBus,
      trainingRole: new Role(stack, 'Trainer', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') }),
      vpc,
      subnets: { subnets: vpc.isolatedSubnets },
      securityGroups: [new SecurityGroup(stack, 'Group', { vpc })],
      registration: ModelRegistration.existingGroup('Penguins', { approvalStatus: ApprovalStatus.APPROVED }),
      onDeadlineMissed: OnDeadlineMissed.STOP,
      timing: { checkpointInterval: Duration.minutes(5) },
      volumeSize: Size.gibibytes(100),
      checkpoints: false,
      failureRules: [{ exitCode: 75, failureClass: FailureClass.INTERNAL, explanation: 'the store was away' }],
      acknowledgedGuards: ['spot-without-checkpoint'],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const synthesized = new Synthesized(stack);
    const deployed = Pipeline.parse(deployedPipeline(synthesized));

    expect(pipeline.trainingRole.node.id).toBe('Trainer');
    expect(deployed.job.vpc?.subnets).toHaveLength(2);
    expect(deployed.job.kmsKeyId).toMatch(/^<Key\w+\.Arn>$/);
    expect(deployed.job.checkpointUri).toBeUndefined();
    expect(deployed.registration).toMatchObject({ modelPackageGroupName: 'Penguins', approvalStatus: 'Approved' });
    expect(deployed.timing.checkpointIntervalSeconds).toBe(300);
    expect(deployed.failureRules).toEqual([{ exitCode: 75, class: 'Internal', explanation: 'the store was away' }]);
    expect(synthesized.all('AWS::SageMaker::ModelPackageGroup')).toEqual([]);
    expect(synthesized.one('AWS::DynamoDB::Table', 'KMS').properties['SSESpecification']).toMatchObject({
      SSEEnabled: true,
    });
    synthesized.template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
    synthesized.template.hasOutput('*', { Value: Match.objectLike({ 'Fn::Join': Match.anyValue() }) });
  });

  it('lets a run by hand read all that was uploaded, so that {} is a whole request', () => {
    const stack = newStack();
    pipelineIn(stack, { uploads: { bucket: new Bucket(stack, 'Raw') as IBucket, prefix: 'raw/day-', suffix: '.csv' } });
    const pipeline = Pipeline.parse(deployedPipeline(new Synthesized(stack)));

    expect(pipeline.job.channels['train']?.uri).toMatch(/^s3:\/\/<\w+>\/raw\/$/);
    expect(plainRequest(pipeline)).toEqual({});
  });

  it('hands on what waiting costs and what spot costs', () => {
    const stack = newStack();
    pipelineIn(stack, { expectedTrainingTime: Duration.hours(3), waitingUsdPerHour: 1.5, spotPriceRatio: 0.4 });
    const pipeline = Pipeline.parse(deployedPipeline(new Synthesized(stack)));

    expect(pipeline).toMatchObject({ spotPriceRatio: 0.4, defaults: { waitingUsdPerHour: 1.5 } });
  });

  it('waits for uploads to pause, and lets runs wait for each other', () => {
    const stack = newStack();
    pipelineIn(stack, {
      uploads: { bucket: bucketIn(stack, 'Raw'), prefix: 'raw/', quietPeriod: Duration.minutes(10) },
      overlap: OverlapPolicy.QUEUE,
    });
    const synthesized = new Synthesized(stack);
    const startRun = synthesized.one('AWS::Lambda::Function', 'penguins/start-run');
    const { Variables } = resolved(startRun.properties['Environment']) as { Variables: Record<string, string> };
    const machine = synthesized.one('AWS::StepFunctions::StateMachine', 'penguins-upload-batch');
    const starters = synthesized
      .statements()
      .filter(({ actions }) => actions.includes('states:StartExecution'))
      .map(({ owner, resources }) => `${owner.replace(/^Penguins|RoleDefaultPolicy.*$/g, '')} ${resources.join(' ')}`);

    expect(JSON.parse(Variables['RUN_TRIGGERS'] ?? '')).toEqual({
      overlap: 'queue',
      upload: {
        channel: 'train',
        prefix: 'raw/',
        suffix: '',
        bucket: expect.stringMatching(/^<Raw\w+>$/),
        quietSeconds: 600,
      },
    });
    expect(machine.properties['DefinitionSubstitutions']).toMatchObject({
      StartRunFunctionArn: { 'Fn::GetAtt': [startRun.id, 'Arn'] },
    });
    for (const name of ['CloseRun', 'Reconcile', 'StartRun'])
      expect(starters.filter((text) => text.startsWith(name) && text.includes('-training-run'))).toHaveLength(1);
    expect(starters.filter((text) => text.includes('-upload-batch'))).toHaveLength(2);
  });

  it('leaves out what it does not do', () => {
    const stack = newStack();
    pipelineIn(stack, { registration: ModelRegistration.none() });
    const synthesized = new Synthesized(stack);

    expect(synthesized.all('AWS::Lambda::Function')).toHaveLength(9);
    expect(synthesized.all('AWS::StepFunctions::StateMachine')).toHaveLength(2);
    expect(synthesized.definition(synthesized.one('AWS::StepFunctions::StateMachine', '-training-run'))).not.toContain(
      'InputDataConfig',
    );
  });

  it('lets the watch send canaries only where runs return to spot', () => {
    const creators = (props: Partial<TrainingPipelineProps>) => {
      const stack = newStack();
      pipelineIn(stack, props);
      const synthesized = new Synthesized(stack);
      return synthesized
        .statements()
        .filter(({ actions }) => actions.includes('sagemaker:CreateTrainingJob') || actions.includes('iam:PassRole'))
        .map(({ owner }) => owner.replace(/^Penguins|DefaultPolicy\w+$/g, ''));
    };

    expect(creators({ returnToSpot: false })).toEqual(['TrainingRunRole', 'TrainingRunRole']);
    expect(creators({ timing: { restore: Duration.minutes(20) } })).toEqual(['TrainingRunRole', 'TrainingRunRole']);
    expect(creators({}).toSorted()).toEqual([
      'ReviewAttemptRole',
      'ReviewAttemptRole',
      'TrainingRunRole',
      'TrainingRunRole',
    ]);
  });

  it('has no alarms and no dashboard where somebody has their own, and no fallback alarm where none can happen', () => {
    const stack = newStack();
    pipelineIn(stack, { alarms: false, dashboard: false });
    const quiet = new Synthesized(stack);
    const other = newStack();
    pipelineIn(other, { capacity: [Capacity.spot('ml.g5.xlarge')] });
    const spotOnly = new Synthesized(other);

    expect([...quiet.all('AWS::CloudWatch::Alarm'), ...quiet.all('AWS::CloudWatch::Dashboard')]).toEqual([]);
    expect(spotOnly.all('AWS::CloudWatch::Alarm').filter(({ id }) => id.includes('Fallback'))).toEqual([]);
  });

  it("gives out its metrics, with a period and a statistic of one's own", () => {
    const pipeline = pipelineIn(newStack());
    const { dimensions, namespace, metricName, period, statistic } = pipeline.metricSaved({ period: Duration.days(7) });

    expect({ dimensions, namespace, metricName, days: period.toDays(), statistic }).toEqual({
      dimensions: { Pipeline: 'penguins' },
      namespace: 'Spotrelay',
      metricName: 'Saved',
      days: 7,
      statistic: 'Average',
    });
  });

  it('lets a rung bring image, settings and subnets, and the training role pull every image', () => {
    const stack = newStack();
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 }) as IVpc;
    pipelineIn(stack, {
      vpc,
      subnets: { subnets: vpc.isolatedSubnets },
      capacity: [
        Capacity.spot('ml.g5g.xlarge', {
          image: '210987654321.dkr.ecr.eu-west-1.amazonaws.com/penguins-arm:1',
          hyperParameters: { batch_size: '16' },
          environment: { PRECISION: 'fp16' },
          subnets: { subnets: vpc.isolatedSubnets.slice(0, 1) },
        }),
        ...LADDER,
      ],
    });
    const synthesized = new Synthesized(stack);
    const { capacity, job } = Pipeline.parse(deployedPipeline(synthesized));
    const pulls = synthesized.statements().filter(({ actions }) => actions.includes('ecr:BatchGetImage'));

    expect(capacity[0]).toMatchObject({
      image: expect.stringContaining('penguins-arm:1'),
      hyperParameters: { batch_size: '16' },
      environment: { PRECISION: 'fp16' },
      subnets: [job.vpc?.subnets[0]],
    });
    expect(pulls.map(({ resources }) => resources.map((arn) => arn.split('ecr:')[1]))).toEqual([
      ['eu-west-1:123456789012:repository/penguins', 'eu-west-1:210987654321:repository/penguins-arm'],
    ]);
  });

  it('removes checkpoints a while after the end of their run, and may delete nothing else', () => {
    const deletions = (props: Partial<TrainingPipelineProps>) => {
      const stack = newStack();
      pipelineIn(stack, props);
      const synthesized = new Synthesized(stack);
      const statements = synthesized
        .statements()
        .filter(({ owner, actions }) => !owner.includes('TrainingRole') && actions.includes('s3:DeleteObject'));
      return {
        retention: Pipeline.parse(deployedPipeline(synthesized)).checkpointRetention,
        statements: statements.map(({ owner, resources }) => [owner.replace(/Role.*/, ''), ...resources]),
      };
    };
    const onlyCheckpoints = [
      ['PenguinsReconcile', expect.stringMatching(/^<PenguinsBucket\w+\.Arn>\/penguins\/checkpoints\/\*$/)],
    ];

    expect(deletions({})).toEqual({ retention: '1209600s', statements: onlyCheckpoints });
    expect(deletions({ checkpointRetention: Duration.days(3) }).retention).toBe('259200s');
    expect(deletions({ checkpoints: false, maxRuntime: Duration.hours(1) }).statements).toEqual([]);
  });

  it('takes subnets that only CloudFormation knows', () => {
    const stack = newStack();
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-west-1a', 'eu-west-1b'],
      isolatedSubnetIds: Fn.importListValue('private-subnets', 2),
    });
    pipelineIn(stack, { vpc, subnets: { subnets: vpc.isolatedSubnets } });
    const synthesized = quietly(() => new Synthesized(stack));

    expect(Pipeline.parse(deployedPipeline(synthesized)).job.vpc?.subnets).toHaveLength(2);
    expect(JSON.stringify(synthesized.template.toJSON())).not.toContain('Token[');
  });

  it('derives its name from the stack and its id', () => {
    const pipeline = new TrainingPipeline(newStack('ChurnStack'), 'Nightly', { image: IMAGE, capacity: LADDER });

    expect(pipeline.pipelineName).toBe('churn-stack-nightly');
  });

  it('warns that an imported bucket may not send its events, and says how it would', () => {
    const stack = newStack();
    pipelineIn(stack, { uploads: { bucket: Bucket.fromBucketName(stack, 'Data', 'lake') } });

    const warning = Match.stringLikeRegexp('aws s3api put-bucket-notification-configuration --bucket lake');

    const annotations = quietly(() => Annotations.fromStack(stack));

    expect(annotations.findWarning('/Training/Penguins', warning)).toHaveLength(1);
  });

  it('warns no more when somebody has seen to it', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, { uploads: { bucket: Bucket.fromBucketName(stack, 'Data', 'lake') } });
    CdkAnnotations.of(pipeline).acknowledgeWarning('spotrelay:uploads-eventbridge', 'switched on by the lake team');

    const annotations = quietly(() => Annotations.fromStack(stack));

    expect(annotations.findWarning('*', Match.anyValue())).toEqual([]);
  });
});

describe('props that cannot work', () => {
  const cases: readonly (readonly [string, Partial<TrainingPipelineProps>, RegExp])[] = [
    ['a name with capitals', { pipelineName: 'Penguins' }, /pipelineName: uses a-z.*got "Penguins"/s],
    ['a name that is too long', { pipelineName: 'p'.repeat(33) }, /pipelineName: takes at most 32 characters/],
    ['an image with blanks', { image: 'my image' }, /image: must be a container image.*got "my image"/s],
    ['no capacity', { capacity: [] }, /capacity: needs at least one capacity, for example/],
    [
      'an EC2 instance type',
      { capacity: [Capacity.spot('g5.xlarge')] },
      /capacity\.0\.instanceType: .*ml\.g5\.2xlarge.*got "g5\.xlarge"/s,
    ],
    ['a capacity listed twice', { capacity: [...LADDER, ...LADDER] }, /capacity\.2: repeats spot:ml\.g5\.xlarge/],
    [
      'half an instance',
      { capacity: [Capacity.onDemand('ml.g5.xlarge', { instanceCount: 0.5 })] },
      /capacity\.0\.instanceCount: .*got 0\.5/s,
    ],
    [
      'a channel that is no S3 location',
      { channels: { train: '/data' } },
      /channels\.train: must be an S3 location.*got "\/data"/s,
    ],
    [
      'a long hyperparameter',
      { hyperParameters: { note: 'x'.repeat(257) } },
      /hyperParameters\.note: takes at most 256/,
    ],
    ['a variable with a hyphen', { environment: { 'MY-VAR': '1' } }, /environment\.MY-VAR: /],
    [
      'a deadline without an expectation',
      { deadline: Duration.hours(9) },
      /expectedTrainingTime: is needed beside a deadline/,
    ],
    [
      'a deadline that nobody can meet',
      { deadline: Duration.hours(1), expectedTrainingTime: Duration.hours(9) },
      /deadline: cannot be met even On-Demand.*move it by at least/s,
    ],
    [
      'less runtime than the training takes',
      { maxRuntime: Duration.hours(1), expectedTrainingTime: Duration.hours(9) },
      /maxRuntime: must be at least expectedTrainingTime and its padding.*raise maxRuntime/s,
    ],
    [
      'no patience',
      { spotPatience: Duration.seconds(0) },
      /spotPatience: must be a duration longer than zero.*got "0s"/s,
    ],
    [
      'checkpoints kept longer than the ledger remembers',
      { checkpointRetention: Duration.days(366) },
      /checkpointRetention: must be a duration longer than zero, at most 365d.*got "31622400s"/s,
    ],
    ['waiting for free', { waitingUsdPerHour: 0 }, /waitingUsdPerHour: must be more than 0, got 0/],
    [
      'a price of waiting without an expectation',
      { waitingUsdPerHour: 2 },
      /expectedTrainingTime: is needed beside waitingUsdPerHour/,
    ],
    [
      'a price of waiting beside a deadline',
      { waitingUsdPerHour: 2, deadline: Duration.hours(9), expectedTrainingTime: Duration.hours(3) },
      /waitingUsdPerHour: counts only without a deadline.*leave out one/s,
    ],
    [
      'a price of waiting where capacity has none',
      {
        waitingUsdPerHour: 2,
        expectedTrainingTime: Duration.hours(3),
        capacity: [Capacity.spot('ml.z9.large'), Capacity.onDemand('ml.g5.xlarge')],
      },
      /waitingUsdPerHour: needs a price for spot:ml\.z9\.large.*set usdPerHour/s,
    ],
    ['spot for free', { spotPriceRatio: 0 }, /spotPriceRatio: must be more than 0.*got 0/s],
    ['spot at a percentage', { spotPriceRatio: 35 }, /spotPriceRatio: is a share of the On-Demand price.*got 35/s],
    ['a budget of nothing', { budgetUsd: 0 }, /budgetUsd: .*got 0/s],
    [
      'a budget without a price',
      { budgetUsd: 5, capacity: [Capacity.onDemand('ml.z9.large')] },
      /budgetUsd: needs a price for on-demand:ml\.z9\.large: set usdPerHour/,
    ],
    [
      'spot without checkpoints',
      { checkpoints: false },
      /capacity: uses spot without checkpoints.*spot-without-checkpoint/s,
    ],
    [
      'a guard that does not exist',
      { acknowledgedGuards: ['spot-without-checkpoints: none'] },
      /acknowledgedGuards\.0: must be the id of a guard \(spot-without-checkpoint, .*got "spot-without-checkpoints: none"/s,
    ],
    [
      'a built-in algorithm on spot for a day',
      { image: '382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1' },
      /maxRuntime: is 23 h too long for spot:ml\.g5\.xlarge: kmeans.*set maxRuntime to at most 1h/s,
    ],
    ['a poll that is too quick', { timing: { poll: Duration.seconds(1) } }, /timing\.poll: .*got 1/s],
    [
      'a metric without an expression',
      { metricDefinitions: [{ name: 'loss', regex: '' }] },
      /metricDefinitions\.0\.regex: /,
    ],
    [
      'a text that the deployment would replace',
      { metricDefinitions: [{ name: 'loss', regex: 'loss=${x}' }] },
      /metricDefinitions\.0\.regex: must not contain "\$\{".*write/s,
    ],
    [
      'a group name with blanks',
      { registration: ModelRegistration.existingGroup('my group') },
      /registration\.groupName: .*got "my group"/s,
    ],
    [
      'a failure rule about nothing',
      { failureRules: [{ failureClass: FailureClass.INTERNAL }] },
      /failureRules\.0: needs a reasonPrefix, an exitCode or both/,
    ],
    [
      'a failure rule for success',
      { failureRules: [{ exitCode: 0, failureClass: FailureClass.INTERNAL }] },
      /failureRules\.0\.exitCode: must be 1 to 255.*got 0/s,
    ],
    [
      'a failure rule that a person alone could mean',
      { failureRules: [{ exitCode: 1, failureClass: { value: 'Cancelled' } }] },
      /failureRules\.0\.failureClass: must be one of Capacity.*got "Cancelled"/s,
    ],
    [
      'too many failure rules',
      {
        failureRules: Array.from({ length: 51 }, (_, code) => ({
          exitCode: code + 1,
          failureClass: FailureClass.INTERNAL,
        })),
      },
      /failureRules: takes at most 50 rules/,
    ],
    ['an alarm in percent', { fallbackAlarmShare: 50 }, /fallbackAlarmShare: is a share of the runs.*got 50/s],
    [
      'a schedule with blanks in its name',
      { schedules: [{ ...NIGHTLY, name: 'every night' }] },
      /schedules\.0\.name: must have at most 32 characters of a-z.*got "every night"/s,
    ],
    [
      'two schedules of one name',
      { schedules: [NIGHTLY, NIGHTLY] },
      /schedules\.1\.name: is taken by another schedule/,
    ],
    [
      'a schedule whose runs would be rejected',
      { schedules: [{ ...NIGHTLY, request: { deadlin: '6h' } }] },
      /schedules\.0\.request\.deadlin: is not a known field.*deadline/s,
    ],
    [
      'a schedule with one deadline for all its runs',
      { schedules: [{ ...NIGHTLY, request: { deadline: '2026-03-01T08:00:00Z' } }] },
      /schedules\.0\.request\.deadline: must be a duration such as "6h".*got "2026-03-01T08:00:00Z"/s,
    ],
    [
      'a schedule that says what set its runs off',
      { schedules: [{ ...NIGHTLY, request: { trigger: { kind: 'manual' } } }] },
      /schedules\.0\.request\.trigger: is set by the schedule: leave it out/,
    ],
    [
      "a rung's subnets without a VPC",
      { capacity: [...LADDER, Capacity.spot('ml.g5.2xlarge', { subnets: {} })] },
      /capacity\.2\.subnets: needs a vpc beside it/,
    ],
    [
      "a rung's image with blanks",
      { capacity: [Capacity.spot('ml.g5.xlarge', { image: 'my image' })] },
      /capacity\.0\.image: must be a container image.*got "my image"/s,
    ],
    ['security groups without a VPC', { securityGroups: [] }, /securityGroups: needs a vpc beside it/],
  ];

  it.each(cases)('are refused with the prop named: %s', (_, props, message) => {
    expect(() => pipelineIn(newStack(), props)).toThrow(message);
  });

  it('are refused with the prop named: a derived name that does not fit', () => {
    const stack = newStack('AStackWithQuiteALongNameForWhatItDoes');

    expect(() => new TrainingPipeline(stack, 'Nightly', { image: IMAGE, capacity: LADDER })).toThrow(
      /pipelineName: takes at most 32 characters; it was derived from the stack.*set pipelineName/,
    );
  });

  it('are refused with the prop named: uploads that would start run after run', () => {
    const stack = newStack();
    const bucket = bucketIn(stack, 'Both');

    expect(() => pipelineIn(stack, { bucket, uploads: { bucket, suffix: '.gz' } })).toThrow(
      /uploads\.prefix: must keep clear of penguins\/.*set another prefix/,
    );
  });

  it.each([
    [Duration.seconds(5), /uploads\.quietPeriod: must be at least 1 minute; for example Duration.*got 5/],
    [Duration.days(1), /uploads\.quietPeriod: must be at most 12 hours.*got 86400/],
  ])('are refused with the prop named: a quiet period of %s', (quietPeriod, message) => {
    const stack = newStack();

    expect(() => pipelineIn(stack, { uploads: { bucket: bucketIn(stack, 'Data'), quietPeriod } })).toThrow(message);
  });

  it('are refused with the prop named: a wildcard as a suffix', () => {
    const stack = newStack();

    expect(() => pipelineIn(stack, { uploads: { bucket: bucketIn(stack, 'Data'), suffix: '*.csv' } })).toThrow(
      /uploads\.suffix: must not contain "\*"/,
    );
  });

  it('are all named at once', () => {
    expect(() => pipelineIn(newStack(), { image: '', capacity: [] })).toThrow(/image: [^]*capacity: /);
  });
});
