// Tasks that wait to be answered by token, as Step Functions keeps them: the first answer counts, and one for a task that
// is over finds nobody.
import type { TaskTokens } from '../../lambdas/ports.ts';
import type { TaskCall } from '../machine/index.ts';

export class SimTaskTokens implements TaskTokens {
  readonly #waiting = new Map<string, TaskCall>();

  wait(call: TaskCall): void {
    const { taskToken } = call;
    if (taskToken === undefined) return;
    this.#waiting.set(taskToken, call);
    call.onAbort(() => this.#waiting.delete(taskToken));
  }

  async succeed(taskToken: string): Promise<'told' | 'gone'> {
    const call = this.#waiting.get(taskToken);
    if (call === undefined) return 'gone';
    this.#waiting.delete(taskToken);
    call.succeed({});
    return 'told';
  }
}
