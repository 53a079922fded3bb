// The example is what users copy, so it is judged from outside, as SageMaker would run it: a process, files and signals.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { cpSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Container, type Ended } from './container.ts';

const example = join(import.meta.dirname, '../../examples/tabular-classifier');
const script = join(example, 'train.mjs');
const quick = { epochs: '60', checkpoint_every: '10', epoch_milliseconds: '0', learning_rate: '0.003' };
const paced = { ...quick, epochs: '100', epoch_milliseconds: '10' }; // time for a signal to arrive on a busy machine

jest.setTimeout(60_000);

const containers: Container[] = [];
afterEach(() => {
  for (const container of containers.splice(0)) container.remove();
});

describe('the tabular classifier', () => {
  it('learns to tell the sex of a penguin far better than guessing', async () => {
    const container = withPenguins(quick);

    const ended = await container.run(script);

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('no checkpoint: starting from epoch 0');
    expect(ended.stdout.match(/^epoch=\d+ loss=\d\.\d{4} validation:accuracy=[0-9.]+$/gm)).toHaveLength(6);
    const { accuracy, baseline, heldBackRows, trainingRows } = JSON.parse(container.read('model/evaluation.json'));
    expect(accuracy).toBeGreaterThan(0.85);
    expect(accuracy).toBeLessThan(1);
    expect(baseline).toBeLessThan(0.65);
    expect([trainingRows, heldBackRows]).toEqual([250, 83]);
    expect(ended.stdout).toMatch(/\ndone: validation:accuracy=0\.\d{4} on 83 held-back rows .*\n$/);
  });

  it('writes a model that holds everything needed to predict', async () => {
    const container = withPenguins(quick);
    await container.run(script);

    const model = modelOf(container);

    const [header, ...rows] = readPenguins();
    const labelled = rows.filter((row) => model.encoding.classes.includes(row.at(-1) ?? ''));
    const right = labelled.filter((row) => predict(model, row) === row.at(-1));
    expect(header?.at(-1)).toBe(model.encoding.target);
    expect(labelled).toHaveLength(333);
    expect(right.length / labelled.length).toBeGreaterThan(0.85);
  });

  it('reads and writes where the environment says', async () => {
    const container = new Container(quick);
    containers.push(container);

    const ended = await container.run(script, {
      env: {
        SM_CHANNEL_TRAIN: join(example, 'data'),
        SM_MODEL_DIR: container.path('elsewhere/model'),
        SPOTRELAY_CHECKPOINT_DIR: container.path('elsewhere/checkpoints'),
      },
    });

    expect(ended.code).toBe(0);
    expect(readdirSync(container.path('elsewhere/model'))).toEqual(['evaluation.json', 'model.json']);
    expect(readdirSync(container.path('elsewhere/checkpoints'))).toContain('spotrelay-progress.json');
    expect(readdirSync(container.root).toSorted((a, b) => a.localeCompare(b))).toEqual(['elsewhere', 'input']);
  });

  it('takes at least the time per epoch it is told to', async () => {
    const container = withPenguins({ epochs: '20', epoch_milliseconds: '20' });
    const startedAt = performance.now();

    await container.run(script);

    expect(performance.now() - startedAt).toBeGreaterThan(400);
  });
});

