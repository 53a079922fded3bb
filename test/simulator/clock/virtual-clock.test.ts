import { describe, expect, it } from '@jest/globals';
import { type Pacing, VirtualClock } from '../../../simulator/clock/virtual-clock.ts';

const newYear = Date.UTC(2026, 0, 1) / 1000;

describe('VirtualClock', () => {
  it('starts at the beginning of 2026 unless told otherwise', () => {
    expect(new VirtualClock().now()).toBe(newYear);
    expect(new VirtualClock({ startAt: 5 }).now()).toBe(5);
  });

  it('runs events by due time and then by insertion, each at exactly its due time', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(`${name}@${clock.now()}`);
    clock.at(20, note('late'));
    clock.at(10.25, note('first'));
    clock.at(10.25, note('second'));
    clock.after(1, note('early'));

    await clock.run();

    expect(seen).toEqual(['early@1', 'first@10.25', 'second@10.25', 'late@20']);
  });

  it('keeps the order of many events inserted in a scrambled order', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: number[] = [];
    for (let index = 0; index < 500; index++) clock.at((index * 7919) % 500, () => void seen.push(clock.now()));

    await clock.run();

    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });

  it('takes the past to mean now', async () => {
    const clock = new VirtualClock({ startAt: 100 });
    const seen: number[] = [];
    clock.at(3, () => void seen.push(clock.now()));

    await clock.run();

    expect(seen).toEqual([100]);
  });

  it('awaits a callback before it takes the next event', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: string[] = [];
    clock.at(1, async () => {
      seen.push('begin');
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      seen.push(`end@${clock.now()}`);
    });
    clock.at(2, () => void seen.push('next'));

    await clock.run();

    expect(seen).toEqual(['begin', 'end@1', 'next']);
  });

  it('runs what callbacks add, until nothing is left', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    let countdown = 3;
    const again = (): void => {
      if (--countdown > 0) clock.after(10, again);
    };
    clock.after(10, again);

    await clock.run();

    expect(clock.now()).toBe(30);
  });

  it('neither runs a cancelled timer nor moves time to it', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: string[] = [];
    const timer = clock.at(50, () => void seen.push('cancelled'));
    clock.at(10, () => timer.cancel());

    await clock.run();
    timer.cancel();

    expect({ seen, now: clock.now() }).toEqual({ seen: [], now: 10 });
  });

  it('stops at the given instant and goes on from there', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: number[] = [];
    for (const dueAt of [5, 10, 15]) clock.at(dueAt, () => void seen.push(dueAt));

    await clock.run({ until: 12 });
    const halfway = { seen: [...seen], now: clock.now() };
    await clock.run();

    expect(halfway).toEqual({ seen: [5, 10], now: 12 });
    expect(seen).toEqual([5, 10, 15]);
  });

  it('rejects with the error of a callback, and can run on', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: number[] = [];
    clock.at(1, () => Promise.reject(new Error('broken callback')));
    clock.at(2, () => void seen.push(2));

    await expect(clock.run()).rejects.toThrow('broken callback');
    await clock.run();

    expect(seen).toEqual([2]);
  });

  it('says so when something reschedules itself for ever', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const again = (): void => void clock.after(0, again);
    again();

    await expect(clock.run({ eventCountMax: 100 })).rejects.toThrow(/more than 100 events in one run, now at 1970/);
  });

  it('refuses to run inside its own callback, and refuses times that are none', async () => {
    const clock = new VirtualClock();
    clock.after(1, () => clock.run());

    await expect(clock.run()).rejects.toThrow(/already running/);
    expect(() => clock.at(Number.NaN, () => {})).toThrow(/dueAt must be a finite number of seconds, got NaN/);
  });

  it('does not return while a hold is open, and runs what is posted meanwhile at the present time', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: string[] = [];
    const release = clock.hold();
    clock.at(7, () => void seen.push('event'));
    setTimeout(() => {
      clock.post(() => void seen.push(`post@${clock.now()}`));
      release();
    }, 10);

    await clock.run();

    expect(seen).toEqual(['event', 'post@7']);
  });

  it('wakes for an event that arrives from outside while only a hold keeps it running', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: number[] = [];
    const release = clock.hold();
    setTimeout(() => {
      clock.after(3, () => void seen.push(clock.now()));
      release();
      release();
    }, 5);

    await clock.run();

    expect(seen).toEqual([3]);
  });
});

describe('VirtualClock with pacing', () => {
  const tenSecondsAMillisecond: Pacing = {
    wallMilliseconds: (from, to) => (to - from) / 10,
    virtualSeconds: (milliseconds) => milliseconds * 10,
  };

  it('waits on the wall before it moves', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const startedAt = performance.now();
    clock.at(500, () => {});

    await clock.run({ pacing: tenSecondsAMillisecond });

    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);
    expect(clock.now()).toBe(500);
  });

  it('moves with the wall when something is posted, but never beyond the next event', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: number[] = [];
    let waits = 0;
    // The first wait would last a minute; the post comes into it, when the wall has moved for 300 virtual seconds.
    const pacing: Pacing = {
      wallMilliseconds: () => {
        if (waits++ > 0) return 0;
        setImmediate(() => clock.post(() => void seen.push(clock.now())));
        return 60_000;
      },
      virtualSeconds: () => 300,
    };
    clock.at(100_000, () => {});

    await clock.run({ until: 1000, pacing });

    expect(seen).toEqual([300]);
    expect(clock.now()).toBe(1000);
  });

  it('caps the advance of a late post at the next due time', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const seen: number[] = [];
    const impatient: Pacing = { ...tenSecondsAMillisecond, virtualSeconds: () => 1e9 };
    clock.at(2000, () => void seen.push(clock.now()));
    setTimeout(() => clock.post(() => void seen.push(clock.now())), 5);

    await clock.run({ pacing: impatient });

    expect(seen).toEqual([2000, 2000]);
  });
});
