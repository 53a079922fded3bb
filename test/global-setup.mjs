// Function bundles first (constructs refuse a missing folder, and stale ones would be tested unseen); a temporary folder of our
// own; and no CloudFormation validator in every single synth, which takes a second each: `npm run synth` keeps it.
import { buildLambdas, oversized } from '../scripts/build-lambdas.ts';
import { makeTemporaryFolder } from './support/temporary-folder.mjs';

export default async () => {
  process.env.CDK_VALIDATION = 'false';
  const tooBig = oversized(await buildLambdas());
  if (tooBig.length > 0) throw new Error(tooBig.join('\n'));
  makeTemporaryFolder();
};
