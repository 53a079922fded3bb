// What the Resource of a Task calls: an integration of a service, or a Lambda function by its ARN.

import type { TaskResource } from './definition.ts';

const integrationPattern = /^arn:[^:]+:states:::((aws-sdk:[^:]+|[^:]+):(.+))$/;
const functionPattern = /^arn:[^:]+:lambda:[^:]*:[^:]*:function:.+$/;

export function taskResourceOf(arn: string): TaskResource | undefined {
  const [, key, resourceType, resource] = integrationPattern.exec(arn) ?? [];
  if (key !== undefined && resourceType !== undefined && resource !== undefined) {
    return { kind: 'Task', key, resourceType, resource, waitsForTaskToken: resource.endsWith('.waitForTaskToken') };
  }
  if (!functionPattern.test(arn)) return undefined;
  return { kind: 'LambdaFunction', key: arn, resourceType: 'lambda', resource: arn, waitsForTaskToken: false };
}
