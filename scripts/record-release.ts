// npm run record:release: plays stories with today's definitions, handlers and ledger, and keeps what a deployment may find
// under way: the definitions, the inputs that they give to functions, the items in the table, the events on the bus.
// Once a release, into test/upgrades/v<version>/ (docs/upgrades.md).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDefinition, type DefinitionName } from '../statemachines/render.ts';
import { recordStory, STORIES } from '../test/upgrades/stories.ts';

const ROOT = join(import.meta.dirname, '..');
const DEFINITIONS: readonly DefinitionName[] = [
  'training-run',
  'model-registration',
  'upload-batch',
  'extend-run',
  'sweep',
];

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
const folder = join(ROOT, 'test', 'upgrades', `v${version}`);
const keep = (name: string, content: unknown): void =>
  writeFileSync(join(folder, name), `${JSON.stringify(content, null, 1)}\n`);

mkdirSync(folder, { recursive: true });
for (const name of DEFINITIONS) keep(`${name}.asl.json`, loadDefinition(name));
for (const [name, drawn] of Object.entries(STORIES)) {
  keep(`${name}.story.json`, await recordStory(drawn));
  console.log(`${folder}: ${name}`);
}
