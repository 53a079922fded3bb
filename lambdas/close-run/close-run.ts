// The ordinary end, called by the state machine, which announces it afterwards. Whoever waited for it is started.
import { CloseRunInput, CloseRunOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import { drainQueue, type Drained, type TurnPorts } from '../overlap.ts';
import { endRun, type EndPorts } from './end-run.ts';

export const createCloseRun = (ports: EndPorts & TurnPorts) =>
  defineFunction('close-run', { input: CloseRunInput, output: CloseRunOutput })(
    async ({ runId, status, code, reason }) => {
      const announcement = await endRun(ports, runId, { status, code, reason });
      const next = await startNext(ports, announcement.pipeline);
      const cause = `${announcement.code}: ${announcement.reason}`;
      return { status: announcement.status, announcement, cause, next };
    },
  );

/** The end of this run must not fail because the next could not be started: the safety net tries again. */
const startNext = async (ports: TurnPorts, pipeline: string): Promise<string> =>
  drainQueue(ports, pipeline).then(
    describeDrained,
    (error: unknown) => `the queue could not be looked at: ${String(error)}`,
  );

function describeDrained(drained: Drained): string {
  switch (drained.kind) {
    case 'started':
      return `${drained.executionName} was started, which had waited`;
    case 'waiting':
      return `requests go on waiting, behind ${drained.behind}`;
    case 'empty':
      return 'nothing waits';
  }
}
