// Commands to paste after a deployment.
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Pipeline } from '../domain/pipeline.ts';
import { plainRequest } from './pipeline-spec.ts';

export function addCommands(scope: Construct, pipeline: Pipeline, stateMachineArn: string): void {
  const { name } = pipeline;
  const list = `aws stepfunctions list-executions --state-machine-arn ${stateMachineArn}`;
  new CfnOutput(scope, 'StartCommand', {
    description: `Starts a run of ${name}`,
    value: `aws stepfunctions start-execution --state-machine-arn ${stateMachineArn} --input '${JSON.stringify(plainRequest(pipeline))}'`,
  });
  new CfnOutput(scope, 'WatchCommand', {
    description: `Shows the latest runs of ${name}`,
    value: `${list} --query 'executions[:5].[name,status,startDate,stopDate]' --output table`,
  });
  new CfnOutput(scope, 'CancelCommand', {
    description: `Cancels the latest run of ${name} that is still going`,
    value: `aws stepfunctions stop-execution --execution-arn "$(${list} --status-filter RUNNING --query 'executions[0].executionArn' --output text)"`,
  });
}

export function addExtendCommand(scope: Construct, { name }: Pipeline, stateMachineArn: string): void {
  new CfnOutput(scope, 'ExtendCommand', {
    description: `Gives a run of ${name} that goes on more time and money`,
    value: `aws stepfunctions start-execution --state-machine-arn ${stateMachineArn} --input '{"runId":"${name}--<id>","deadline":"12h","budgetUsd":80}'`,
  });
}

export function addSweepCommand(scope: Construct, { name }: Pipeline, machine: IStateMachine, ledger: Table): void {
  new CfnOutput(scope, 'SweepCommand', {
    description: `Starts a sweep of ${name} from a file`,
    value: `spotrelay sweep start sweep.json --state-machine ${machine.stateMachineArn}`,
  });
  new CfnOutput(scope, 'SweepLedger', {
    description: `Where spotrelay sweep watch and leaderboard look for sweeps of ${name} (--table)`,
    value: ledger.tableName,
  });
}
