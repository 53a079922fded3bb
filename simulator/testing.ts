// `spotrelay/testing`: tests for state machines of your own, written in JSONata. See docs/testing-state-machines.md.

export { VirtualClock } from './clock/virtual-clock.ts';
export {
  DefinitionError,
  type DefinitionProblem,
  type HistoryEvent,
  type Json,
  type TaskCall,
} from './machine/index.ts';
export type { Mock, MockAnswer, MockFunction, Mocks } from './testing/mocks.ts';
export { MockError } from './testing/mocks.ts';
export { simulate, type SimulatedCall, type SimulateOptions, type Simulation } from './testing/simulate.ts';
export { testState, type StateTest, type StateTestOptions } from './testing/test-state.ts';
