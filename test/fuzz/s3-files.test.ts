// Files in S3 that others write: a training script its progress, Step Functions the results of a map.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { observeCheckpoint, PROGRESS_FILE } from '../../lambdas/observe-checkpoint.ts';
import { createAcceptSweep } from '../../lambdas/accept-sweep/accept-sweep.ts';
import { createSelectBest } from '../../lambdas/select-best/select-best.ts';
import { VirtualClock } from '../../simulator/clock/virtual-clock.ts';
import { SimObjects } from '../../simulator/services/sim-objects.ts';
import { EXECUTION_ARN, ports, START } from '../lambdas/support.ts';
import { aPipeline } from '../support/builders.ts';
import { aSweepRequest, aTrialResult } from '../support/sweeps.ts';
import { anyTrick, anyValue, hugeText, mostly, refusalOf } from './hostile.ts';

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(0, -0, -1, 1e308, 5e-324), fc.integer());
const written = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
/** A parser's depth cannot be written out again: as the text it came from. */
const DEEP_TEXTS = [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`];

describe('a progress file', () => {
  const PREFIX = 's3://artifacts/churn/checkpoints/l/';
  const anyProgress = mostly({
    completed: anyNumber,
    total: anyNumber,
    checkpoint: fc.oneof(fc.constantFrom('epoch-1', '../../other', '..', '/', '\0', 'a'.repeat(600)), anyTrick),
  });

  async function observed(text: string) {
    const clock = new VirtualClock();
    const objects = new SimObjects(clock);
    const looked: string[] = [];
    objects.put(`${PREFIX}epoch-1/weights`, 'w');
    objects.put('s3://artifacts/other/weights', 'not ours');
    objects.put(`${PREFIX}${PROGRESS_FILE}`, text);
    const newestUnder = objects.newestUnder.bind(objects);
    objects.newestUnder = (uri, except) => {
      looked.push(uri);
      return newestUnder(uri, except);
    };
    return { ...(await observeCheckpoint(objects, PREFIX)), looked };
  }

  it('says a share of the work, or nothing, and leads to no other place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyProgress, anyValue).map(written), async (text) => {
        const { fraction, newestAt, looked } = await observed(text);
        if (fraction !== undefined) expect(fraction >= 0 && fraction <= 1).toBe(true);
        expect(newestAt).toBe(START);
        expect(looked.every((uri) => uri.startsWith(PREFIX))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('may be as deep and as large as a script makes it', async () => {
    for (const text of [...DEEP_TEXTS, hugeText, `{"completed": 1, "total": 2, "x": ${DEEP_TEXTS[0]}}`])
      expect((await observed(text)).newestAt).toBe(START);
  });
});

describe('the results of a round', () => {
  const anyLine = fc.oneof(
    fc.constant(aTrialResult(1, 0.5)),
    mostly(Object.fromEntries(Object.entries(aTrialResult(1, 0.5)).map(([name, value]) => [name, fc.constant(value)]))),
    anyValue,
  );
  const anyManifest = mostly({
    DestinationBucket: fc.constant('artifacts'),
    ResultFiles: mostly({ SUCCEEDED: fc.array(mostly({ Key: fc.constantFrom('results.json', '../x', '', '\0') })) }),
  });

  async function selected(manifest: string, results: string) {
    const testPorts = ports();
    const execution = { arn: EXECUTION_ARN, name: 'one', startedAt: new Date(START * 1_000).toISOString() };
    const plan = await createAcceptSweep(testPorts)({ pipeline: aPipeline(), request: aSweepRequest(), execution });
    if (plan.next !== 'trials') throw new Error(plan.reason);
    testPorts.objects.put('s3://artifacts/manifest.json', manifest);
    testPorts.objects.put('s3://artifacts/results.json', results);
    const input = { sweepId: plan.sweepId, round: 1, manifest: { Bucket: 'artifacts', Key: 'manifest.json' } };
    return refusalOf(() => createSelectBest(testPorts)(input));
  }

  it('are judged, or refused in a sentence that names the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anyManifest, anyValue),
        fc.array(anyLine, { maxLength: 4 }),
        async (manifest, lines) => {
          const refusal = await selected(written(manifest), lines.map(written).join('\n'));
          if (refusal === undefined) return;
          expect(refusal.name).toBe('ResultsIncomplete');
          expect(refusal.message).toMatch(/^s3:\/\//);
          expect(refusal.message.length).toBeLessThan(2_000);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('may be as deep and as large as a parser takes', async () => {
    const manifest = '{"DestinationBucket": "artifacts", "ResultFiles": {"SUCCEEDED": [{"Key": "results.json"}]}}';
    for (const text of [...DEEP_TEXTS, hugeText]) {
      expect((await selected(text, ''))?.name).toBe('ResultsIncomplete');
      expect((await selected(manifest, text))?.name).toBe('ResultsIncomplete');
    }
    expect(await selected(manifest, JSON.stringify(aTrialResult(1, 0.5)))).toBeUndefined();
  });
});
