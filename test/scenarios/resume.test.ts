import { describe, expect, it } from '@jest/globals';
import { RUN_STATE_CHANGE } from '../../domain/events.ts';
import { createModelledExecutor } from '../../simulator/executors/modelled.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import { aScenario, aWorld } from '../support/builders.ts';
import { classesOf, collect, HOUR, optionsOf, tell, tellNext, type Story } from './story.ts';

const REQUEST = { deadline: '24h', expectedTrainingTime: '4h' };
const four = { trainingTime: '4h', metrics: { accuracy: 0.93 } };

const idOf = ({ history }: Story): string => history.run.runId;
const prefixOf = (story: Story): string => story.history.run.checkpointUri ?? '';

describe('a run whose budget is used up', () => {
  const POOR = { ...REQUEST, budgetUsd: 3, capacity: ['on-demand:ml.g5.xlarge'] };

  it('is gone on from with more money, from its checkpoint, and succeeds', async () => {
    const events: BusEvent[] = [];
    const world = aWorld({ scenario: { script: four }, observers: { onBusEvent: (event) => void events.push(event) } });
    const first = await tell(world, POOR);
    const second = await tellNext(world, { resume: idOf(first), budgetUsd: 10 }, 'resumed');

    expect(first.receipt).toMatchObject({ status: 'EXHAUSTED', code: 'BudgetUsedUp' });
    expect(second.receipt.status).toBe('SUCCEEDED');
    expect(idOf(second)).not.toBe(idOf(first));
    expect(second.history.run.lineageId).toBe(idOf(first));
    expect(prefixOf(second)).toBe(prefixOf(first));
    // Four hours of work in all: what the first run saved is not done again.
    expect(first.receipt.seconds.trained).toBeGreaterThan(1.5 * HOUR);
    expect(first.receipt.seconds.trained + second.receipt.seconds.trained).toBeLessThan(4.1 * HOUR);
    expect(optionsOf(second)).toEqual(['on-demand']);
    expect(second.receipt.lineage).toMatchObject({
      id: idOf(first),
      resumedRunId: idOf(first),
      runCount: 2,
      billableSeconds: first.receipt.seconds.billable + second.receipt.seconds.billable,
      changed: [],
    });
    expect(world.registry.versions()).toHaveLength(1);
    const ends = events.filter((event) => event['detail-type'] === RUN_STATE_CHANGE).map(({ detail }) => detail);
    expect(ends).toMatchObject([
      { runId: idOf(first), status: 'EXHAUSTED' },
      { runId: idOf(second), status: 'SUCCEEDED', lineageId: idOf(first), resumedRunId: idOf(first) },
    ]);
    expect(ends[0]).not.toHaveProperty('lineageId');
  });

  it('may be gone on from several times, whichever of its runs is named', async () => {
    const world = aWorld({ scenario: { script: four } });
    const first = await tell(world, { ...POOR, budgetUsd: 2 });
    const second = await tellNext(world, { resume: idOf(first) }, 'second');
    const third = await tellNext(world, { resume: idOf(first), budgetUsd: 10 }, 'third');

    expect([first, second].map(({ receipt }) => receipt.code)).toEqual(['BudgetUsedUp', 'BudgetUsedUp']);
    expect(second.history.run.budgetUsd).toBe(2);
    expect(third.receipt.status).toBe('SUCCEEDED');
    expect(third.receipt.lineage?.runCount).toBe(3);
    expect(third.history.run.resumes?.work.savedSeconds).toBeGreaterThan(
      second.history.run.resumes?.work.savedSeconds ?? Number.POSITIVE_INFINITY,
    );
  });
});

