// Checkpoints whose time is over go, the oldest first, and never from under somebody who has the lineage.
import { describe, expect, it } from '@jest/globals';
import { cleanerName } from '../../domain/checkpoint-retention.ts';
import { cleanCheckpoints, expiredCheckpoints } from '../../lambdas/clean-checkpoints.ts';
import { ports, START } from './support.ts';

const LOOK = cleanerName('look-1', START);

const retained = (lineageId: string, until = START) => ({
  pipeline: 'churn',
  lineageId,
  uri: `s3://artifacts/churn/checkpoints/${lineageId}/`,
  until,
});

describe('a look for checkpoints whose time is over', () => {
  it('finds them to the second, and none of the others', async () => {
    const { ledger, clock } = ports();
    for (const [lineageId, until] of [
      ['past', START - 1],
      ['now', START],
      ['later', START + 1],
    ] as const)
      await ledger.retainCheckpoints(retained(lineageId, until));
    expect((await expiredCheckpoints({ ledger, clock }, 'churn')).map(({ lineageId }) => lineageId)).toEqual([
      'past',
      'now',
    ]);
  });

  it('takes the ten that have waited for longest, whatever their names', async () => {
    const { ledger, clock } = ports();
    const ages = [5, 11, 2, 8, 1, 12, 3, 9, 7, 4, 10, 6];
    for (const [index, age] of ages.entries())
      await ledger.retainCheckpoints(retained(`lineage-${String(index).padStart(2, '0')}`, START - age));
    const expired = await expiredCheckpoints({ ledger, clock }, 'churn');
    expect(expired.map(({ until }) => START - until)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  });
});

describe('checkpoints whose time is over', () => {
  const one = retained('one');
  async function kept() {
    const testPorts = ports();
    testPorts.objects.put(`${one.uri}epoch-1`, 'saved');
    await testPorts.ledger.retainCheckpoints(one);
    const objectsLeft = () => testPorts.objects.list(one.uri).length;
    const linesLeft = async () => (await testPorts.ledger.retainedCheckpoints('churn')).length;
    return { ...testPorts, objectsLeft, linesLeft };
  }

  it('are removed, and nobody looks for them again', async () => {
    const world = await kept();
    await cleanCheckpoints(world, one, LOOK);
    expect(world.objectsLeft()).toBe(0);
    expect(await world.linesLeft()).toBe(0);
    expect(await world.ledger.acquireLease('one', 'somebody')).toEqual({ kind: 'held' });
  });

  it('stay where a run has the lineage, which keeps its lease', async () => {
    const world = await kept();
    await world.ledger.acquireLease('one', 'a-run');
    await cleanCheckpoints(world, one, LOOK);
    expect(world.objectsLeft()).toBe(1);
    expect(await world.linesLeft()).toBe(1);
    expect(await world.ledger.acquireLease('one', 'somebody')).toMatchObject({ kind: 'taken' });
  });

  it('go all the same where a look that has been broken off still has the lineage', async () => {
    const world = await kept();
    await world.ledger.acquireLease('one', cleanerName('look-0', START - 3_600));
    await cleanCheckpoints(world, one, LOOK);
    expect(world.objectsLeft()).toBe(0);
    expect(await world.ledger.acquireLease('one', 'somebody')).toEqual({ kind: 'held' });
  });

  it('stay where another look was quicker to take over from one that has been broken off', async () => {
    const world = await kept();
    const holders = [cleanerName('look-0', START - 3_600), cleanerName('look-2', START)];
    const acquireLease = async () => ({ kind: 'taken', holderRunId: holders.shift() ?? '' }) as const;
    Object.assign(world.ledger, { acquireLease });
    await cleanCheckpoints(world, one, LOOK);
    expect(holders).toEqual([]);
    expect(world.objectsLeft()).toBe(1);
  });

  it('stay where another look is just removing them', async () => {
    const world = await kept();
    await world.ledger.acquireLease('one', cleanerName('look-2', START));
    await cleanCheckpoints(world, one, LOOK);
    expect(await world.linesLeft()).toBe(1);
    expect(await world.ledger.acquireLease('one', 'somebody')).toMatchObject({ kind: 'taken' });
  });

  it.each([
    ['another time', retained('one', START + 1)],
    ['been forgotten, while another has the same', retained('other', START)],
  ])('stay where the lineage has got %s since', async (_, standing) => {
    const world = await kept();
    await world.ledger.forgetCheckpoints(one);
    await world.ledger.retainCheckpoints(standing);
    await cleanCheckpoints(world, one, LOOK);
    expect(world.objectsLeft()).toBe(1);
    expect(await world.linesLeft()).toBe(1);
  });

  it('go where others stand beside them on the list', async () => {
    const world = await kept();
    await world.ledger.retainCheckpoints(retained('other', START + 1));
    await cleanCheckpoints(world, one, LOOK);
    expect(world.objectsLeft()).toBe(0);
    expect(await world.linesLeft()).toBe(1);
  });

  it('are looked for again while S3 has some of them left', async () => {
    const world = await kept();
    await cleanCheckpoints({ ...world, objects: { deleteUnder: async () => 'more' } }, one, LOOK);
    expect(await world.linesLeft()).toBe(1);
    expect(await world.ledger.acquireLease('one', 'somebody')).toEqual({ kind: 'held' });
  });

  it('give the lease back where S3 refuses', async () => {
    const world = await kept();
    world.objects.failUntil(START + 1);
    await expect(cleanCheckpoints(world, one, LOOK)).rejects.toThrow('Slow Down');
    expect(await world.linesLeft()).toBe(1);
    expect(await world.ledger.acquireLease('one', 'somebody')).toEqual({ kind: 'held' });
  });
});
