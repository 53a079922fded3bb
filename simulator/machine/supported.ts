// What is known of the other language: JSONPath is not interpreted, and its fields have a replacement each. The fields
// that are interpreted are those of the schemas.

/** In a machine without QueryLanguage these fields mean the same in both languages, so such a state needs none. */
export const languageNeutralFields = ['Type', 'Comment', 'QueryLanguage', 'Next', 'End', 'Error', 'Cause'];

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
