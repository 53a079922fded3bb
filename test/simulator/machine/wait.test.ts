import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../simulator/machine/index.ts';
import { machineOf, run, secondsOf } from './run-machine.ts';

const waiting = (until: object, input: Json = {}) =>
  run(machineOf({ Rest: { Type: 'Wait', ...until, End: true } }), { input });

describe('Wait', () => {
  it.each([
    ['seconds', { Seconds: 90 }, 90],
    ['zero seconds', { Seconds: 0 }, 0],
    ['seconds of an expression', { Seconds: '{% $states.input.n * 60 %}' }, 120],
    ['an instant', { Timestamp: '2026-01-01T01:00:00Z' }, 3600],
    ['an instant with an offset', { Timestamp: '2026-01-01T02:00:00.5+01:00' }, 3600.5],
    ['an instant with nanoseconds, to the millisecond', { Timestamp: '{% "2026-01-01T00:00:01.123456789Z" %}' }, 1.123],
    ['an instant in the past', { Timestamp: '1999-01-01T00:00:00Z' }, 0],
  ])('waits for %s', async (_case, until, seconds) => {
    const execution = await waiting(until, { n: 2 });

    expect(secondsOf(execution, 'WaitStateExited')).toEqual([expect.closeTo(seconds, 5)]);
    expect(execution.output).toEqual({ n: 2 });
  });

  it.each([
    ['a fraction', { Seconds: '{% 1.5 %}' }, /must be a non-negative integer, but was: 1.5/],
    ['a negative number', { Seconds: '{% -1 %}' }, /must be a non-negative integer, but was: -1/],
    ['text for seconds', { Seconds: "{% '5' %}" }, /Expected 'number', but was 'string' for value: "5"/],
    [
      'a timestamp without offset',
      { Timestamp: "{% '2026-01-01T00:00:00' %}" },
      /ISO-8601 extended offset date-time format string: 2026-01-01T00:00:00$/,
    ],
    ['a day that does not exist', { Timestamp: "{% '2026-13-01T00:00:00Z' %}" }, /ISO-8601/],
  ])('fails on %s', async (_case, until, cause) => {
    expect(await waiting(until)).toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringMatching(cause),
    });
  });

  it('refuses more than 24855 days', async () => {
    const far = await waiting({ Timestamp: '2095-01-01T00:00:00Z' });

    expect(far).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: 'Wait state delay is too long' });
  });
});
