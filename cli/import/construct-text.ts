// A pipeline as the lines of a CDK app that deploys it.
import type { PipelineInput } from '../../domain/pipeline.ts';
import { parseDuration } from '../../domain/time.ts';

export interface ConstructText {
  readonly text: string;
  /** What the construct cannot say although a pipeline can. */
  readonly notes: readonly string[];
}

export function constructText({ name, job, capacity, defaults }: PipelineInput): ConstructText {
  const notes: string[] = [];
  const kmsKey = job.kmsKeyId;
  const props = [
    `pipelineName: ${quoted(name)}`,
    `image: ${quoted(job.image)}`,
    ...(job.code === undefined ? [] : [`code: ${codeText(job.code)}`]),
    `capacity: [${capacity.map(capacityText).join(', ')}]`,
    ...list('entryPoint', job.entryPoint),
    ...list('containerArguments', job.arguments),
    ...map('hyperParameters', job.hyperParameters),
    ...map('environment', job.environment),
    ...channels(job.channels, notes),
    ...(job.checkpointUri === undefined ? ['checkpoints: false'] : []),
    `maxRuntime: Duration.seconds(${parseDuration(defaults?.maxRuntime ?? '24h') ?? 86_400})`,
    ...metrics(job.metricDefinitions),
    ...(job.volumeSizeGb === undefined ? [] : [`volumeSize: Size.gibibytes(${job.volumeSizeGb})`]),
    ...(job.networkIsolation === true ? ['networkIsolation: true'] : []),
    ...(kmsKey?.startsWith('arn:') === true
      ? [`encryptionKey: Key.fromKeyArn(stack, 'Key', ${quoted(kmsKey)}) as IKey`]
      : []),
  ];
  notes.push(...ofItsOwn(job));
  const body = props.map((prop) => `  ${prop},`).join('\n');
  return {
    text: `${imports(body)}\n\nconst stack = new Stack(new App(), 'Training');\nnew TrainingPipeline(stack, 'Pipeline', {\n${body}\n});\n`,
    notes,
  };
}

/** What the construct makes by itself, and how to keep the job's. */
const ofItsOwn = ({
  roleArn,
  outputUri,
  checkpointLocalPath,
  kmsKeyId,
  vpc,
}: PipelineInput['job']): readonly string[] => [
  `RoleArn: the pipeline makes a role of its own; to keep this one: trainingRole: Role.fromRoleArn(stack, 'TrainingRole', ${quoted(roleArn)})`,
  `OutputDataConfig.S3OutputPath: models and checkpoints go into a bucket of the pipeline, not to ${outputUri}; to keep that one: bucket: Bucket.fromBucketName(stack, 'Models', ${quoted(bucketOf(outputUri))})`,
  ...(vpc === undefined
    ? []
    : [
        `VpcConfig: not carried over, as the reply does not name the VPC; set vpc, with subnets ${vpc.subnets.join(', ')} and securityGroups ${vpc.securityGroupIds.join(', ')}`,
      ]),
  ...(kmsKeyId === undefined || kmsKeyId.startsWith('arn:')
    ? []
    : [`KmsKeyId: not carried over, as ${kmsKeyId} is no ARN; set encryptionKey`]),
  ...(checkpointLocalPath === undefined || checkpointLocalPath === '/opt/ml/checkpoints'
    ? []
    : [
        `CheckpointConfig.LocalPath: not carried over; let the script save to /opt/ml/checkpoints instead of ${checkpointLocalPath}`,
      ]),
];

const bucketOf = (uri: string): string => uri.split('/')[2] ?? '';
const keyOf = (uri: string): string => uri.split('/').slice(3).join('/');

const codeText = ({ uri, entry }: NonNullable<PipelineInput['job']['code']>): string =>
  `TrainingCode.fromBucket(Bucket.fromBucketName(stack, 'Code', ${quoted(bucketOf(uri))}), ${quoted(keyOf(uri))}, { entry: ${quoted(entry)} })`;

function capacityText({ purchaseOption, instanceType, instanceCount = 1 }: PipelineInput['capacity'][number]): string {
  const options = instanceCount === 1 ? '' : `, { instanceCount: ${instanceCount} }`;
  return `Capacity.${purchaseOption === 'spot' ? 'spot' : 'onDemand'}(${quoted(instanceType)}${options})`;
}

const list = (prop: string, values: readonly string[] = []): readonly string[] =>
  values.length === 0 ? [] : [`${prop}: [${values.map(quoted).join(', ')}]`];

const map = (prop: string, values: Readonly<Record<string, string>> = {}): readonly string[] =>
  Object.keys(values).length === 0
    ? []
    : [
        `${prop}: { ${Object.entries(values)
          .map(([name, value]) => `${fieldName(name)}: ${quoted(value)}`)
          .join(', ')} }`,
      ];

function channels(given: PipelineInput['job']['channels'] = {}, notes: string[]): readonly string[] {
  for (const [name, { inputMode = 'File', contentType, distribution }] of Object.entries(given)) {
    const lost = [
      ...(inputMode === 'File' ? [] : [`InputMode ${inputMode}`]),
      ...(contentType === undefined ? [] : [`ContentType ${contentType}`]),
      ...(distribution === undefined || distribution === 'FullyReplicated' ? [] : [distribution]),
    ];
    if (lost.length > 0)
      notes.push(
        `InputDataConfig.${name}: ${lost.join(', ')} not carried over: the construct reads channels in File mode, all of them on every instance`,
      );
  }
  return map('channels', Object.fromEntries(Object.entries(given).map(([name, { uri }]) => [name, uri])));
}

const metrics = (definitions: PipelineInput['job']['metricDefinitions'] = []): readonly string[] =>
  definitions.length === 0
    ? []
    : [
        `metricDefinitions: [${definitions.map(({ name, regex }) => `{ name: ${quoted(name)}, regex: ${quoted(regex)} }`).join(', ')}]`,
      ];

/** Written plainly this one would set the prototype. */
const fieldName = (name: string): string => (name === '__proto__' ? `[${quoted(name)}]` : quoted(name));

/** JSON's escapes mean the same in TypeScript. */
const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", String.raw`\'`)}'`;

/** Only what the text uses. */
function imports(body: string): string {
  const used = (names: readonly string[]): string =>
    names.filter((name) => new RegExp(`\\b${name}\\b`).test(body)).join(', ');
  const core = ['App', 'Duration', ...(body.includes('Size.') ? ['Size'] : []), 'Stack'].join(', ');
  return [
    `import { ${core} } from 'aws-cdk-lib';`,
    ...(body.includes('Key.fromKeyArn') ? ["import { Key, type IKey } from 'aws-cdk-lib/aws-kms';"] : []),
    ...(body.includes('Bucket.fromBucketName') ? ["import { Bucket } from 'aws-cdk-lib/aws-s3';"] : []),
    `import { ${used(['Capacity', 'TrainingCode'])}, TrainingPipeline } from 'spotrelay';`,
  ].join('\n');
}
