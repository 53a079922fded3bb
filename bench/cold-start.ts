// npm run bench:cold-start [-- --rounds 15]: how long each function bundle takes to load in a fresh Node process, which is
// the part of a cold start that its code decides. Bundles take turns, so that a busy neighbour disturbs all of them alike.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { buildLambdas, bundleFile, lambdaNames } from '../scripts/build-lambdas.ts';
import { EXAMPLE_ENVIRONMENT } from '../scripts/example-environment.ts';
import { median } from './measure.ts';

const ROUNDS_DEFAULT = 15;

/** Milliseconds from the import of a file to the last line of its top level: what Lambda calls the init of a function. */
export interface LoadTime {
  readonly wall: number;
  /** Of all threads of the process. On a busy machine the steadier of the two. */
  readonly cpu: number;
}

export function timeOfLoading(file: string): LoadTime {
  const script = `
    const [startedAt, before] = [performance.now(), process.cpuUsage()];
    await import(${JSON.stringify(file)});
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(JSON.stringify({ wall: performance.now() - startedAt, cpu: (user + system) / 1_000 }));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    // As infra/handler-function.ts deploys it.
    env: { ...EXAMPLE_ENVIRONMENT, NODE_OPTIONS: '--enable-source-maps' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${file} does not load: ${stderr}`);
  return JSON.parse(stdout) as LoadTime;
}

/** By name, in rounds that load every bundle once; the first round warms the file cache. */
export function loadTimes(names: readonly string[], rounds: number): ReadonlyMap<string, readonly LoadTime[]> {
  const times = new Map<string, readonly LoadTime[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const time = timeOfLoading(bundleFile(name));
      if (round > 0) times.set(name, [...(times.get(name) ?? []), time]);
    }
  }
  return times;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: String(ROUNDS_DEFAULT) } } });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    process.stderr.write(`--rounds ${values.rounds}: give a whole number of loads of each bundle, such as 15\n`);
    process.exit(2);
  }
  await buildLambdas();
  const times = loadTimes(lambdaNames(), rounds);
  console.log(`Node ${process.version}, ${cpus().length} CPUs; median of ${rounds} fresh processes a bundle\n`);
  line('function', 'KB', 'CPU, ms', 'wall, ms', 'least');
  for (const [name, loads] of times) {
    const wall = loads.map((load) => load.wall);
    const shown = [median(loads.map(({ cpu }) => cpu)), median(wall), Math.min(...wall)];
    line(name, String(Math.round(statSync(bundleFile(name)).size / 1_000)), ...shown.map((value) => value.toFixed(0)));
  }
}

function line(name: string, ...figures: readonly string[]): void {
  console.log(name.padEnd(22) + figures.map((figure) => figure.padStart(10)).join(''));
}
