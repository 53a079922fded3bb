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

export function loadDefinition(name: DefinitionName): Definition {
  return JSON.parse(textOf(name)) as Definition;
}

/** The files are part of the package, and do not change under a process. */
const texts = new Map<DefinitionName, string>();

function textOf(name: DefinitionName): string {
  const text = texts.get(name) ?? readFileSync(join(packageRoot(), 'statemachines', `${name}.asl.json`), 'utf8');
  texts.set(name, text);
  return text;
}

/** An expression that yields nothing fails its state, so a key of the job that this pipeline never sends is left out. */
export function renderTrainingRun(
  pipeline: Pipeline,
  definition: Definition = loadDefinition('training-run'),
): Definition {
  const unused = new Set(unusedJobKeys(pipeline));
  const rendered = rewrite(definition, (key, value) => {
    if (value === '${Pipeline}') return literal(pipeline);
    return unused.has(key) && value === `{% $plan.job.${key} %}` ? undefined : value;
  });
  return rendered as Definition;
}

export function renderSweep(pipeline: Pipeline, definition: Definition = loadDefinition('sweep')): Definition {
  return rewrite(definition, (_, value) => (value === '${Pipeline}' ? literal(pipeline) : value)) as Definition;
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

function rewrite(node: unknown, visit: (key: string, value: unknown) => unknown): unknown {
  if (Array.isArray(node)) return node.map((item) => rewrite(item, visit));
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).flatMap(([key, value]) => {
    const visited = visit(key, value);
    return visited === undefined ? [] : [[key, visited === value ? rewrite(value, visit) : visited] as const];
  });
  return Object.fromEntries(entries);
}

/** Fills `${Name}` placeholders; a name without a value is an error, not an empty string. */
export function substitute(definition: Definition, values: Readonly<Record<string, string>>): Definition {
  return JSON.parse(substitutedText(definition, (name) => values[name])) as Definition;
}

/** The same as a text. */
export function substitutedText(definition: Definition, valueOf: (name: string) => string | undefined): string {
  return JSON.stringify(definition).replaceAll(/\$\{([A-Za-z]+)\}/g, (_, name: string) => {
    const value = valueOf(name);
    if (value === undefined) throw new Error(`the definition names \${${name}}, but no value is given for it`);
    return JSON.stringify(value).slice(1, -1);
  });
}

export function placeholders(definition: Definition): readonly string[] {
  const names = [...JSON.stringify(definition).matchAll(/\$\{([A-Za-z]+)\}/g)].map(([, name]) => name ?? '');
  return [...new Set(names)].toSorted();
}
