// A pipeline's name is the prefix of everything it owns, and what its permissions are scoped to. Derived where none is
// given, and refused where the derived one does not fit: a name that is cut could meet another pipeline's.
import { Stack, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { PipelineName } from '../domain/naming.ts';
import { checkProp } from './pipeline-spec.ts';

export function pipelineNameOf(scope: Construct, given: string | undefined): string {
  const name = given ?? derivedName(scope);
  const wayOut =
    given === undefined
      ? 'it was derived from the stack and the construct id, so set pipelineName'
      : 'for example "churn-nightly"';
  return checkProp(scope.node.path, 'pipelineName', PipelineName, name, wayOut);
}

/** `ChurnStack` and `Nightly` make `churn-stack-nightly`. A nested stack's name is a token, so only the id is left there. */
function derivedName(scope: Construct): string {
  const { stackName } = Stack.of(scope);
  const parts = Token.isUnresolved(stackName) ? [scope.node.id] : [stackName, scope.node.id];
  return parts
    .join('-')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