describe('an interrupted training', () => {
  it('ends with the very bytes of one that was never interrupted, however often it is killed', async () => {
    const calm = withPenguins({ ...quick, epochs: '100' });
    const stormy = withPenguins(paced);

    await calm.run(script);
    const first = await stormy.run(script, { interrupt: { after: 'epoch=20 ', signal: 'SIGKILL' } });
    const second = await stormy.run(script, { interrupt: { after: 'epoch=40 ', signal: 'SIGTERM' } });
    setHyperparameters(stormy, { ...quick, epochs: '100' });
    const third = await stormy.run(script);

    expect([first.signal, second.code, third.code]).toEqual(['SIGKILL', 143, 0]);
    expect(resumedFrom(second)).toBeGreaterThanOrEqual(20);
    expect(resumedFrom(third)).toBeGreaterThanOrEqual(40);
    for (const name of ['model/model.json', 'model/evaluation.json']) {
      expect(stormy.read(name)).toBe(calm.read(name));
    }
  });

  it('saves the epoch it is in and exits with 143 at once on SIGTERM', async () => {
    const container = withPenguins({ ...quick, epochs: '6', epoch_milliseconds: '120000' });
    const startedAt = performance.now();

    const ended = await container.run(script, { interrupt: { after: 'starting from epoch 0', signal: 'SIGTERM' } });

    expect(ended).toMatchObject({ code: 143, signal: null });
    expect(ended.stdout).toContain('SIGTERM: saved epoch 1 of 6, stopping');
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(checkpointsOf(container)).toEqual(['checkpoint-00000001.json']);
    expect(progressOf(container)).toEqual({ completed: 1, total: 6 });
    expect(container.has('model')).toBe(false);
  });

  it('keeps the last two checkpoints and tells how much work is safe', async () => {
    const container = withPenguins(quick);

    await container.run(script);

    expect(checkpointsOf(container)).toEqual(['checkpoint-00000050.json', 'checkpoint-00000060.json']);
    expect(progressOf(container)).toEqual({ completed: 60, total: 60 });
  });

  it.each([
    { case: 'truncated', damage: (path: string) => truncateSync(path, 1000) },
    { case: 'empty', damage: (path: string) => truncateSync(path, 0) },
  ])('falls back to the checkpoint before when the newest is $case', async ({ damage }) => {
    const container = withPenguins(quick);
    await container.run(script);
    const model = container.read('model/model.json');
    damage(container.path('checkpoints/checkpoint-00000060.json'));

    const ended = await container.run(script);

    expect(ended.stdout).toContain('ignoring checkpoint-00000060.json: it is truncated or damaged');
    expect(resumedFrom(ended)).toBe(50);
    expect(container.read('model/model.json')).toBe(model);
  });

  it('notices a single changed digit and starts afresh when no checkpoint is whole', async () => {
    const container = withPenguins({ ...quick, epochs: '5' });
    await container.run(script);
    const path = 'checkpoints/checkpoint-00000005.json';
    container.write(
      path,
      container.read(path).replace('"weights":[0.', '"weights":[1.').replace('"weights":[-0.', '"weights":[-1.'),
    );

    const ended = await container.run(script);

    expect(ended.stdout).toContain('ignoring checkpoint-00000005.json');
    expect(ended.stdout).toContain('no checkpoint: starting from epoch 0');
    expect(ended.code).toBe(0);
  });

  it('takes a finished training further when epochs is raised', async () => {
    const container = withPenguins({ ...quick, epochs: '30' });
    await container.run(script);
    setHyperparameters(container, quick);

    const ended = await container.run(script);

    expect(ended).toMatchObject({ code: 0 });
    expect(resumedFrom(ended)).toBe(30);
  });

  it('refuses a checkpoint made with other settings and names them', async () => {
    const container = withPenguins({ ...quick, epochs: '10' });
    await container.run(script);
    setHyperparameters(container, { ...quick, epochs: '10', hidden: '8' });

    const ended = await container.run(script);

    expect(ended.code).toBe(1);
    expect(container.read('output/failure')).toMatch(
      /checkpoint-00000010.json belongs to another training \(hidden was 16, is 8\): .*empty checkpoint folder/,
    );
    expect(checkpointsOf(container)).toEqual(['checkpoint-00000010.json']);
  });

  it('refuses a checkpoint made from other data', async () => {
    const container = withPenguins({ ...quick, epochs: '10' });
    await container.run(script);
    container.write(
      'input/data/train/penguins.csv',
      container.read('input/data/train/penguins.csv').replace('39.1', '39.2'),
    );

    const ended = await container.run(script);

    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/belongs to another training \(data was [0-9a-f]{16}, is [0-9a-f]{16}\)/);
  });
});

