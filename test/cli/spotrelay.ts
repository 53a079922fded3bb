// Runs the command, or a script, as a user does: a real process, its output and its exit code.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../statemachines/package-root.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly signalAfter?: { readonly text: string; readonly signal: NodeJS.Signals };
  readonly env?: Readonly<Record<string, string>>;
}

export const spotrelay = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  runScript('cli/main.ts', args, options);

/** `script`: from the root of the package. */
export async function runScript(script: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: packageRoot(),
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let signalled = false;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    const { signalAfter } = options;
    if (signalAfter === undefined || signalled || !stdout.includes(signalAfter.text)) return;
    signalled = true;
    child.kill(signalAfter.signal);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout, stderr };
}

export interface Scratch {
  readonly folder: string;
  readonly file: (name: string, content: string) => string;
  readonly remove: () => void;
}

export function scratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'spotrelay-test-'));
  return {
    folder,
    file: (name, content) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
