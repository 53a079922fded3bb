// Child processes with all they started. Whatever ends this process takes them along, so that nothing is left running.
import type { ChildProcess } from 'node:child_process';

const groups = new Set<ChildProcess>();
let hooked = false;

export function trackGroup(child: ChildProcess): void {
  if (!hooked) {
    hooked = true;
    process.on('exit', killAllGroups);
  }
  groups.add(child);
  child.once('close', () => groups.delete(child));
}

export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // Gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function killAllGroups(): void {
  for (const child of groups) killGroup(child, 'SIGKILL');
}