describe('another data set', () => {
  it('is learned as well: quoted cells, gaps, several files, three classes in a column of any place', async () => {
    const container = new Container({ ...quick, target: 'ripe, or not' });
    containers.push(container);
    const header = '\uFEFF"ripe, or not",sugar,kind,basket,id';
    container.write('input/data/train/a.csv', [header, ...sixtyFruits(0)].join('\r\n'));
    container.write('input/data/train/deeper/b.csv', [header, ...sixtyFruits(3), ''].join('\n'));

    const ended = await container.run(script);

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('learning "ripe, or not" from 90 rows, 30 rows held back');
    expect(ended.stdout).toContain('leaving out column "basket": it never changes');
    expect(ended.stdout).toMatch(/leaving out column "id": it has \d+ different texts/);
    const { encoding } = modelOf(container);
    expect(encoding.classes).toEqual(['green', 'ripe, "yes"', 'rotten']);
    expect(encoding.columns.map(({ name }) => name)).toEqual(['sugar', 'kind']);
    const { accuracy } = JSON.parse(container.read('model/evaluation.json'));
    expect(accuracy).toBeGreaterThan(0.7);
  });
});

describe('bad input', () => {
  it.each([
    {
      case: 'a channel without CSV files',
      files: { 'data.json': '[]' },
      message: /^no CSV file in .*train \(it holds data.json\): put one with a header line into the channel "train"$/,
    },
    {
      case: 'a target column that is not there',
      settings: { target: 'price' },
      files: { 'a.csv': ['size,colour', ...thirtyRows('1', 'red')].join('\n') },
      message: /^no target column "price": set the hyperparameter target to one of "size", "colour"$/,
    },
    {
      case: 'too few rows',
      files: { 'a.csv': 'size,colour\n1,red\n2,blue\n' },
      message: /^only 2 rows have a value in "colour": at least 20 are needed$/,
    },
    {
      case: 'a target with one class',
      files: { 'a.csv': ['size,colour', ...thirtyRows('1', 'red')].join('\n') },
      message: /^target column "colour" holds "red" only: choose a target with two values or more$/,
    },
    {
      case: 'a target that is a measurement',
      files: { 'a.csv': ['colour,size', ...thirtyRows('red', '').map((row, index) => `${row}${index}`)].join('\n') },
      message: /^target column "size" holds 30 values in 30 rows: choose one whose values repeat/,
    },
    {
      case: 'nothing beside the target',
      files: { 'a.csv': ['colour', ...thirtyRows('red'), ...thirtyRows('blue')].join('\n') },
      message: /^no column beside the target "colour" can be learned from$/,
    },
    {
      case: 'a row with a cell too many',
      files: { 'a.csv': ['size,colour', ...thirtyRows('1', 'red'), '1,red,3'].join('\n') },
      message: /^a.csv, row 31: 3 cells where the header has 2$/,
    },
    {
      case: 'a quote that never closes',
      files: { 'a.csv': ['size,colour', '1,"red', ...thirtyRows('1', 'red')].join('\n') },
      message: /^a.csv, row 1: a quote or a line end is out of place$/,
    },
    {
      case: 'files with different columns',
      files: { 'a.csv': 'size,colour\n1,red', 'b.csv': 'size,weight\n1,2' },
      message: /^b.csv has other columns than a.csv: all CSV files need the same header line$/,
    },
    {
      case: 'an empty CSV file',
      files: { 'a.csv': '' },
      message: /^a.csv is empty: it needs a header line and rows$/,
    },
    {
      case: 'a mistyped hyperparameter',
      settings: { epcohs: '3' },
      message: /^unknown hyperparameter "epcohs": known are target, epochs, hidden,/,
    },
    {
      case: 'a hyperparameter out of range',
      settings: { epochs: '1.5' },
      message: /^hyperparameter epochs is "1.5": it must be a whole number from 1 up$/,
    },
    {
      case: 'a learning rate that is no number',
      settings: { learning_rate: 'fast' },
      message: /^hyperparameter learning_rate is "fast": it must be a number above 0$/,
    },
    {
      case: 'a learning rate with which nothing is learned',
      settings: { learning_rate: '1e308' },
      files: { 'a.csv': ['size,colour', ...thirtyRows('1', 'red'), ...thirtyRows('2', 'blue')].join('\n') },
      message: /^the loss is NaN in epoch \d+: lower learning_rate$/,
    },
  ])('ends with one line for $case', async ({ settings, files, message }) => {
    const container = new Container({ ...settings });
    containers.push(container);
    for (const [name, text] of Object.entries(files ?? {})) container.write(`input/data/train/${name}`, text);

    const ended = await container.run(script);

    expect(ended.code).toBe(1);
    expect(container.read('output/failure')).toMatch(message);
    expect(ended.stderr).toBe(`error: ${container.read('output/failure')}\n`);
    expect(container.has('model')).toBe(false);
  });

  it('ends with one line for hyperparameters that are no JSON object', async () => {
    const container = withPenguins({});
    container.write('input/config/hyperparameters.json', '{"epochs": 3');

    const ended = await container.run(script);

    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^error: unreadable hyperparameters in .*: it must hold one JSON object.*"\{\\"epochs\\": 3"\n$/,
    );
  });
});

