// Writes examples/scenarios/scenario.schema.json out of the schema that scenarios are read with, so that an editor
// completes and checks what the simulator will take; test/examples/scenarios.test.ts holds the two against each other.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ScenarioFile } from '../simulator/scenario.ts';

export const SCENARIO_SCHEMA_FILE = join(import.meta.dirname, '..', 'examples', 'scenarios', 'scenario.schema.json');

export function scenarioSchema(): string {
  const schema = z.toJSONSchema(ScenarioFile, { io: 'input' });
  return `${JSON.stringify({ ...schema, title: 'A scenario of spotrelay simulate and rehearse' }, undefined, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(SCENARIO_SCHEMA_FILE, scenarioSchema());
  console.log(SCENARIO_SCHEMA_FILE);
}
