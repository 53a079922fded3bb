// The watch lies down: its task token is kept where news of the job will find it. News that came between the last look and
// now wakes it at once.
import { listening } from '../../domain/watch.ts';
import { AwaitNewsInput, AwaitNewsOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Ledger, TaskTokens } from '../ports.ts';

export const createAwaitNews = ({ ledger, tokens }: { readonly ledger: Ledger; readonly tokens: TaskTokens }) =>
  defineFunction('await-news', { input: AwaitNewsInput, output: AwaitNewsOutput })(
    async ({ runId, attemptNumber, taskToken, lookedAt }) => {
      const { woken } = await ledger.updateWatch(runId, attemptNumber, (watch) =>
        listening(watch, taskToken, lookedAt),
      );
      if (woken) await tokens.succeed(taskToken);
      return { listening: !woken };
    },
  );
