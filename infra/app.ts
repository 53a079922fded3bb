// A deployable app with one pipeline: penguins on spot, On-Demand when spot does not come in time.
//
//   npm run build:lambdas && npx cdk deploy -c image=<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>
import { Bucket, BlockPublicAccess, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { App, Duration, Stack, Validations } from 'aws-cdk-lib/core';
import { Capacity, ModelRegistration, TrainingPipeline } from './index.ts';

/**
 * Stands for an image that runs examples/tabular-classifier. AWS's own XGBoost image of us-east-1, so that a deployment
 * without `-c image=...` names something that exists; its algorithm brings other metrics and wants other hyperparameters.
 * https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/ecr-us-east-1.html
 */
const DEFAULT_IMAGE = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1';

/** Exported for checks of the whole; CDK synthesizes it when the process ends. */
export const app = new App();
// No account and no Region: the stack can be synthesized anywhere and deployed wherever the CLI points.
const stack = new Stack(app, 'Spotrelay', {
  description: 'Spot training with a deadline: Spotrelay with one example pipeline',
});

const data = new Bucket(stack, 'Data', {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  // Only a project with exactOptionalPropertyTypes, such as this one, has to say that a Bucket is an IBucket.
}) as IBucket;

Validations.of(data).acknowledge({
  id: 'AwsSolutions-S1',
  reason: 'public example data; for data of your own, hand a bucket with serverAccessLogsBucket to `uploads`',
});

new TrainingPipeline(stack, 'Penguins', {
  pipelineName: 'penguins',
  image: imageFrom(app.node.tryGetContext('image')),
  capacity: [Capacity.spot('ml.m5.large'), Capacity.spot('ml.c5.xlarge'), Capacity.onDemand('ml.m5.large')],
  channels: { train: `s3://${data.bucketName}/penguins/` },
  uploads: { bucket: data, prefix: 'penguins/', suffix: '.csv' },
  deadline: Duration.hours(6),
  expectedTrainingTime: Duration.minutes(30),
  maxRuntime: Duration.hours(4),
  budgetUsd: 2,
  metricDefinitions: [
    { name: 'validation:accuracy', regex: 'validation:accuracy=([0-9.]+)' },
    { name: 'loss', regex: 'loss=([0-9.]+)' },
  ],
  registration: ModelRegistration.newGroup({ qualityGate: [{ metric: 'validation:accuracy', minimum: 0.85 }] }),
});

function imageFrom(given: unknown): string {
  if (given === undefined) return DEFAULT_IMAGE;
  if (typeof given === 'string' && given !== '') return given;
  throw new Error(
    `the context value image must be a container image, got ${JSON.stringify(given)}: pass -c image=<uri>`,
  );
}