interface Model {
  readonly encoding: {
    readonly target: string;
    readonly classes: readonly string[];
    readonly columns: readonly {
      readonly name: string;
      readonly index: number;
      readonly levels?: readonly string[];
      readonly mean: number;
      readonly deviation: number;
    }[];
  };
  readonly shape: { readonly inputs: number; readonly hidden: number; readonly classes: number };
  readonly weights: readonly number[];
}

// Written from the README's description of model.json, apart from the code that trained it.
function predict({ encoding, shape, weights }: Model, row: readonly string[]): string | undefined {
  const inputs = encoding.columns.flatMap(({ index, levels, mean, deviation }) => {
    const cell = row[index] ?? '';
    if (levels !== undefined) return levels.map((level) => (level === cell ? 1 : 0));
    return [cell === '' ? 0 : (Number(cell) - mean) / deviation];
  });
  const layer = (start: number, values: readonly number[], units: number) =>
    Array.from({ length: units }, (_, unit) => {
      const own = weights.slice(start + unit * (values.length + 1), start + (unit + 1) * (values.length + 1));
      return own.reduce((sum, weight, index) => sum + weight * (values[index] ?? 1), 0);
    });
  const hidden = layer(0, inputs, shape.hidden).map(Math.tanh);
  const scores = layer(shape.hidden * (shape.inputs + 1), hidden, shape.classes);
  return encoding.classes[scores.indexOf(Math.max(...scores))];
}

function withPenguins(hyperparameters: Readonly<Record<string, string>>): Container {
  const container = new Container(hyperparameters);
  containers.push(container);
  cpSync(join(example, 'data'), container.path('input/data/train'), { recursive: true });
  return container;
}

function thirtyRows(...cells: string[]): string[] {
  return Array.from({ length: 30 }, () => cells.join(','));
}

function sixtyFruits(from: number): string[] {
  return Array.from({ length: 60 }, (_, index) => {
    const sugar = (index * 7 + from) % 30;
    const ripeness = sugar < 10 ? 'green' : sugar < 20 ? '"ripe, ""yes"""' : 'rotten';
    const kind = index % 2 === 0 ? 'pear' : 'plum';
    return [ripeness, index % 11 === 0 ? '' : sugar, kind, 'constant', `fruit-${from}-${index}`].join(',');
  });
}

function modelOf(container: Container): Model {
  const model: Model = JSON.parse(container.read('model/model.json'));
  return model;
}

function setHyperparameters(container: Container, hyperparameters: Readonly<Record<string, string>>): void {
  container.write('input/config/hyperparameters.json', JSON.stringify(hyperparameters));
}

function readPenguins(): string[][] {
  const text = readFileSync(join(example, 'data/penguins.csv'), 'utf8').trimEnd();
  return text.split('\n').map((line) => line.split(','));
}

function resumedFrom({ stdout }: Ended): number {
  return Number(/resumed from epoch (\d+)/.exec(stdout)?.[1]);
}

function checkpointsOf(container: Container): string[] {
  return readdirSync(container.path('checkpoints')).filter((name) => name.startsWith('checkpoint-'));
}

function progressOf(container: Container): unknown {
  return JSON.parse(container.read('checkpoints/spotrelay-progress.json'));
}
