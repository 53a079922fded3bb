// Plays a share of a forecast's runs on another core.
import { parentPort, workerData } from 'node:worker_threads';
import { playRun, type ForecastOptions } from './forecast.ts';

export interface Share {
  readonly options: ForecastOptions;
  readonly first: number;
  readonly step: number;
  readonly runCount: number;
}

const { options, first, step, runCount } = workerData as Share;
for (let index = first; index < runCount; index += step)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  parentPort?.postMessage({ index, played: await playRun(options, index) });
