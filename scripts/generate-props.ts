// Writes the tables of docs/infrastructure.md out of the doc comments of the props, so that the page cannot name a default
// that the code has not; test/infra/props.test.ts holds the two against each other.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
export const INFRASTRUCTURE_FILE = join(ROOT, 'docs', 'infrastructure.md');

/** Interface to the file that declares it. */
const INTERFACES: Readonly<Record<string, string>> = {
  TrainingPipelineProps: 'training-pipeline-props.ts',
  TrainingCodeOptions: 'training-code.ts',
  TrainingCodeAssetOptions: 'training-code.ts',
  CapacityOptions: 'capacity.ts',
  Uploads: 'training-pipeline-props.ts',
  RunSchedule: 'schedules.ts',
  NewGroupOptions: 'model-registration.ts',
  ModelRegistrationOptions: 'model-registration.ts',
  QualityGate: 'model-registration.ts',
  FailureRule: 'failure-rule.ts',
  TimingOverrides: 'training-pipeline-props.ts',
};

const MEMBER = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*readonly (\w+)(\??): ([^;]+);/g;

export function propsTable(name: string): string {
  const source = readFileSync(join(ROOT, 'infra', INTERFACES[name] ?? ''), 'utf8');
  const [, body = ''] = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source) ?? [];
  const rows = [...body.matchAll(MEMBER)].map(([, comment = '', prop = '', optional = '', type = '']) => {
    const [text = '', defaultText] = plain(comment).split(/\s*@default\s+(?:- )?/);
    const needed = optional === '' ? 'required' : (defaultText ?? '');
    return `| \`${prop}\` | \`${type.replaceAll('readonly ', '').replaceAll('|', '\\|')}\` | ${needed} | ${text.trim()} |`;
  });
  return ['| prop | type | default | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const plain = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join(' ')
    .replaceAll('|', '\\|')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The page as it should be: every table between its marks is written anew. */
export const infrastructurePage = (page: string): string =>
  page.replaceAll(
    /<!-- props of (\w+) -->[\s\S]*?<!-- end -->/g,
    (_, name: string) => `<!-- props of ${name} -->\n\n${propsTable(name)}\n\n<!-- end -->`,
  );

/** Interfaces whose table a page lacks. */
export const missingTables = (page: string): readonly string[] =>
  Object.keys(INTERFACES).filter((name) => !page.includes(`<!-- props of ${name} -->`));

if (import.meta.main) {
  writeFileSync(INFRASTRUCTURE_FILE, infrastructurePage(readFileSync(INFRASTRUCTURE_FILE, 'utf8')));
}
