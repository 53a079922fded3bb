// The ordinary end, called by the state machine, which announces it afterwards.
import { CloseRunInput, CloseRunOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import { endRun, type EndPorts } from './end-run.ts';

export const createCloseRun = (ports: EndPorts) =>
  defineFunction('close-run', { input: CloseRunInput, output: CloseRunOutput })(
    async ({ runId, status, code, reason }) => {
      const announcement = await endRun(ports, runId, { status, code, reason });
      return { status: announcement.status, announcement, cause: `${announcement.code}: ${announcement.reason}` };
    },
  );
