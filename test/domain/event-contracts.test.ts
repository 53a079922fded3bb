// The published contracts, held against what simulated runs publish by a validator that knows nothing of zod.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compilePattern } from '../../simulator/event-pattern.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import { parseScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { World } from '../../simulator/world.ts';
import { EVENT_CONTRACTS, eventSchema, patternOf, simulatedEvents } from '../../scripts/event-contracts.ts';
import { EVENTS_PAGE, eventsPage, schemaFiles } from '../../scripts/generate-schemas.ts';
import { pipelineOf } from '../../cli/simulation/simulation.ts';
import { packageRoot } from '../../statemachines/package-root.ts';

const ajv = new Ajv2020({ allErrors: true });
const validators = EVENT_CONTRACTS.map((contract) => ({
  contract,
  published: ajv.compile(eventSchema(contract)),
  strict: ajv.compile(eventSchema(contract, { strict: true })),
}));

/** What is wrong with an event, by the published schema and by one that turns away unknown fields. */
function problemsOf(event: BusEvent): readonly string[] {
  const known = validators.find(({ contract }) => contract.detailType === event['detail-type']);
  if (known === undefined) return [`${event['detail-type']} has no schema`];
  return [known.published, known.strict].flatMap((validate) =>
    validate(event.detail) ? [] : [`${event['detail-type']}: ${ajv.errorsText(validate.errors)}`],
  );
}

async function eventsOfScenario(input: Partial<ScenarioInput>): Promise<readonly BusEvent[]> {
  const events: BusEvent[] = [];
  const scenario = parseScenario(input);
  const world = new World({
    pipeline: pipelineOf(scenario),
    scenario,
    observers: { onBusEvent: (event) => events.push(event) },
  });
  world.startRun(scenario.request);
  await world.run();
  return events.filter(({ source }) => source === 'spotrelay');
}

let events: readonly BusEvent[];
beforeAll(async () => {
  events = await simulatedEvents();
});

describe('the events of simulated runs', () => {
  it('are all kinds that there are, and what their schemas say', () => {
    expect(new Set(events.map((event) => event['detail-type']))).toEqual(
      new Set(EVENT_CONTRACTS.map(({ detailType }) => detailType)),
    );
    expect(events.flatMap(problemsOf)).toEqual([]);
  });

  const scenarios = globSync(join(packageRoot(), 'examples/scenarios/*.json')).filter(
    (file) => !file.endsWith('schema.json'),
  );
  it.each(scenarios.map((file) => [basename(file), file]))('are what their schemas say: %s', async (_, file) => {
    const published = await eventsOfScenario(JSON.parse(readFileSync(file, 'utf8')) as Partial<ScenarioInput>);

    expect(published.length).toBeGreaterThan(0);
    expect(published.flatMap(problemsOf)).toEqual([]);
  });
});

describe('a schema', () => {
  it('turns away a detail that lacks something or has the wrong kind of it', () => {
    const event = events[0] as BusEvent;
    const { runId, ...rest } = event.detail as Record<string, unknown>;
    const problems = problemsOf({ ...event, detail: { ...rest, version: 2 } });

    expect(runId).toMatch(/^churn--/);
    expect(problems.join()).toMatch(/must have required property 'runId'/);
    expect(problems.join()).toMatch(/version must be equal to constant/);
  });

  it('lets fields of a later release pass, and the strict one does not', () => {
    const event = events[0] as BusEvent;
    const later = { ...event, detail: { ...(event.detail as object), somethingNew: 1 } };

    expect(problemsOf(later)).toEqual([expect.stringContaining('must NOT have additional properties')]);
  });
});

describe('a pattern in docs/events.md', () => {
  it.each(EVENT_CONTRACTS.map((contract) => [contract.detailType, contract] as const))(
    'asks for its own event and no other: %s',
    (detailType, contract) => {
      const matched = events.filter((event) => compilePattern(patternOf(contract))(event));

      expect(new Set(matched.map((event) => event['detail-type']))).toEqual(new Set([detailType]));
    },
  );
});

describe('docs/events.md and docs/schemas', () => {
  it('are what npm run docs:events writes', () => {
    const files = schemaFiles();
    const folder = dirname(Object.keys(files)[0] ?? '');

    expect(readFileSync(EVENTS_PAGE, 'utf8')).toBe(eventsPage(events));
    for (const [file, contents] of Object.entries(files)) expect(readFileSync(file, 'utf8')).toBe(contents);
    expect(globSync(join(folder, '*')).toSorted()).toEqual(Object.keys(files).toSorted());
  });
});

describe('the schema of a request', () => {
  const validatorOf = (name: string) => {
    const [, text = '{}'] = Object.entries(schemaFiles()).find(([file]) => file.endsWith(`/${name}.schema.json`)) ?? [];
    return ajv.compile(JSON.parse(text) as object);
  };

  it('takes what the docs show, and names what it does not know', () => {
    const validate = validatorOf('run-request');

    expect(validate({})).toBe(true);
    expect(validate({ deadline: '36h', hyperParameters: { lr: '0.01' }, budgetUsd: 40 })).toBe(true);
    expect(validate({ deadlin: '36h' })).toBe(false);
    expect(validate({ sweep: { sweepId: 'churn--0123456789', trial: 1 } })).toBe(false);
  });

  it('takes the example of a sweep', () => {
    const validate = validatorOf('sweep-request');
    const example = JSON.parse(
      readFileSync(join(packageRoot(), 'examples/sweeps/tabular-classifier.json'), 'utf8'),
    ) as object;

    expect({ valid: validate(example), errors: validate.errors }).toEqual({ valid: true, errors: null });
    expect(validate({ ...example, objective: undefined })).toBe(false);
  });
});
