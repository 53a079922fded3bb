// A synthesized stack, read by type: what a test asks about is found by what it is, not by a generated id.
import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack, type StackProps } from 'aws-cdk-lib/core';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listOf } from '../../infra/template-text.ts';
import { bundleFile, lambdaNames } from '../../scripts/build-lambdas.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** About a second for each synthesis; `npm run synth` keeps it on. */
process.env['CDK_VALIDATION'] = 'false';

/** esbuild refuses to run inside jest's own globals. */
export function ensureBundles(): void {
  if (lambdaNames().every((name) => existsSync(bundleFile(name)))) return;
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build-lambdas.ts')]);
}

const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

/** With the feature flags that the app is deployed with. */
export const newStack = (id = 'Training', props: StackProps = {}): Stack => new Stack(new App({ context }), id, props);

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Statement {
  readonly owner: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: unknown;
}

export class Synthesized {
  readonly template: Template;
  readonly #resources: readonly Resource[];

  constructor(stack: Stack) {
    this.template = Template.fromStack(stack);
    const resources = this.template.toJSON()['Resources'] as Record<string, { Type: string; Properties?: object }>;
    this.#resources = Object.entries(resources).map(([id, { Type, Properties }]) => ({
      id,
      type: Type,
      properties: { ...Properties },
    }));
  }

  all(type: string): readonly Resource[] {
    return this.#resources.filter((resource) => resource.type === type);
  }

  /** The only one whose properties, written out, contain the text. */
  one(type: string, text = ''): Resource {
    const found = this.all(type).filter(({ properties }) => flatten(properties).includes(text));
    const [resource] = found;
    if (resource === undefined || found.length > 1)
      throw new Error(`${found.length} resources of type ${type} say "${text}"`);
    return resource;
  }

  statements(): readonly Statement[] {
    return this.all('AWS::IAM::Policy').flatMap(({ id, properties }) => {
      const { Statement } = properties['PolicyDocument'] as { Statement: Record<string, unknown>[] };
      return Statement.map((statement) => ({
        owner: id,
        actions: listOf(statement['Action']).map(String),
        resources: listOf(statement['Resource']).map(textOf),
        condition: statement['Condition'],
      }));
    });
  }

  /** Whole texts, with `<logical id>` where CloudFormation will put a value. */
  definition(machine: Resource): string {
    return textOf(machine.properties['DefinitionString']);
  }
}

export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof ref === 'string') return `<${ref}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(textOf).join(String(join[0]));
  return `<${Object.keys(value as object).join()}>`;
}

/** Values resolved everywhere, so that a pattern or an environment can be used as it is. */
export function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'))) return textOf(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item)]));
}

const flatten = (value: unknown): string => JSON.stringify(resolved(value));
