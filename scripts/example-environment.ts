// What infra/ sets on functions, with values of nobody: enough for every bundle to be loaded outside of Lambda.
export const EXAMPLE_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_REGION: 'eu-west-1',
  LEDGER_TABLE_NAME: 'ledger',
  PIPELINE_NAME: 'penguins',
  EVENT_BUS_NAME: 'default',
  STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:123456789012:stateMachine:penguins-training-run',
  RUN_TRIGGERS: '{"overlap":"queue","upload":{"channel":"train","bucket":"data","prefix":"raw/","suffix":".csv"}}',
  UPLOAD_BATCH_MACHINE_ARN: 'arn:aws:states:eu-west-1:123456789012:stateMachine:penguins-upload-batch',
};
