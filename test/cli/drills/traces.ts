// Builders: what an uninterrupted training and the containers of a drill were seen to do.
import { calmOf, type Calm } from '../../../cli/drills/calm.ts';
import { DRILLS, type Drill } from '../../../cli/drills/drills.ts';
import type { Trace } from '../../../cli/drills/trace.ts';
import type { Observed } from '../../../cli/drills/verdict.ts';

export const aTrace = (overrides: Partial<Trace> = {}): Trace => ({
  number: 1,
  instanceType: 'ml.g5.xlarge',
  restored: { files: 0 },
  seconds: 10,
  firstSaveSeconds: 1,
  saves: 10,
  steps: [],
  progress: [],
  largestFileBytes: 4_000,
  exit: { exitCode: 0, killed: false },
  lastLines: [],
  ...overrides,
});

export const epochs = (...values: readonly number[]): Trace['steps'] =>
  values.map((value) => ({ unit: 'epoch', value }));

export const completed = (...values: readonly number[]): Trace['progress'] =>
  values.map((value) => ({ completed: value, total: 100 }));

export const drillNamed = (name: string): Drill => {
  const drill = DRILLS.find((one) => one.name === name);
  if (drill === undefined) throw new Error(`no drill ${name}`);
  return drill;
};

/** A log that counts ten epochs, and says from which it goes on. */
export const LOGGED: Calm = calmOf(aTrace({ steps: epochs(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) }));

export const anObservation = (overrides: Partial<Observed> = {}): Observed => ({
  drill: drillNamed('sigkill'),
  calm: LOGGED,
  traces: [
    aTrace({ saves: 5, steps: epochs(0, 1, 2, 3, 4, 5), exit: { exitCode: 137, killed: true } }),
    aTrace({ number: 2, saves: 6, restored: { files: 2 }, steps: epochs(4, 5, 6, 7, 8, 9, 10) }),
  ],
  held: true,
  timedOut: false,
  timeLimitSeconds: 60,
  model: 'there',
  comparison: { kind: 'identical', text: 'the same' },
  ...overrides,
});
