import { describe, expect, it } from '@jest/globals';
import { Progress } from '../../../cli/text/progress.ts';

function progressOn(isTTY: boolean) {
  const written: string[] = [];
  let moment = 0;
  const stream = { isTTY, write: (text: string) => written.push(text) };
  const progress = new Progress({ label: 'simulating', total: 10, stream, now: () => moment });
  const advanceAt = (milliseconds: number): void => {
    moment = milliseconds;
    progress.advance();
  };
  return { written, advanceAt, end: () => progress.end() };
}

describe('progress', () => {
  it('shows up after two seconds, and wipes its line at the end', () => {
    const { written, advanceAt, end } = progressOn(true);
    advanceAt(1_000);
    advanceAt(2_500);
    end();

    expect(written).toEqual(['\r\u001B[2Ksimulating: 2 of 10, about 10 s left', '\r\u001B[2K']);
  });

  it('says nothing where nobody looks', () => {
    const { written, advanceAt, end } = progressOn(false);
    advanceAt(5_000);
    end();

    expect(written).toEqual([]);
  });
});
