// What a rehearsal is given: each input is checked before anything is started, and a wrong one says which it is.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { formatCapacity } from '../../domain/capacity.ts';
import type { Pipeline } from '../../domain/pipeline.ts';
import { parseScenario, type Scenario } from '../../simulator/scenario.ts';
import { packageRoot } from '../../statemachines/package-root.ts';
import { UsageError } from '../exit-codes.ts';
import { readJsonFile } from '../json-inputs.ts';

export const EXAMPLE = join(packageRoot(), 'examples');
/** The example paces its epochs so that the story takes the same time on every machine; 480 of them are 12 seconds. */
const EXAMPLE_HYPERPARAMETERS = { target: 'Sex', epochs: '480', epoch_milliseconds: '25', checkpoint_every: '20' };
export function hyperParameters(
  command: readonly string[],
  dataFile: string,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  if (command.length > 0) return { ...given };
  // Another CSV has other columns: the example's target would be wrong there, the script's default is the last column.
  const { target, ...others } = EXAMPLE_HYPERPARAMETERS;
  return { ...(dataFile.endsWith('penguins.csv') ? { target } : {}), ...others, ...given };
}

export function trainingCommand(command: readonly string[]): readonly [string, ...string[]] {
  const [program, ...args] = command;
  if (program === undefined) return [process.execPath, join(EXAMPLE, 'tabular-classifier/train.mjs')];
  if (!isProgram(program))
    throw new UsageError(`training command: ${program} is not a program here: check the spelling, or give its path`);
  return [program, ...args];
}

function isProgram(program: string): boolean {
  const places = program.includes('/')
    ? [resolve(program)]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
  return places.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

export function readScenario(file: string, pipeline: Pipeline): Scenario {
  const scenario = parseScenario(readJsonFile('--scenario', file), file);
  const ladder = new Set(pipeline.capacity.map((capacity) => formatCapacity({ ...capacity, instanceCount: 1 })));
  const market = Object.entries(scenario.world.market);
  const firstSpot = [...ladder].find((rung) => rung.startsWith('spot:'));
  const isDefault = resolve(file).startsWith(EXAMPLE);
  const stray = market.find(([rung]) => !ladder.has(rung));
  if (stray === undefined) return scenario;
  // The shipped scenarios tell their story of one spot pool; it is told of the first spot rung, whatever its type.
  const [only] = market;
  if (isDefault && market.length === 1 && only !== undefined && firstSpot !== undefined) {
    return { ...scenario, world: { ...scenario.world, market: { [firstSpot]: only[1] } } };
  }
  throw new UsageError(
    `${file}: market names ${stray[0]}, which is no rung of the ladder (${[...ladder].join(', ')}): rename it, or change --capacity`,
  );
}

export function positiveNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 100_000)) throw new UsageError(`${flag}: takes a number from 1 to 100000, got ${text}`);
  return value;
}

export function collectPair(text: string, pairs: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--hyperparameter: reads name=value, got ${text}`);
  return { ...pairs, [text.slice(0, at)]: text.slice(at + 1) };
}
