import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IAM_PAGE, iamPage } from '../../scripts/generate-iam.ts';
import { OPERATOR_NEEDS } from '../../scripts/iam-purposes.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { ensureBundles } from './synthesized.ts';

beforeAll(ensureBundles, 60_000);

describe('docs/iam.md', () => {
  it('says of every role what the stack says: npm run docs:iam writes it', () => {
    expect(readFileSync(IAM_PAGE, 'utf8')).toBe(iamPage());
  });

  it('names every call that the commands for an account make', () => {
    const sources = ['operator-account', 'sfn-history'].map((name) =>
      readFileSync(join(packageRoot(), `lambdas/adapters/${name}.ts`), 'utf8'),
    );
    const calls = [...sources.join().matchAll(/new (\w+)Command\(/g)].map(([, call = '']) => call);
    // What S3 calls them where permissions are given.
    const named: Readonly<Record<string, string>> = {
      HeadBucket: 'ListBucket',
      GetBucketNotificationConfiguration: 'GetBucketNotification',
    };
    const known = OPERATOR_NEEDS.flatMap(({ actions }) => actions).map((action) => action.split(':')[1]);

    expect(calls.length).toBeGreaterThan(8);
    expect(calls.filter((call) => !known.includes(named[call] ?? call))).toEqual([]);
  });
});
