import { describe, expect, it } from '@jest/globals';
import { Acknowledgement, acknowledgementOf, GUARD_IDS } from '../../domain/acknowledgement.ts';

describe('Acknowledgement', () => {
  it.each([
    ...GUARD_IDS.map((id) => [id, true] as const),
    ['spot-without-checkpoint: twenty minutes of work, cheap to repeat: yes', true],
    [' spot-without-checkpoint : cheap', true],
    [`spot-without-checkpoint:${'x'.repeat(276)}`, true],
    [`spot-without-checkpoint:${'x'.repeat(277)}`, false],
    ['spot-without-checkpoints', false],
    ['cheap: spot-without-checkpoint', false],
    ['', false],
  ])('%j is one: %p', (text, valid) => {
    expect(Acknowledgement.safeParse(text).success).toBe(valid);
  });
});

describe('acknowledgementOf', () => {
  const given = ['built-in-without-checkpoint: lifted', 'spot-without-checkpoint: cheap', 'spot-without-checkpoint'];

  it('is the first that names the guard, with its reason', () => {
    expect(acknowledgementOf('spot-without-checkpoint', given)).toBe('spot-without-checkpoint: cheap');
    expect(acknowledgementOf('built-in-without-checkpoint', given)).toBe('built-in-without-checkpoint: lifted');
  });

  it('is absent where nobody gave one', () => {
    expect(acknowledgementOf('spot-without-checkpoint', given.slice(0, 1))).toBeUndefined();
    expect(acknowledgementOf('spot-without-checkpoint')).toBeUndefined();
  });
});
