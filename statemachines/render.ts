// File + pipeline -> definition. The result is what the construct deploys and what the simulator runs. Function ARNs and
// the bus stay placeholders (`${AcceptRunFunctionArn}`): each world fills in its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { takesData, type Pipeline } from '../domain/pipeline.ts';
import { packageRoot } from './package-root.ts';

export type DefinitionName = 'training-run' | 'model-registration' | 'upload-batch' | 'extend-run' | 'sweep';

/** A definition as plain JSON; never changed in place. */
export interface Definition {
  readonly QueryLanguage: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, unknown>>;
}

/** The files are part of the package, and do not change under a process. */
const loaded = new Map<DefinitionName, Definition>();

export function loadDefinition(name: DefinitionName): Definition {
  const definition = loaded.get(name) ?? readDefinition(name);
  loaded.set(name, definition);
  return definition;
}

function readDefinition(name: DefinitionName): Definition {
  const text = readFileSync(join(packageRoot(), 'statemachines', `${name}.asl.json`), 'utf8');
  return JSON.parse(text, (_, value: unknown) => Object.freeze(value)) as Definition;
}

/** An expression that yields nothing fails its state, so a key of the job that this pipeline never sends is left out. */
export function renderTrainingRun(
  pipeline: Pipeline,
  definition: Definition = loadDefinition('training-run'),
): Definition {
  return withPipeline(withoutJobKeys(definition, unusedJobKeys(pipeline)), pipeline);
}

export function renderSweep(pipeline: Pipeline, definition: Definition = loadDefinition('sweep')): Definition {
  return withPipeline(definition, pipeline);
}

export function renderModelRegistration(definition: Definition = loadDefinition('model-registration')): Definition {
  return definition;
}

export function renderUploadBatch(definition: Definition = loadDefinition('upload-batch')): Definition {
  return definition;
}

export function renderExtendRun(definition: Definition = loadDefinition('extend-run')): Definition {
  return definition;
}

/** What holds no pipeline holds none for the next one either. */
const withoutPipeline = new WeakSet<object>();

function withPipeline(definition: Definition, pipeline: Pipeline): Definition {
  const fill = (_: string, value: unknown): unknown => (value === '${Pipeline}' ? literal(pipeline) : value);
  return rewrite(definition, fill, withoutPipeline) as Definition;
}

/** Most pipelines of an account leave out the same keys. */
const withoutBefore = new WeakMap<Definition, Map<string, Definition>>();

function withoutJobKeys(definition: Definition, keys: readonly string[]): Definition {
  const before = withoutBefore.get(definition) ?? new Map<string, Definition>();
  withoutBefore.set(definition, before);
  const without =
    before.get(keys.join()) ??
    (rewrite(definition, (key, value) =>
      keys.includes(key) && value === `{% $plan.job.${key} %}` ? undefined : value,
    ) as Definition);
  before.set(keys.join(), without);
  return without;
}

function unusedJobKeys(pipeline: Pipeline): readonly string[] {
  return [
    ...(pipeline.job.checkpointUri === undefined ? ['CheckpointConfig'] : []),
    ...(pipeline.job.vpc === undefined ? ['VpcConfig'] : []),
    ...(takesData(pipeline) ? [] : ['InputDataConfig']),
  ];
}

/** JSON without the keys whose value is undefined: absent is absent. */
function literal(pipeline: Pipeline): unknown {
  return JSON.parse(JSON.stringify(pipeline));
}

/** What has nothing in it to change is the same object afterwards, by which whoever has seen it before knows it. */
function rewrite(
  node: unknown,
  visit: (key: string, value: unknown) => unknown,
  unchanged = new WeakSet<object>(),
): unknown {
  if (typeof node !== 'object' || node === null || unchanged.has(node)) return node;
  const entries = Object.entries(node);
  const rewritten = entries.map(([key, value]: [string, unknown]) => {
    const visited = visit(key, value);
    return visited === value ? rewrite(value, visit, unchanged) : visited;
  });
  if (entries.every(([, value], index) => value === rewritten[index])) {
    if (Object.isFrozen(node)) unchanged.add(node);
    return node;
  }
  if (Array.isArray(node)) return Object.freeze(rewritten);
  return Object.freeze(
    Object.fromEntries(
      entries.flatMap(([key], index) => (rewritten[index] === undefined ? [] : [[key, rewritten[index]]])),
    ),
  );
}

/** Fills `${Name}` placeholders; a name without a value is an error, not an empty string. */
export function substitute<Node>(node: Node, valueOf: (name: string) => string | undefined): Node {
  const filled = (text: string): string =>
    text.replaceAll(/\$\{([A-Za-z]+)\}/g, (_, name: string) => {
      const value = valueOf(name);
      if (value === undefined) throw new Error(`the definition names \${${name}}, but no value is given for it`);
      return value;
    });
  return rewrite(node, (_, value) => (typeof value === 'string' ? filled(value) : value)) as Node;
}

export function placeholders(definition: Definition): readonly string[] {
  const names = [...JSON.stringify(definition).matchAll(/\$\{([A-Za-z]+)\}/g)].map(([, name]) => name ?? '');
  return [...new Set(names)].toSorted();
}
