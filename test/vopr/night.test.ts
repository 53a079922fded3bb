// The script that plays drawn worlds: what it prints, and how it ends.
import { describe, expect, it } from '@jest/globals';
import { Tally } from '../../scripts/vopr/tally.ts';
import type { WorldRecord } from '../../simulator/vopr/world-record.ts';
import { runScript } from '../cli/spotrelay.ts';

const vopr = (...args: string[]) => runScript('scripts/vopr.ts', args);

describe('a night of drawn worlds', () => {
  it('says how many were played, how fast, and how their runs ended', async () => {
    const { code, stdout } = await vopr('--worlds', '5', '--from', '40');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^5 worlds from seed 40 in \S+ s, \S+ s of a core: \d+ worlds\/s\/core, \d+ transitions\/s\/core, \d+ events\/s\/core; \d+ jobs$/m,
    );
    expect(stdout).toMatch(/^\w+: \d+ worlds\/s\/core/m);
    expect(stdout).toMatch(/^\d+ SUCCEEDED Completed/m);
  });

  it('shows one world in whole, the same way each time', async () => {
    const shown = async (): Promise<readonly string[]> => {
      const { stdout } = await vopr('--seed', '4711', '--verbose');
      // All but the measured lines.
      return stdout.split('\n').filter((line) => !line.includes('worlds/s/core'));
    };
    const once = await shown();
    expect(once[0]).toBe('seed 4711, drawn:');
    expect(once.length).toBeGreaterThan(20);
    expect(await shown()).toEqual(once);
  });

  it('that is broken off says what it came to so far', async () => {
    const { code, stdout } = await runScript('scripts/vopr.ts', ['--minutes', '5', '--verbose'], {
      signalAfter: { text: 'seed 3, drawn:', signal: 'SIGINT' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ worlds from seed 1 in /m);
  });

  it.each([
    [['--worlds', 'abc'], '--worlds takes a number from 0 on, got abc: write for example --worlds 100'],
    [['--minutes', ''], '--minutes takes a number from 0 on, got : write for example --minutes 100'],
    [['--seed', '-1'], '--seed'],
    [['--sead', '1'], "Unknown option '--sead'"],
  ])('refuses %j in words', async (args, words) => {
    const { code, stdout, stderr } = await vopr(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^vopr: /);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at ');
  });
});

describe('the tally of a night', () => {
  const record = (code: string, transitions: number): WorldRecord =>
    ({
      jobs: [{}, {}],
      runs: [{ history: { end: { status: 'FAILED', code } } }, { history: {} }],
      executions: [{ transitions, eventCount: 10 * transitions }],
    }) as unknown as WorldRecord;

  it('gives rates of the time that each mix took, and of the whole', () => {
    const tally = new Tally();
    tally.add({ mix: 'wild' }, record('Quota', 100), 0.5);
    tally.add({ mix: 'calm' }, record('Access', 300), 0.25);
    tally.add({ mix: 'calm' }, record('Access', 200), 0.25);
    expect(tally.lines(7, 4, 2)).toEqual([
      '3 worlds from seed 7 in 4.0 s, 2.0 s of a core: 2 worlds/s/core, 300 transitions/s/core, 3000 events/s/core; 6 jobs',
      'calm: 4 worlds/s/core, wild: 2 worlds/s/core',
      '3 none , 2 FAILED Access, 1 FAILED Quota',
    ]);
  });

  it.each([
    [1, '1 world broke a promise'],
    [2, '2 worlds broke a promise'],
  ])('says of %d broken in the last line that they broke a promise', (broken, line) => {
    const tally = new Tally();
    tally.add({ mix: 'wild' }, record('Quota', 1), 1);
    tally.broken = broken;
    expect(tally.lines(1, 1, 1).at(-1)).toBe(line);
  });
});
