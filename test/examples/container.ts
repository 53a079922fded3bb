// A directory laid out as SageMaker lays out /opt/ml, and a training script run in it as a real child process.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Sends the signal as soon as this text has been printed. */
  readonly interrupt?: { readonly after: string; readonly signal: NodeJS.Signals };
}

export class Container {
  readonly root = mkdtempSync(join(tmpdir(), 'spotrelay-example-'));

  constructor(hyperparameters: Readonly<Record<string, string>>) {
    this.write('input/config/hyperparameters.json', JSON.stringify(hyperparameters));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(this.path(path));
  }

  path(path: string): string {
    return join(this.root, path);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  async run(script: string, { env, interrupt }: RunOptions = {}): Promise<Ended> {
    const child = spawn(process.execPath, [script], { env: { SPOTRELAY_ML_ROOT: this.root, ...env } });
    const printed = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        printed[stream] += text;
        if (interrupt !== undefined && !child.killed && printed.stdout.includes(interrupt.after)) {
          child.kill(interrupt.signal);
        }
      });
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (code, signal) => resolve({ code, signal, ...printed }));
    });
  }
}
