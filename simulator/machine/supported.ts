// Which fields each kind of object in a definition may have. A field outside these lists is refused on load, so that a
// machine which runs here does not carry something the simulation silently ignores.

import type { StateType } from './definition.ts';

const any = ['Type', 'Comment', 'QueryLanguage'];
const onward = ['Next', 'End'];
const recovery = ['Retry', 'Catch'];

export const machineFields = ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'];
export const branchFields = ['Comment', 'StartAt', 'States'];
export const processorFields = [...branchFields, 'ProcessorConfig'];
export const processorConfigFields = ['Mode', 'ExecutionType'];
export const choiceFields = ['Condition', 'Next', 'Assign', 'Output', 'Comment'];
export const catchFields = ['ErrorEquals', 'Next', 'Assign', 'Output', 'Comment'];
export const retryFields = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
];
export const readerFields = ['Resource', 'ReaderConfig', 'Arguments'];
export const readerConfigFields = ['InputType', 'CSVHeaderLocation', 'CSVHeaders', 'CSVDelimiter', 'MaxItems'];
export const writerFields = ['Resource', 'Arguments', 'WriterConfig'];
export const writerConfigFields = ['Transformation', 'OutputType'];
export const batcherFields = ['MaxItemsPerBatch', 'MaxInputBytesPerBatch', 'BatchInput'];
export const credentialsFields = ['RoleArn'];

export const stateFields: Readonly<Record<StateType, readonly string[]>> = {
  Pass: [...any, ...onward, 'Assign', 'Output'],
  Task: [
    ...any,
    ...onward,
    ...recovery,
    'Assign',
    'Output',
    'Resource',
    'Arguments',
    'TimeoutSeconds',
    'HeartbeatSeconds',
    'Credentials',
  ],
  Choice: [...any, 'Choices', 'Default', 'Assign', 'Output'],
  Wait: [...any, ...onward, 'Assign', 'Output', 'Seconds', 'Timestamp'],
  Succeed: [...any, 'Output'],
  Fail: [...any, 'Error', 'Cause'],
  Parallel: [...any, ...onward, ...recovery, 'Assign', 'Output', 'Arguments', 'Branches'],
  Map: [
    ...any,
    ...onward,
    ...recovery,
    'Assign',
    'Output',
    'Items',
    'ItemSelector',
    'ItemProcessor',
    'MaxConcurrency',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'Label',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
  ],
};

/** In a machine without QueryLanguage these fields mean the same in both languages, so such a state needs none. */
export const languageNeutralFields = [...any, ...onward, 'Error', 'Cause'];

/** JSONPath's fields and what says the same in JSONata. */
export const jsonPathFields: Readonly<Record<string, string>> = {
  InputPath: 'Arguments or Output',
  OutputPath: 'Output',
  ResultPath: 'Output with $states.result',
  Parameters: 'Arguments (ItemSelector in a Map)',
  ResultSelector: 'Output with $states.result',
  Result: 'Output',
  ItemsPath: 'Items',
  SecondsPath: 'Seconds',
  TimestampPath: 'Timestamp',
  TimeoutSecondsPath: 'TimeoutSeconds',
  HeartbeatSecondsPath: 'HeartbeatSeconds',
  ErrorPath: 'Error',
  CausePath: 'Cause',
  MaxConcurrencyPath: 'MaxConcurrency',
  ToleratedFailureCountPath: 'ToleratedFailureCount',
  ToleratedFailurePercentagePath: 'ToleratedFailurePercentage',
  MaxItemsPath: 'MaxItems',
  MaxItemsPerBatchPath: 'MaxItemsPerBatch',
  MaxInputBytesPerBatchPath: 'MaxInputBytesPerBatch',
  Variable: 'Condition',
  Iterator: 'ItemProcessor',
};