describe('a run that is cancelled', () => {
  const cancelled = async (script: object = four): Promise<Story> => {
    const world = aWorld({ scenario: { script } });
    const execution = world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + 2 * HOUR });
    execution?.stop();
    await world.run();
    return collect(world);
  };

  it('is gone on from with its data, hyperparameters and deadline, and says what is done', async () => {
    const first = await cancelled();
    const second = await tellNext(first.world, { resume: idOf(first) }, 'resumed');

    expect(second.receipt.status).toBe('SUCCEEDED');
    expect(second.history.run).toMatchObject({
      deadline: first.history.run.deadline,
      expectedTrainingSeconds: 4 * HOUR,
      job: first.history.run.job,
    });
    expect(second.tookSeconds).toBeLessThan(2.6 * HOUR);
    expect(JSON.stringify(second.execution.history)).toContain(
      `goes on from run ${idOf(first)} (ExecutionAborted) from its checkpoint of`,
    );
  });

  it('starts from zero, and says so, where it never saved a checkpoint', async () => {
    const first = await cancelled({ ...four, checkpointEvery: '0s', savesOnSigterm: false });
    const second = await tellNext(first.world, { resume: idOf(first) }, 'resumed');

    expect(second.receipt.status).toBe('SUCCEEDED');
    expect(second.receipt.lineage?.savedSeconds).toBe(0);
    expect(second.receipt.lineage).not.toHaveProperty('checkpointAt');
    expect(JSON.stringify(second.execution.history)).toContain(`there is none under ${prefixOf(first)}`);
  });

  it('starts from zero where the checkpoint has been deleted since', async () => {
    const first = await cancelled();
    for (const { uri } of first.world.objects.list(prefixOf(first))) first.world.objects.delete(uri);
    const second = await tellNext(first.world, { resume: idOf(first) }, 'resumed');

    expect(second.history.run.resumes?.work).toEqual({ savedSeconds: 0 });
    expect(second.receipt.seconds.trained).toBeCloseTo(4 * HOUR, -2);
  });

  it('needs a new deadline where its own has passed', async () => {
    const first = await cancelled();
    await first.world.run({ until: first.world.clock.now() + 40 * HOUR });
    const execution = first.world.startRun({ resume: idOf(first) }, 'too-late');
    await first.world.run();
    const second = await tellNext(first.world, { resume: idOf(first), deadline: '6h' }, 'resumed');

    expect(execution?.error).toBe('Spotrelay.RunRejected');
    expect(execution?.cause).toContain(`deadline: is needed: that of ${idOf(first)}, 2026-01-02T00:00:00Z, has passed`);
    expect(second.receipt.deadline?.met).toBe(true);
  });

  it('is gone on from by one of two who ask at once; the other is told by whom', async () => {
    const first = await cancelled();
    const { world } = first;
    const both = ['one', 'other'].map((name) => world.startRun({ resume: idOf(first) }, name));
    await world.run();
    const [winner, loser] = both.toSorted((one) => (one?.status === 'SUCCEEDED' ? -1 : 1));

    expect([winner?.status, loser?.error]).toEqual(['SUCCEEDED', 'Spotrelay.RunRejected']);
    const runId = await world.ledger.runIdOfExecution(winner?.arn ?? '');
    expect(loser?.cause).toContain(`by run ${runId}`);
    expect(world.registry.versions()).toHaveLength(1);
  });
});

it('a run that failed by a bug in its script goes on with the script that is deployed by then', async () => {
  const { script } = aScenario({ script: four });
  let mended = false;
  const world = aWorld({
    createExecutor: (clock, objects) => ({
      start: (job, events) =>
        createModelledExecutor(clock, objects, { ...script, failsAfterWorkSeconds: mended ? undefined : HOUR }).start(
          job,
          events,
        ),
    }),
  });
  const first = await tell(world, REQUEST);
  mended = true;
  const second = await tellNext(world, { resume: idOf(first), hyperParameters: { lr: '0.01' } }, 'mended');

  expect(classesOf(first)).toEqual(['Algorithm']);
  expect(second.receipt.status).toBe('SUCCEEDED');
  expect(second.receipt.seconds.trained).toBeLessThan(3.2 * HOUR);
  expect(second.receipt.lineage?.changed).toEqual(['hyperParameters.lr']);
  expect(second.history.run.job.hyperParameters).toEqual({ lr: '0.01' });
});

describe('a run is not gone on from', () => {
  const refused = async (story: Story, request: unknown): Promise<string> => {
    const execution = story.world.startRun(request, 'refused');
    await story.world.run();
    expect(execution?.error).toBe('Spotrelay.RunRejected');
    return execution?.cause ?? '';
  };

  it('when it has succeeded', async () => {
    const story = await tell(aWorld({ scenario: { script: four } }), REQUEST);

    expect(await refused(story, { resume: idOf(story) })).toContain('resume: has succeeded, and its model is trained');
  });

  it('when a run that went on from it has succeeded', async () => {
    const world = aWorld({ scenario: { script: four } });
    const first = await tell(world, { ...REQUEST, budgetUsd: 1 });
    const second = await tellNext(world, { resume: idOf(first), budgetUsd: 20 }, 'second');

    expect(await refused(first, { resume: idOf(first) })).toContain(
      `was gone on from by ${idOf(second)}, which succeeded`,
    );
  });

  it('while it goes on', async () => {
    const world = aWorld({ scenario: { script: four } });
    const execution = world.startRun(REQUEST);
    await world.run({ until: world.clock.now() + HOUR });
    const runId = await world.ledger.runIdOfExecution(execution?.arn ?? '');
    const other = world.startRun({ resume: runId }, 'refused');
    await world.run();

    expect(other?.cause).toContain('resume: has not ended');
    expect(execution?.status).toBe('SUCCEEDED');
  });

  it('when there is none of that name', async () => {
    const story = await tell(aWorld({ scenario: { script: four } }), REQUEST);

    expect(await refused(story, { resume: 'churn--0123456789' })).toContain('is no run that the ledger knows');
  });
});
