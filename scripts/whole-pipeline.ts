// A stack with everything that a pipeline can have at once, for pages and tests that look at all of it.
import { SubnetType, Vpc, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Duration, TimeZone, Validations, type Stack } from 'aws-cdk-lib/core';
import { Capacity, ModelRegistration, OverlapPolicy, TrainingPipeline } from '../infra/index.ts';

export const PIPELINE_ID = 'Penguins';

const ISOLATED = { name: 'isolated', subnetType: SubnetType.PRIVATE_ISOLATED } as const;

export function wholePipeline(stack: Stack): TrainingPipeline {
  const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true }) as IKey;
  const data = new Bucket(stack, 'Data', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    encryptionKey,
  }) as IBucket;
  Validations.of(data).acknowledge({ id: 'AwsSolutions-S1', reason: 'a bucket of the test' });
  const vpc = new Vpc(stack, 'Vpc', {
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [ISOLATED],
    // A custom resource, with a function that is not ours to look at.
    restrictDefaultSecurityGroup: false,
  }) as IVpc;
  Validations.of(vpc).acknowledge({ id: 'AwsSolutions-VPC7', reason: 'a network of the test' });
  const alarmTopic = new Topic(stack, 'Alarms', { enforceSSL: true, masterKey: encryptionKey });
  const pipeline = new TrainingPipeline(stack, PIPELINE_ID, {
    pipelineName: 'penguins',
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/penguins:1.2',
    capacity: [Capacity.spot('ml.g5.xlarge'), Capacity.spot('ml.g5.2xlarge'), Capacity.onDemand('ml.g5.xlarge')],
    channels: { train: `s3://${data.bucketName}/raw/` },
    uploads: { bucket: data, prefix: 'raw/', suffix: '.csv', quietPeriod: Duration.minutes(10) },
    schedules: [
      {
        name: 'nightly',
        schedule: ScheduleExpression.cron({ hour: '4', minute: '0', timeZone: TimeZone.EUROPE_BERLIN }),
        request: { deadline: '9h' },
      },
    ],
    overlap: OverlapPolicy.QUEUE,
    returnToSpot: true,
    deadline: Duration.hours(12),
    expectedTrainingTime: Duration.hours(3),
    metricDefinitions: [{ name: 'accuracy', regex: 'accuracy=([0-9.]+)' }],
    registration: ModelRegistration.newGroup({ qualityGate: [{ metric: 'accuracy', minimum: 0.9 }] }),
    sweeps: true,
    encryptionKey,
    eventBus: new EventBus(stack, 'Bus', { eventBusName: 'models' }) as IEventBus,
    vpc,
    subnets: { subnetGroupName: ISOLATED.name },
    alarmTopic,
  });
  pipeline.onRunFailed('Failures', new SnsTopic(alarmTopic));
  return pipeline;
}
