import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pipelineOf, simulate } from '../../cli/simulation/simulation.ts';
import { SCENARIO_SCHEMA_FILE, scenarioSchema } from '../../scripts/generate-scenario-schema.ts';
import { parseScenario } from '../../simulator/scenario.ts';
import { packageRoot } from '../../statemachines/package-root.ts';

const folder = join(packageRoot(), 'examples/scenarios');
const SPOT = 'spot:ml.g5.xlarge';
const ON_DEMAND = 'on-demand:ml.g5.xlarge';

const read = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Record<string, unknown>;

/** How each ends: the run, its attempts, and what the reader is to take from it. */
const ENDINGS: readonly (readonly [string, string, readonly string[], object])[] = [
  [
    'interrupted-twice-then-dry',
    'SUCCEEDED Completed',
    [`${SPOT} Capacity`, `${ON_DEMAND} Completed`],
    { interruptionCount: 3, deadline: { met: true } },
  ],
  [
    'spot-never-comes',
    'SUCCEEDED Completed',
    [`${SPOT} Capacity`, `${ON_DEMAND} Completed`],
    { deadline: { met: true } },
  ],
  [
    'first-pool-is-dry',
    'SUCCEEDED Completed',
    [`${SPOT} Capacity`, 'spot:ml.g5.2xlarge Completed'],
    { deadline: { met: true } },
  ],
  [
    'script-never-saves',
    'SUCCEEDED Completed',
    [`${SPOT} Timeout`, `${ON_DEMAND} Completed`],
    { interruptionCount: 2, deadline: { met: true } },
  ],
  ['script-crashes', 'FAILED Algorithm', [`${SPOT} Algorithm`], { interruptionCount: 0 }],
  [
    'spot-quota-is-zero',
    'SUCCEEDED Completed',
    [`${SPOT} Quota`, `${SPOT} Quota`, `${SPOT} Quota`, `${ON_DEMAND} Completed`],
    { deadline: { met: true } },
  ],
  ['reply-is-lost', 'SUCCEEDED Completed', [`${SPOT} Throttling`, `${SPOT} Completed`], { deadline: { met: true } }],
  ['access-is-denied', 'FAILED Access', [`${SPOT} Access`], { seconds: { billable: 0 } }],
  [
    'on-demand-is-short-too',
    'SUCCEEDED Completed',
    [`${SPOT} Capacity`, `${ON_DEMAND} Capacity`, `${ON_DEMAND} Completed`],
    { deadline: { met: false } },
  ],
  [
    'deadline-is-missed',
    'EXHAUSTED DeadlineMissed',
    [`${SPOT} Timeout`, `${ON_DEMAND} Timeout`],
    { deadline: { met: false } },
  ],
];

describe('a shipped scenario', () => {
  it.each(ENDINGS)('%s ends %s', async (name, ending, attempts, facts) => {
    const scenario = parseScenario(read(name), name);
    const { receipt } = await simulate({ pipeline: pipelineOf(scenario), scenario, request: scenario.request });

    expect(`${receipt?.status} ${receipt?.code}`).toBe(ending);
    const lines = receipt?.attempts.map(({ capacity, outcome }) => `${capacity} ${outcome}`) ?? [];
    // On-Demand that is short refuses again and again; how often is no part of the story.
    expect(name === 'on-demand-is-short-too' ? [...new Set(lines)] : lines).toEqual(attempts);
    expect(receipt).toMatchObject(facts);
  });

  it('has an ending here, a title that its file is called after, a description and the schema', () => {
    const names = globSync('*.json', { cwd: folder })
      .map((file) => basename(file, '.json'))
      .filter((name) => name !== 'scenario.schema');

    expect(names.toSorted()).toEqual(ENDINGS.map(([name]) => name).toSorted());
    for (const name of names) {
      const { name: title, description, $schema } = read(name);
      const words = String(title).toLowerCase().replaceAll(',', '');
      expect({ name, words: words.includes(name.split('-').at(-1) ?? '') }).toEqual({ name, words: true });
      expect(String(description).length).toBeGreaterThan(60);
      expect($schema).toBe('./scenario.schema.json');
    }
  });
});

it('the schema of scenarios is the one they are read with: npm run docs:scenario-schema writes it', () => {
  expect(JSON.parse(readFileSync(SCENARIO_SCHEMA_FILE, 'utf8'))).toEqual(JSON.parse(scenarioSchema()));
});
