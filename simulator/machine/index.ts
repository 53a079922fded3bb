// The local interpreter of Step Functions state machines written in JSONata: what the rest of the project may use.

export { compile, type CompileOptions } from './compile.ts';
export type { Machine } from './definition.ts';
export { DefinitionError, type DefinitionProblem, ExecutionNotRedrivable } from './errors.ts';
export { type Execution, type ExecutionOptions, type ExecutionStatus, startExecution } from './execution.ts';
export type { HistoryEvent, HistoryEventType } from './history.ts';
export type { Integration, Integrations, TaskCall, TaskFailure } from './integration.ts';
export { frozenJson, type Json } from './json.ts';
export { defaultLibrary, type JsonataLibrary } from './jsonata-library.ts';
