// Parallel: all branches at once, their outputs in the order of the definition. The first failure is the state's own,
// under its own name, and ends the siblings.

import type { Branch, BranchEnd } from '../branch.ts';
import type { ParallelState } from '../definition.ts';
import { StateFailure } from '../errors.ts';
import { evaluate } from '../evaluation.ts';
import type { Json } from '../json.ts';
import type { StateVisit } from '../state-visit.ts';
import { blocked, type Step } from '../step.ts';

export async function parallel(state: ParallelState, visit: StateVisit): Promise<Step> {
  const input = state.arguments === undefined ? visit.input : await evaluate(state.arguments, visit.evaluation());
  visit.checkSize(input);
  const startedEventId = visit.record('ParallelStateStarted');
  const outputs: Json[] = [];
  let runningCount = state.branches.length;

  const onEnd = (end: BranchEnd, branch: Branch, index: number): void => {
    visit.follow(branch.lastEventId);
    if (end.kind === 'failed') {
      visit.close(true);
      visit.resume(() => Promise.reject(new StateFailure(end.failure)));
      return;
    }
    outputs[index] = end.output;
    runningCount -= 1;
    if (runningCount === 0) visit.resume(() => succeed(state, visit, outputs));
  };

  const branches = state.branches.map((flow, index) =>
    visit.spawn({ flow, input, lastEventId: startedEventId, onEnd: (end, branch) => onEnd(end, branch, index) }),
  );
  const begin = (branch: Branch, run: () => Promise<void>): void => {
    visit.onClose((record) => branch.abort(record));
    const start = visit.host.soon(run);
    visit.onClose(() => start.cancel());
  };
  for (const branch of branches) begin(branch, () => branch.start());
  visit.redriveBy(async () => {
    if (runningCount === 0) return await succeed(state, visit, outputs);
    const { lastEventId } = visit;
    for (const [index, branch] of branches.entries())
      if (outputs[index] === undefined) begin(branch, () => branch.redrive(lastEventId));
    return blocked;
  });
  return blocked;
}

async function succeed(state: ParallelState, visit: StateVisit, outputs: readonly Json[]): Promise<Step> {
  visit.recordAside('ParallelStateSucceeded');
  visit.succeededInHistory = true;
  visit.checkSize(outputs);
  return await visit.leave(state.exit, outputs, { result: outputs });
}
