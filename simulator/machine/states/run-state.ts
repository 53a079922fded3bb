// One attempt at a state, by its type.

import { assertNever } from '../../../domain/errors.ts';
import type { StateVisit } from '../state-visit.ts';
import type { Step } from '../step.ts';
import { choice } from './choice.ts';
import { distributedMap } from './distributed-map.ts';
import { fail } from './fail.ts';
import { inlineMap } from './inline-map.ts';
import { parallel } from './parallel.ts';
import { task } from './task.ts';
import { wait } from './wait.ts';

export async function runState(visit: StateVisit): Promise<Step> {
  const { state, input } = visit;
  switch (state.type) {
    case 'Pass':
    case 'Succeed':
      return await visit.leave(state.exit, input);
    case 'Fail':
      return await fail(state, visit);
    case 'Choice':
      return await choice(state, visit);
    case 'Wait':
      return await wait(state, visit);
    case 'Task':
      return await task(state, visit);
    case 'Parallel':
      return await parallel(state, visit);
    case 'Map':
      return state.distributed === undefined
        ? await inlineMap(state, visit)
        : await distributedMap(state, state.distributed, visit);
    default:
      return assertNever(state);
  }
}
