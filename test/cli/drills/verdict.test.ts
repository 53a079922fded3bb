import { describe, expect, it } from '@jest/globals';
import { adviceOn } from '../../../cli/drills/advice.ts';
import { calmOf } from '../../../cli/drills/calm.ts';
import { DRILLS } from '../../../cli/drills/drills.ts';
import { judge, type Observed } from '../../../cli/drills/verdict.ts';
import { anObservation, aTrace, completed, drillNamed, epochs, LOGGED } from './traces.ts';

const second = (trace: Parameters<typeof aTrace>[0]): Observed['traces'] => [
  aTrace({ saves: 5, steps: epochs(0, 1, 2, 3, 4, 5), progress: completed(10, 20, 30, 40, 50) }),
  aTrace({ number: 2, restored: { files: 2, progress: { completed: 50, total: 100 } }, ...trace }),
];

describe('a script that goes on from its checkpoint', () => {
  it('passes, with the step it went on from and what it had to do again', () => {
    expect(judge(anObservation())).toEqual({
      kind: 'resumed',
      outcome: 'passed',
      text: 'resumed at epoch 4 of 10, lost 1',
      resume: { unit: 'epoch', reached: 5, at: 4, lost: 1, total: 10, exact: true },
    });
  });

  it('is told by its progress file where its log names no steps', () => {
    const calm = calmOf(aTrace({ progress: completed(10, 20, 30, 40, 50, 60, 70, 80, 90, 100) }));
    const verdict = judge(anObservation({ calm, traces: second({ progress: completed(60, 70, 80, 90, 100) }) }));

    expect(verdict).toMatchObject({ outcome: 'passed', resume: { unit: 'progress', at: 50, reached: 50, lost: 0 } });
  });

  it('is told by how often it saved where it names no steps at all, and the text says about', () => {
    const verdict = judge(anObservation({ calm: calmOf(aTrace()), traces: second({ saves: 6 }) }));

    expect(verdict).toMatchObject({ outcome: 'passed', text: 'resumed at about save 4 of 10, lost about 1' });
  });

  it('passes although nothing tells where it went on', () => {
    const verdict = judge(anObservation({ traces: second({ steps: [] }) }));

    expect(verdict).toEqual({ kind: 'resumed', outcome: 'passed', text: 'resumed' });
  });
});

describe('a script that begins from zero', () => {
  it.each<readonly [string, Partial<Observed>]>([
    ['its log', { traces: second({ steps: epochs(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) }) }],
    [
      'its progress file',
      {
        calm: calmOf(aTrace({ progress: completed(10, 20, 100) })),
        traces: second({ progress: completed(10, 20, 100) }),
      },
    ],
    ['how often it saved', { calm: calmOf(aTrace()), traces: second({ saves: 10 }) }],
  ])('fails by %s', (_, seen) => {
    expect(judge(anObservation(seen))).toMatchObject({ kind: 'restarted-from-zero', outcome: 'failed' });
  });

  it('fails where the second of two restarts does so', () => {
    const traces = [...anObservation().traces, aTrace({ number: 3, restored: { files: 2 }, steps: epochs(0, 1, 2) })];

    expect(judge(anObservation({ drill: drillNamed('twice'), traces })).kind).toBe('restarted-from-zero');
  });

  it('passes where nothing had been saved', () => {
    const traces = [aTrace({ saves: 0 }), aTrace({ number: 2, steps: epochs(0, 1, 10) })];

    expect(judge(anObservation({ drill: drillNamed('before-first-save'), traces }))).toMatchObject({
      kind: 'started',
      outcome: 'passed',
    });
  });

  it('fails where it saves nothing at all', () => {
    const calm = calmOf(aTrace({ saves: 0, firstSaveSeconds: undefined }));
    const traces = [aTrace({ saves: 0 }), aTrace({ number: 2, saves: 0 })];

    expect(judge(anObservation({ calm, traces })).kind).toBe('restarted-from-zero');
  });
});

describe('a training that was complete', () => {
  const drill = drillNamed('after-completion');

  it('passes when nothing is trained again', () => {
    expect(judge(anObservation({ drill, traces: second({ steps: epochs(10) }) })).kind).toBe('finished');
  });

  it('fails when much of it is', () => {
    const verdict = judge(anObservation({ drill, traces: second({ steps: epochs(3, 4, 10) }) }));

    expect(verdict).toMatchObject({ kind: 'trained-again', text: expect.stringContaining('epoch 3 of 10') });
  });

  it('fails when it says it was done and leaves no model', () => {
    const verdict = judge(anObservation({ drill, model: 'missing', failure: 'left no model' }));

    expect(verdict).toMatchObject({ kind: 'no-model', outcome: 'failed' });
  });
});

describe('a script that cannot go on', () => {
  it('fails with its exit code and its last words', () => {
    const traces = second({ exit: { exitCode: 1, killed: false }, lastLines: ['EOFError: Ran out of input', ''] });

    expect(judge(anObservation({ traces, failure: 'AlgorithmError', model: 'missing' }))).toMatchObject({
      kind: 'failed-on-resume',
      text: 'container 2 failed with exit code 1: EOFError: Ran out of input',
    });
  });

  it('fails by itself when it did so before it was interrupted', () => {
    const traces = [aTrace({ exit: { exitCode: 1, killed: false }, lastLines: ['no data'] })];

    expect(judge(anObservation({ traces, failure: 'AlgorithmError', model: 'missing' })).kind).toBe('failed');
  });

  it('is called hung when its time is up, whatever else is known', () => {
    const verdict = judge(anObservation({ timedOut: true, failure: 'exit code: 137', model: 'missing' }));

    expect(verdict).toMatchObject({ kind: 'hung', text: expect.stringContaining('still running after 60 s') });
  });
});

describe('a model', () => {
  it('that differs in its metrics fails', () => {
    const comparison = { kind: 'differs', text: 'accuracy is 0.5 instead of 0.9' } as const;

    expect(judge(anObservation({ comparison })).kind).toBe('model-differs');
  });

  it.each([
    [true, 'failed'],
    [false, 'passed'],
    [undefined, 'passed'],
  ] as const)('that differs in bytes, of a training that is repeatable (%s), %s', (repeatable, outcome) => {
    const comparison = { kind: 'not-compared', text: 'bytes differ' } as const;

    expect(judge(anObservation({ comparison, repeatable })).outcome).toBe(outcome);
  });
});

it('a drill whose moment never came is neither passed nor failed', () => {
  expect(judge(anObservation({ held: false }))).toMatchObject({
    kind: 'not-held',
    outcome: 'inconclusive',
    text: expect.stringContaining('saves 10 times'),
  });
});

it('every failure of every drill comes with advice, and no pass does', () => {
  const failed = anObservation({ traces: second({ steps: epochs(0, 1) }) });
  const kinds = [
    'restarted-from-zero',
    'trained-again',
    'failed-on-resume',
    'failed',
    'model-differs',
    'no-model',
    'hung',
  ];
  for (const drill of DRILLS) {
    for (const kind of kinds as ReturnType<typeof judge>['kind'][])
      expect(adviceOn(drill, { ...judge(failed), kind }, LOGGED)).toMatch(/[a-z]{3}/);
    expect(adviceOn(drill, judge(anObservation()), LOGGED)).toBeUndefined();
  }
});

it('a script that saves nothing is told to save, whichever drill it fails', () => {
  const verdict = judge(anObservation({ traces: second({ steps: epochs(0, 1) }) }));

  expect(adviceOn(drillNamed('other-instance'), verdict, { ...LOGGED, saves: 0 })).toContain('save every few minutes');
});
