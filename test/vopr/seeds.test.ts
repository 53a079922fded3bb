import { describe, expect, it } from '@jest/globals';
import { check } from '../../simulator/vopr/checkers/index.ts';
import { drawWorld } from '../../simulator/vopr/draw.ts';
import { play } from '../../simulator/vopr/play.ts';
import { describeViolations, writtenHistory } from '../../simulator/vopr/report.ts';

async function brokenBy(seed: number): Promise<string> {
  const { record } = await play(drawWorld(seed));
  const violations = check(record);
  return violations.length === 0 ? '' : describeViolations(record, violations);
}

describe('the worlds of fixed seeds', () => {
  // A sample; `npm run vopr` plays as many as there is time for.
  const SEEDS = 1_000;
  const SHARES = 10;

  it.each(Array.from({ length: SHARES }, (_, index) => 1 + (index * SEEDS) / SHARES))(
    'keep every promise, from seed %i on',
    async (first) => {
      const broken: string[] = [];
      for (let seed = first; seed < first + SEEDS / SHARES; seed += 1) broken.push(await brokenBy(seed));
      expect(broken.filter((text) => text !== '')).toEqual([]);
    },
    60_000,
  );
});

describe('a seed that once failed taught that', () => {
  it.each([
    [769, 'a canary whose creation lost its reply exists all the same: only a refusal that is certain settles it'],
    [1_646, 'so does one that is sent a minute before its attempt completes'],
    [100_351, 'and one whose function was told that the call did not come through, when it had'],
    [
      1_519,
      'what is left of maxRuntime may be too little for the download: 200 attempts then trained nothing, and were billed',
    ],
    [100_284, 'the same without a deadline'],
    [
      603_546,
      'the end of a job that nobody is attached to was noticed hours later, and a stop by a person then taken for ours',
    ],
    [1_977, 'a registration may use up its retries, and then it is the safety net that mends it'],
    [301_987, 'machines that start more slowly than the pipeline says were given up, one after the other, for days'],
    [
      717,
      'work whose checkpoints were removed counted as done again once a later run of the lineage had left one of its own',
    ],
    [
      1_969,
      'who removed checkpoints forgot them before the lease was back: killed in between, nobody could resume the lineage ever',
    ],
    [
      2_380,
      'how long checkpoints are kept was noted after the end, with which their lease is free: in that second they were removed',
    ],
    [
      1_238,
      'an execution that is redriven after its run was closed planned further attempts, on checkpoints that were free for others',
    ],
    [3_544, 'and one that was stopped at the door announced its run, which had ended, as refused'],
    [
      201_657,
      'a failed task without a cause has null there: InspectAttempt refused it and broke the run, the sweep cut it with an expression that failed',
    ],
    [
      498,
      'a sweep that was stopped ended again, at another instant, each time the function that closes it was repeated',
    ],
    [2_445, 'of two calls that close a stopped sweep side by side, each wrote an end of its own, and announced it'],
    [
      11_439,
      'a job that an aborted execution failed to stop outlives its stopped sweep until a late event has its run closed',
    ],
    [
      14_743,
      'a trial whose name was replaced for its redriven sweep tried the old one for ever where that reply was lost',
    ],
    [
      27_564,
      'where an On-Demand rung that had been dry stood before a spot rung that had been, no trial ever probed either',
    ],
    [
      12_014_138,
      'a trial that nobody could admit while the ledger was away failed its place in the map, and the sweep ended without it and without a word',
    ],
    [700_327, 'a trial that a failing function could not settle kept its place, and the others waited for it in vain'],
    [
      3_341,
      'an upload that broke after it had opened a batch, and came again once that was closed, opened another of the same name: what joined it was never read',
    ],
    [
      9_008_602,
      'a trigger that had its turn, and got no further, started hours later beside a run that somebody had started since',
    ],
    [38_386, 'a job that a person was stopping while its execution reached its time limit was taken for stopped by us'],
    [100_430, 'a simulated container that leaves at once must find that its instance is being taken back'],
  ])(
    'seed %i: %s',
    async (seed) => {
      expect(await brokenBy(seed)).toBe('');
    },
    60_000,
  );
});

it('the same seed gives the same histories, byte for byte', async () => {
  for (const seed of [11, 100_351, 200_003]) {
    const [one, other] = [await play(drawWorld(seed)), await play(drawWorld(seed))];
    expect(writtenHistory(one.world)).toBe(writtenHistory(other.world));
    expect(JSON.stringify(one.record)).toBe(JSON.stringify(other.record));
  }
});
