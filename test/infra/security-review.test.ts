// What a platform team's review asks of a stack: cdk-nag's AwsSolutions rules, cfn-lint, and a few promises of our own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Validations, type App, type Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capacity, TrainingPipeline } from '../../infra/index.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { ensureBundles, newStack, Synthesized, textOf } from './synthesized.ts';
import { wholePipeline } from '../../scripts/whole-pipeline.ts';

/** `rule at construct`, one for each finding. */
const findings = (scope: App | Stack): readonly string[] =>
  new AwsSolutionsChecks()
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );

/** Not imported at the top: the app is made when its module is loaded, with the flags that it is deployed with. */
async function exampleApp(): Promise<App> {
  const { context } = JSON.parse(readFileSync(join(packageRoot(), 'cdk.json'), 'utf8')) as { context: unknown };
  process.env['CDK_CONTEXT_JSON'] = JSON.stringify(context);
  const { app } = await import('../../infra/app.ts');
  return app;
}

let whole: Stack;
let synthesized: Synthesized;

beforeAll(() => {
  ensureBundles();
  whole = newStack();
  wholePipeline(whole);
  synthesized = new Synthesized(whole);
}, 60_000);

describe('a review by cdk-nag (AwsSolutions)', () => {
  it('finds nothing in a pipeline with everything', () => {
    expect(findings(whole)).toEqual([]);
  });

  it('finds nothing in the example app', async () => {
    expect(findings(await exampleApp())).toEqual([]);
  });

  it('finds nothing in what is added to a role that is handed in', () => {
    const stack = newStack();
    const trainingRole = new Role(stack, 'Trainer', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') });
    new TrainingPipeline(stack, 'Penguins', {
      image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/penguins:1.2',
      capacity: [Capacity.spot('ml.g5.xlarge')],
      channels: { train: 's3://data/raw/' },
      trainingRole,
    });

    expect(findings(stack)).toEqual([]);
  });

  it('still finds what nobody has given a reason for', () => {
    const stack = newStack();
    const pipeline = wholePipeline(stack);
    new Bucket(stack, 'Open');
    pipeline.trainingRole.addToPrincipalPolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: ['s3:GetObject'], resources: ['arn:aws:s3:::others/*'] }),
    );

    expect(findings(stack)).toEqual([
      'AwsSolutions-IAM5[Resource::arn:aws:s3:::others/*] at Training/Penguins/TrainingRole/DefaultPolicy/Resource',
      'AwsSolutions-S1 at Training/Open/Resource',
      'AwsSolutions-S10 at Training/Open/Resource',
    ]);
  });

  it('has a sentence for each finding that is accepted', () => {
    const accepted = whole.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.values(data as Readonly<Record<string, unknown>>));

    expect(accepted.length).toBeGreaterThan(50);
    expect(accepted.filter((reason) => typeof reason !== 'string' || reason.split(' ').length < 3)).toEqual([]);
  });
});

