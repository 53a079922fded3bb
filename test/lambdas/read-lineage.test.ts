// What is found of the run that a request wants to go on from.
import { describe, expect, it } from '@jest/globals';
import { createAcceptRun } from '../../lambdas/accept-run/accept-run.ts';
import { createCloseRun } from '../../lambdas/close-run/close-run.ts';
import { readLineage } from '../../lambdas/read-lineage.ts';
import { aPipeline } from '../support/builders.ts';
import { acceptedRun, acceptInput, advance, ports, START } from './support.ts';

const pipeline = aPipeline();

/** Two runs of one lineage, the second resumed from the first, both ended, with a checkpoint in S3. */
async function aLineage() {
  const testPorts = ports();
  const close = (runId: string) =>
    createCloseRun(testPorts)({ runId, status: 'EXHAUSTED', code: 'BudgetUsedUp', reason: 'no money' });
  const first = await acceptedRun(testPorts);
  await close(first);
  const input = acceptInput({ resume: first }, pipeline, '2026-01-01T01:00:00Z');
  const { runId: second } = await createAcceptRun(testPorts)(input);
  await close(second);
  await advance(testPorts, 60);
  testPorts.objects.put(`s3://artifacts/churn/checkpoints/${first}/epoch-1`, 'saved');
  return { testPorts, first, second };
}

describe('the lineage that a request wants to go on from', () => {
  it('is the run it names, all runs of that lineage in their order, and what S3 holds of its checkpoints', async () => {
    const { testPorts, first, second } = await aLineage();
    const lineage = await readLineage(testPorts, { resume: second }, pipeline);
    expect(lineage?.resumed.run.runId).toBe(second);
    expect(lineage?.runs.map(({ run }) => run.runId)).toEqual([first, second]);
    expect(lineage?.checkpoint).toEqual({ newestAt: START + 60 });
  });

  it('has no run whose retention is over', async () => {
    const { testPorts, first, second } = await aLineage();
    const { ledger } = testPorts;
    const readRun = ledger.readRun.bind(ledger);
    ledger.readRun = async (runId) => (runId === first ? undefined : readRun(runId));
    const lineage = await readLineage(testPorts, { resume: second }, pipeline);
    expect(lineage?.runs.map(({ run }) => run.runId)).toEqual([second]);
  });

  it('has no checkpoints where the pipeline keeps none', async () => {
    const { testPorts, second } = await aLineage();
    const { checkpointUri: _, ...job } = pipeline.job;
    expect(await readLineage(testPorts, { resume: second }, { ...pipeline, job })).toMatchObject({ checkpoint: {} });
  });

  it.each<[string, unknown]>([
    ['names no run', {}],
    ['names one that nobody knows', { resume: 'churn--ffffffffff' }],
    ['is none', { resume: 5 }],
    ['is nothing', undefined],
  ])('is none where the request %s', async (_, request) => {
    const { testPorts } = await aLineage();
    expect(await readLineage(testPorts, request, pipeline)).toBeUndefined();
  });

  it('is not looked for where the request names no run', async () => {
    const testPorts = ports();
    testPorts.ledger.readRun = () => Promise.reject(new Error('nobody has asked for it'));
    expect(await readLineage(testPorts, {}, pipeline)).toBeUndefined();
  });
});
