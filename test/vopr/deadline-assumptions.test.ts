import { expect, it } from '@jest/globals';
import { brokenAssumption, deadlineHolds } from '../../simulator/vopr/checkers/deadline-holds.ts';
import { endIn, nth, recordOf, runIn, spoilt, there, type Reason, type SpoiltRecord } from './reasons/spoiling.ts';

const drawnIn = (record: SpoiltRecord) => record.drawn;
const scriptIn = (record: SpoiltRecord) => record.drawn.script;
const acceptedIn = (record: SpoiltRecord) => runIn(record).history.run;

// A world that breaks one of these is owed no deadline. One that were found broken everywhere would hide each deadline missed.
const ASSUMPTIONS: readonly (readonly [string, Reason['spoil']])[] = [
  ['there is an On-Demand rung to fall back to', (record) => void acceptedIn(record).ladder.pop()],
  [
    'it does not share quotas and money with other trials',
    (record) => void (acceptedIn(record).sweep = { sweepId: 'vopr', round: 1, trial: 1 }),
  ],
  ['only capacity and events are at fault', (record) => void (drawnIn(record).mix = 'common')],
  ['no person stops it', (record) => void record.acts.push({ act: 'stop-job', at: 0, executionArn: '' })],
  ['no quota is short', (record) => void (drawnIn(record).quotas = { 'spot:ml.g5.xlarge': 1 })],
  ['no budget limits the attempts', (record) => void (acceptedIn(record).budgetUsd = 1_000)],
  ['the script does not fail', (record) => void (scriptIn(record).failsAfterWorkSeconds = 60)],
  ['the script saves', (record) => void (scriptIn(record).checkpointIntervalSeconds = 0)],
  ['the script saves', (record) => delete acceptedIn(record).checkpointUri],
  [
    'every On-Demand rung has capacity all the time',
    (record) => void (drawnIn(record).market = { 'on-demand:ml.g5.xlarge': [{ at: 600, available: false }] }),
  ],
  ['the work is no more than what was stated, and its padding', (record) => void (scriptIn(record).workSeconds *= 1.5)],
  ['no limit on the runtime is near', (record) => void (acceptedIn(record).maxRuntimeSeconds = 8_000)],
  ['machines start as fast as stated', (record) => void (drawnIn(record).startupSeconds = 3_600)],
  ['a checkpoint is restored as fast as stated', (record) => void (scriptIn(record).restoreSeconds = 3_600)],
  ['a job stops as fast as stated', (record) => void (scriptIn(record).stopSeconds = 3_600)],
  ['the script saves as often as stated', (record) => void (scriptIn(record).checkpointIntervalSeconds = 3_600)],
  ['the upload fits into half the margin', (record) => void (scriptIn(record).uploadSeconds = 3_600)],
  [
    'On-Demand, begun at once, would have been in time with its margin',
    (record) => {
      const run = acceptedIn(record);
      run.deadline = run.acceptedAt + 7_200;
    },
  ],
];

const missed = (record: SpoiltRecord): void => {
  endIn(record).endedAt = there(acceptedIn(record).deadline) + 1;
};

it('a deadline is owed where all is as the pipeline says', async () => {
  const record = spoilt(await recordOf('completed'), missed);
  expect(brokenAssumption(record, nth(record.runs, 0))).toBeUndefined();
  expect(deadlineHolds(record)).toHaveLength(1);
});

it.each(ASSUMPTIONS)('no deadline is owed unless %s', async (assumption, spoil) => {
  const record = spoilt(await recordOf('completed'), (copy) => {
    missed(copy);
    spoil(copy);
  });
  expect(brokenAssumption(record, nth(record.runs, 0))).toBe(assumption);
  expect(deadlineHolds(record)).toEqual([]);
});
