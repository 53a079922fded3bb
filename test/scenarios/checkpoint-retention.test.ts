// What becomes of checkpoints after the end of their run: kept for who resumes it, then removed, and never from under a run
// that still needs them.
import { describe, expect, it } from '@jest/globals';
import { CLEANING_SECONDS_MAX, cleanerName } from '../../domain/checkpoint-retention.ts';
import { cleanCheckpoints, expiredCheckpoints } from '../../lambdas/clean-checkpoints.ts';
import type { World } from '../../simulator/world.ts';
import { changedPort } from '../../simulator/world/changed-port.ts';
import { aWorld, ON_DEMAND, SPOT } from '../support/builders.ts';
import { HOUR, tell } from './story.ts';

const DAY = 24 * HOUR;
/** Too poor to finish, so that there is something to go on with. */
const POOR = { deadline: '24h', expectedTrainingTime: '4h', budgetUsd: 3, capacity: [ON_DEMAND] };
const four = { script: { trainingTime: '4h' } };
/** What the safety net has found, of the world that a test looks at. */
let found: unknown[] = [];

function worldThatKeeps(checkpointRetention?: string): World {
  found = [];
  return aWorld({
    scenario: four,
    pipeline: checkpointRetention === undefined ? {} : { checkpointRetention },
    observers: {
      onFunctionResult: (name, _, output) => {
        if (name === 'Reconcile') found.push(...(output as { readonly found: readonly unknown[] }).found);
      },
    },
  });
}

const count = (world: World, prefix: string | undefined): number => world.objects.list(prefix ?? '').length;

async function later(world: World, days: number): Promise<void> {
  await world.run({ until: world.clock.now() + days * DAY });
  await world.reconcile();
}

describe('checkpoints of a run that has ended', () => {
  it('are there until their retention is over, then go, and that is no finding', async () => {
    const world = worldThatKeeps('14d');
    const { history } = await tell(world, POOR);
    const prefix = history.run.checkpointUri;
    await later(world, 13.9);
    const before = count(world, prefix);
    await later(world, 0.2);

    expect(before).toBeGreaterThan(0);
    expect(count(world, prefix)).toBe(0);
    expect(found).toEqual([]);
    expect(await world.ledger.retainedCheckpoints('churn')).toEqual([]);
  });

  it('stay for ever where the pipeline states no retention', async () => {
    const world = worldThatKeeps();
    const { history } = await tell(world, POOR);
    await later(world, 300);

    expect(count(world, history.run.checkpointUri)).toBeGreaterThan(0);
  });

  it('are kept anew from the end of a run that has resumed it', async () => {
    const world = worldThatKeeps('14d');
    const first = await tell(world, POOR);
    const prefix = first.history.run.checkpointUri;
    await later(world, 10);
    world.startRun({ resume: first.history.run.runId, deadline: '24h', budgetUsd: 1 }, 'resumed');
    await world.run();
    await later(world, 13);
    const thirteenDaysAfterTheSecond = count(world, prefix);
    await later(world, 2);

    expect(thirteenDaysAfterTheSecond).toBeGreaterThan(0);
    expect(count(world, prefix)).toBe(0);
  });
});

describe('checkpoints of a live run', () => {
  it('are never removed, however long ago they were written: a resumed run may wait for spot for weeks', async () => {
    const world = aWorld({
      scenario: { ...four, market: { [SPOT]: [{ at: '0h', available: false }] } },
      pipeline: { checkpointRetention: '2d' },
    });
    const first = await tell(world, POOR);
    const prefix = first.history.run.checkpointUri;
    const request = { resume: first.history.run.runId, deadline: '30d', budgetUsd: 50, capacity: [SPOT] };
    world.startRun(request, 'resumed');
    await later(world, 20);

    expect(await world.ledger.openRuns('churn')).toHaveLength(1);
    expect(count(world, prefix)).toBeGreaterThan(0);
    expect(await world.ledger.retainedCheckpoints('churn')).toHaveLength(1);
  });
});

describe('removing checkpoints', () => {
  const expiredIn = async (world: World) => {
    await tell(world, POOR);
    await world.run({ until: world.clock.now() + 15 * DAY });
    const [expired] = await expiredCheckpoints(world, 'churn');
    if (expired === undefined) throw new Error('nothing has expired');
    return expired;
  };

  it('does nothing when the lineage has got another time since they were looked for', async () => {
    const world = worldThatKeeps('14d');
    const expired = await expiredIn(world);
    await world.ledger.retainCheckpoints({ ...expired, until: expired.until + DAY });
    await cleanCheckpoints(world, expired, cleanerName('look', world.clock.now()));

    expect(count(world, expired.uri)).toBeGreaterThan(0);
    expect(await world.ledger.acquireLease(expired.lineageId, 'somebody')).toEqual({ kind: 'held' });
  });

  it('gives the lease back when S3 refuses, and goes on at the next look', async () => {
    const world = worldThatKeeps('14d');
    const expired = await expiredIn(world);
    world.objects.failUntil(world.clock.now() + HOUR);
    await later(world, 0);
    await later(world, 1);

    expect(found).toMatchObject([{ what: 'failed', name: expired.lineageId }]);
    expect(count(world, expired.uri)).toBe(0);
  });

  it('goes on where a look was broken off with the lease in its hand', async () => {
    const world = worldThatKeeps('14d');
    const expired = await expiredIn(world);
    await world.ledger.acquireLease(expired.lineageId, cleanerName('look', world.clock.now()));
    await later(world, 0);
    const whileItMayBeAtWork = count(world, expired.uri);
    await world.run({ until: world.clock.now() + CLEANING_SECONDS_MAX + 61 });
    await later(world, 0);

    expect(whileItMayBeAtWork).toBeGreaterThan(0);
    expect(count(world, expired.uri)).toBe(0);
    expect(await world.ledger.acquireLease(expired.lineageId, 'somebody')).toEqual({ kind: 'held' });
  });

  it('goes on where a look of a release was broken off in which all looks had one name', async () => {
    const world = worldThatKeeps('14d');
    const expired = await expiredIn(world);
    await world.ledger.acquireLease(expired.lineageId, 'checkpoint-retention');
    await later(world, 0);

    expect(count(world, expired.uri)).toBe(0);
  });

  it('keeps its lease until it is done, whoever else looks meanwhile: a run that resumed would lose what it saves', async () => {
    const world = worldThatKeeps('14d');
    const expired = await expiredIn(world);
    const named = (id: string): string => cleanerName(id, world.clock.now());
    const [one, other] = [named('one'), named('other')];
    const leases: unknown[] = [];
    const objects = changedPort(world.objects, {
      deleteUnder: async (uri) => {
        await cleanCheckpoints(world, expired, other);
        leases.push(await world.ledger.acquireLease(expired.lineageId, 'a run that resumes'));
        return world.objects.deleteUnder(uri);
      },
    });
    await cleanCheckpoints({ ledger: world.ledger, clock: world.clock, objects }, expired, one);

    expect(leases).toEqual([{ kind: 'taken', holderRunId: one }]);
    expect(count(world, expired.uri)).toBe(0);
    expect(await world.ledger.acquireLease(expired.lineageId, 'a run that resumes')).toEqual({ kind: 'held' });
  });
});
