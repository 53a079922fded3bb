// Plays the runs of a forecast on all cores. Every run has its own seed, so the answer does not depend on how many.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { playRun, type ForecastOptions, type PlayedRun } from './forecast.ts';
import type { Share } from './worker.ts';

/** Starting a thread and compiling the machines in it takes as long as some dozen runs. */
const RUNS_PER_WORKER_MIN = 40;

export async function playRuns(
  options: ForecastOptions,
  runCount: number,
  onPlayed: () => void,
): Promise<readonly PlayedRun[]> {
  const workerCount = Math.min(availableParallelism(), Math.floor(runCount / RUNS_PER_WORKER_MIN));
  if (workerCount < 2) return playHere(options, runCount, onPlayed);
  const runs: PlayedRun[] = Array.from({ length: runCount });
  const shares = Array.from(
    { length: workerCount },
    (_, first): Share => ({ options, first, step: workerCount, runCount }),
  );
  await Promise.all(
    shares.map((share) =>
      playThere(share, (index, played) => {
        runs[index] = played;
        onPlayed();
      }),
    ),
  );
  return runs;
}

async function playHere(
  options: ForecastOptions,
  runCount: number,
  onPlayed: () => void,
): Promise<readonly PlayedRun[]> {
  const runs: PlayedRun[] = [];
  for (let index = 0; index < runCount; index++) {
    runs.push(await playRun(options, index));
    onPlayed();
  }
  return runs;
}

/** The compiled package has JavaScript beside this file, a checkout has TypeScript. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

const playThere = (share: Share, onPlayed: (index: number, played: PlayedRun) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: share });
    worker.on('message', ({ index, played }: { index: number; played: PlayedRun }) => onPlayed(index, played));
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code}`))));
  });