describe('a pipeline with everything', () => {
  it('lets buckets, queues and topics be reached by TLS only', () => {
    const policies = [
      ...synthesized.all('AWS::S3::BucketPolicy'),
      ...synthesized.all('AWS::SQS::QueuePolicy'),
      ...synthesized.all('AWS::SNS::TopicPolicy'),
    ];
    const withTls = policies
      .filter(({ properties }) =>
        JSON.stringify(properties['PolicyDocument']).includes('"aws:SecureTransport":"false"'),
      )
      .flatMap(({ properties }) => [properties['Bucket'], properties['Queues'], properties['Topics']])
      .flat()
      .filter((target) => target !== undefined)
      .map(textOf);
    const targets = ['AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SNS::Topic'].flatMap((type) => synthesized.all(type));

    expect(withTls.toSorted()).toEqual(targets.map(({ id }) => `<${id}>`).toSorted());
    expect(targets.length).toBeGreaterThan(5);
  });

  it('opens nothing to the public', () => {
    for (const { properties } of synthesized.all('AWS::S3::Bucket')) {
      expect(properties['PublicAccessBlockConfiguration']).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    }
    const allowedToAll = [
      'AWS::S3::BucketPolicy',
      'AWS::SQS::QueuePolicy',
      'AWS::SNS::TopicPolicy',
      'AWS::Events::EventBusPolicy',
      'AWS::KMS::Key',
    ]
      .flatMap((type) => synthesized.all(type))
      .flatMap(({ id, properties }) => {
        const { Statement } = (properties['PolicyDocument'] ?? properties['KeyPolicy']) as { Statement: Permission[] };
        return Statement.filter(({ Effect, Principal }) => Effect === 'Allow' && isEverybody(Principal)).map(() => id);
      });
    const invokers = synthesized.all('AWS::Lambda::Permission').map(({ properties }) => properties['Principal']);

    expect(allowedToAll).toEqual([]);
    expect(new Set(invokers)).toEqual(new Set(['events.amazonaws.com']));
    expect(synthesized.all('AWS::Lambda::Url')).toEqual([]);
    for (const { properties } of synthesized.all('AWS::EC2::SecurityGroup'))
      expect(properties['SecurityGroupIngress']).toBeUndefined();
  });

  it('traces every function and state machine', () => {
    for (const { properties } of synthesized.all('AWS::Lambda::Function'))
      expect(properties['TracingConfig']).toEqual({ Mode: 'Active' });
    for (const { properties } of synthesized.all('AWS::StepFunctions::StateMachine')) {
      expect(properties['TracingConfiguration']).toEqual({ Enabled: true });
      expect(properties['LoggingConfiguration']).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
    }
  });

  it('keeps every log for as long as it was told, and no longer', () => {
    const retentions = synthesized.all('AWS::Logs::LogGroup').map(({ properties }) => properties['RetentionInDays']);
    const writers = [
      ...synthesized.all('AWS::Lambda::Function'),
      ...synthesized.all('AWS::StepFunctions::StateMachine'),
    ];

    expect(retentions).toEqual(writers.map(() => 90));
    for (const { properties } of synthesized.all('AWS::Lambda::Function'))
      expect(properties['LoggingConfig']).toMatchObject({ LogFormat: 'JSON', LogGroup: expect.anything() });
  });

  it('keeps nothing unencrypted', () => {
    for (const { properties } of synthesized.all('AWS::S3::Bucket'))
      expect(JSON.stringify(properties['BucketEncryption'])).toContain('"SSEAlgorithm":"aws:kms"');
    expect(synthesized.one('AWS::DynamoDB::Table').properties['SSESpecification']).toMatchObject({ SSEType: 'KMS' });
    for (const { properties } of synthesized.all('AWS::SQS::Queue'))
      expect(properties['SqsManagedSseEnabled']).toBe(true);
  });
});

const cfnLint = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
const folder = mkdtempSync(join(tmpdir(), 'spotrelay-cfn-lint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

if (cfnLint.status !== 0) console.warn('cfn-lint is not installed (pip install cfn-lint): its review is skipped');

(cfnLint.status === 0 ? describe : describe.skip)('a review by cfn-lint', () => {
  it.each([
    ['a pipeline with everything', () => whole],
    ['the example app', async () => (await exampleApp()).node.findChild('Spotrelay') as Stack],
  ])(
    'finds nothing in %s',
    async (_, stackOf) => {
      const file = join(folder, 'template.json');
      const { template } = new Synthesized(await stackOf());
      writeFileSync(file, JSON.stringify(template.toJSON()));
      // W3005: CDK writes dependencies that references imply as well.
      const { stdout, stderr } = spawnSync('cfn-lint', ['--ignore-checks', 'W3005', '--template', file], {
        encoding: 'utf8',
      });

      expect(`${stdout}${stderr}`).toBe('');
    },
    60_000,
  );
});

interface Permission {
  readonly Effect: string;
  readonly Principal?: unknown;
}

const isEverybody = (principal: unknown): boolean => ['"*"', '{"AWS":"*"}'].includes(JSON.stringify(principal));
