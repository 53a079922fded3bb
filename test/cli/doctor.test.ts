import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Finding } from '../../cli/operate/finding.ts';
import { trusts } from '../../cli/operate/trust-policy.ts';
import { renderTrainingRun } from '../../statemachines/render.ts';
import { aPipeline, ON_DEMAND, SPOT } from '../support/builders.ts';
import { FAKE_ENVIRONMENT, fakeAws, type FakeAws, type FakeState } from './fake-aws.ts';
import { spotrelay, type Ran } from './spotrelay.ts';

jest.setTimeout(60_000);

const MACHINE = 'churn-training-run';
const pipeline = aPipeline({ allowedDataUris: ['s3://uploads/churn/'] });

const trusting = (service: string): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
});
const fine = { region: 'us-east-1', events: true };
const buckets = { data: fine, artifacts: fine, uploads: fine };
const defaults = {
  'ml.g5.xlarge for spot training job usage': 0,
  'ml.g5.xlarge for training job usage': 1,
};
const WELL: FakeState = {
  machines: { [MACHINE]: { definition: renderTrainingRun(pipeline), executions: [] } },
  buckets,
  modelPackageGroups: ['churn'],
  roles: { 'churn-training': trusting('sagemaker.amazonaws.com') },
  images: ['train:1'],
  quotas: { defaults, applied: { 'ml.g5.xlarge for spot training job usage': 4 } },
};

let aws: FakeAws | undefined;
afterEach(async () => {
  await aws?.close();
  aws = undefined;
});

async function doctor(state: Partial<FakeState>, ...flags: readonly string[]): Promise<Ran> {
  aws = await fakeAws({ ...WELL, ...state });
  return spotrelay(['doctor', '--pipeline', 'churn', ...flags, '--endpoint-url', aws.url], { env: FAKE_ENVIRONMENT });
}

describe('doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    const { code, stdout } = await doctor({});

    expect(code).toBe(0);
    expect(stdout).toMatch(/ok +account +account 000000000000, us-east-1, state machine ACTIVE/);
    expect(stdout).toMatch(/ok +role +arn:aws:iam::000000000000:role\/churn-training trusts SageMaker/);
    expect(stdout).toMatch(/ok +image +683313688378\.dkr\.ecr\.us-east-1\.amazonaws\.com\/train:1/);
    expect(stdout).toMatch(/ok +quota of spot:ml\.g5\.xlarge +4/);
    expect(stdout).toMatch(/ok +quota of on-demand:ml\.g5\.xlarge +1/);
    expect(stdout).toContain('0 wrong, 0 not checked from here');
  });

  it.each<[string, Partial<FakeState>, string, string]>([
    [
      'a bucket in another Region',
      { buckets: { ...buckets, data: { region: 'eu-west-1', events: true } } },
      'bucket data',
      'eu-west-1',
    ],
    ['a bucket that is not there', { buckets: { artifacts: fine, uploads: fine } }, 'bucket data', 'does not exist'],
    [
      'uploads that nobody hears',
      { buckets: { ...buckets, uploads: { region: 'us-east-1', events: false } } },
      'events of uploads',
      'put-bucket-notification',
    ],
    ['a model group that is not there', { modelPackageGroups: [] }, 'model group churn', 'create-model-package-group'],
    ['a role that is not there', { roles: {} }, 'role', 'does not exist'],
    [
      'a role that SageMaker may not assume',
      { roles: { 'churn-training': trusting('lambda.amazonaws.com') } },
      'role',
      'sts:AssumeRole',
    ],
    ['a repository that is not there', { images: ['serve:1'] }, 'image', 'docker push'],
    ['an image that has not been pushed', { images: ['train:2'] }, 'image', 'docker push'],
    [
      'a quota of nothing, as new accounts have it',
      { quotas: { defaults, applied: {} } },
      'quota of spot:ml.g5.xlarge',
      'ask for more of \\"ml.g5.xlarge for spot training job usage\\"',
    ],
    [
      'an instance type that is not offered',
      { quotas: { defaults: {}, applied: {} } },
      'quota of spot:ml.g5.xlarge',
      'not offered here',
    ],
  ])('finds %s, with its fix', async (_, state, check, fix) => {
    const { code, stdout } = await doctor(state, '--json');
    const findings = JSON.parse(stdout) as readonly Finding[];
    const finding = findings.find((each) => each.check === check);

    expect(code).toBe(1);
    expect(finding?.result).toBe('wrong');
    expect(JSON.stringify(finding)).toContain(fix);
  });

  it.each([
    ['GetRole', 'role'],
    ['BatchGetImage', 'image'],
    ['ListServiceQuotas', 'quotas'],
  ])('calls nothing wrong that it may not see: %s', async (operation, check) => {
    const { code, stdout } = await doctor({ denied: [operation] }, '--json');
    const finding = (JSON.parse(stdout) as readonly Finding[]).find((each) => each.check === check);

    expect(code).toBe(0);
    expect(finding).toMatchObject({ result: 'unchecked', fix: expect.stringContaining(operation) });
  });

  it('finds an image of another Region', async () => {
    const elsewhere = aPipeline({
      job: { image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1' },
      capacity: [SPOT, ON_DEMAND],
    });
    const { code, stdout } = await doctor({
      machines: { [MACHINE]: { definition: renderTrainingRun(elsewhere), executions: [] } },
    });

    expect(code).toBe(1);
    expect(stdout).toContain('is in eu-west-1');
    expect(stdout).toContain('fix: push it to ECR in us-east-1');
  });
});

describe('a trust policy', () => {
  const service = 'sagemaker.amazonaws.com';

  it.each<[string, unknown, boolean]>([
    [
      'of one statement',
      { Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' } },
      true,
    ],
    [
      'of several services and actions',
      {
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: ['x.amazonaws.com', service] },
            Action: ['sts:TagSession', 'sts:AssumeRole'],
          },
        ],
      },
      true,
    ],
    [
      'that denies',
      { Statement: [{ Effect: 'Deny', Principal: { Service: service }, Action: 'sts:AssumeRole' }] },
      false,
    ],
    [
      'of an account',
      { Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }] },
      false,
    ],
    [
      'of another action',
      { Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:TagSession' }] },
      false,
    ],
    ['that is none', 'nonsense', false],
  ])('%s', (_, policy, expected) => {
    expect(trusts(policy, service)).toBe(expected);
  });
});
