import { describe, expect, it } from '@jest/globals';
import { RunHistory, settledAttempts } from '../../domain/run-history.ts';
import { aHistory, anOutcome, aRun } from './support.ts';

describe('the history of a run', () => {
  const history = aHistory(aRun(), [{ outcome: anOutcome({ failure: 'Interruption' }) }, {}]);

  it('has settled the attempts whose outcome is known', () => {
    expect(settledAttempts(history).map(({ number }) => number)).toEqual([1]);
  });

  it('is read as it was written', () => {
    expect(RunHistory.parse(history)).toEqual(history);
  });

  it.each(['run', 'attempts', 'stopIntents'])('is none without its %s', (field) => {
    const { error } = RunHistory.safeParse({ ...history, [field]: undefined });
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([field]);
  });
});
