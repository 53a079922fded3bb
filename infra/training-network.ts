// Where training jobs run: in the subnets of a VPC, or in none.
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { describeProblems, type PipelineResources } from './pipeline-spec.ts';
import type { TrainingPipelineProps } from './training-pipeline-props.ts';

export function trainingNetwork(
  scope: Construct,
  pipelineName: string,
  { vpc, subnets, securityGroups, capacity }: TrainingPipelineProps,
): PipelineResources['vpc'] {
  if (vpc === undefined) {
    const rung = capacity.findIndex(({ options }) => options.subnets !== undefined);
    const named = { securityGroups, subnets, [`capacity.${rung}.subnets`]: capacity[rung]?.options.subnets };
    const [field] = Object.entries(named).find(([, value]) => value !== undefined) ?? [];
    if (field === undefined) return undefined;
    throw new Error(
      describeProblems(scope.node.path, [
        { field, value: 'no vpc', message: 'needs a vpc beside it: set vpc, or leave it out' },
      ]),
    );
  }
  const groups = securityGroups ?? [
    new SecurityGroup(scope, 'SecurityGroup', {
      vpc,
      description: `Training jobs of the Spotrelay pipeline ${pipelineName}`,
    }),
  ];
  return {
    subnets: vpc.selectSubnets(subnets).subnetIds,
    securityGroupIds: groups.map(({ securityGroupId }) => securityGroupId),
  };
}
