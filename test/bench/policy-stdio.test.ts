import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { slackReserve } from '../../bench/policy/contestants.ts';
import { play } from '../../bench/policy/e2.ts';
import type { Request, WorldConfig } from '../../bench/policy/e2/terms.ts';
import { type Case, casesOf, settings } from '../../bench/policy/grid.ts';
import { syntheticMarkets } from '../../simulator/markets/synthetic.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/policy-stdio.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly replies: readonly unknown[];
  readonly problems: readonly unknown[];
}

/** Says all lines at once: what the policy remembers must not depend on when it reads them. */
async function converse(lines: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
  const read = async (stream: NodeJS.ReadableStream): Promise<unknown[]> => {
    const parsed: unknown[] = [];
    for await (const line of createInterface({ input: stream })) parsed.push(JSON.parse(line));
    return parsed;
  };
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const [replies, problems, code] = await Promise.all([read(child.stdout), read(child.stderr), ended]);
  return { code, replies, problems };
}

const said = (...messages: readonly object[]): string[] => messages.map((message) => JSON.stringify(message));

const initWith = (...configs: readonly (WorldConfig & { id: string })[]): object => ({
  type: 'init',
  protocol: 1,
  configs: configs.map((config) => ({ ...config, workErrorFraction: 0 })),
});

function onTheWire(id: number, config: string, { why, events, ...request }: Request): object {
  return {
    id,
    config,
    reason: why,
    ...request,
    events: events.map(({ at, kind, pool, queuedSince }) => [at, kind, pool, queuedSince]),
  };
}

const CONFIG = { id: 'ten', ...settings('10 min') };
const START = {
  why: 'start',
  now: 0,
  deadline: 129_600,
  totalWorkSeconds: 86_400,
  remainingWorkSeconds: 86_400,
} as const;
const NOTHING = {
  unsavedWorkSeconds: 0,
  spot: 'none',
  spotSince: 0,
  pool: 0,
  onDemand: 'none',
  trainer: 'none',
} as const;
const FRESH: Request = { ...START, ...NOTHING, phase: 'none', phaseSince: 0, events: [] };

describe('policy:stdio', () => {
  it('decides as the function does, over whole runs played in turns', async () => {
    const worlds = [CONFIG, { id: 'timers', ...settings('3 min', { eventLatencySeconds: -600 }) }];
    const runs = worlds.flatMap((config) => {
      const cases = casesOf(syntheticMarkets(3), 1, config).filter((_, index) => index % 8 === 0);
      return cases.map((played) => recorded(played, config));
    });
    const rounds = Math.max(...runs.map(({ looks }) => looks.length));
    const decides = Array.from({ length: rounds }, (_, round) => ({
      type: 'decide',
      requests: runs.flatMap(({ config, looks }, id) => {
        const look = looks[round];
        return look === undefined ? [] : [onTheWire(id, config, look.request)];
      }),
    }));
    const { code, problems, replies } = await converse(said(initWith(...worlds), ...decides, { type: 'close' }));
    expect({ code, problems }).toEqual({ code: 0, problems: [] });
    expect(replies[0]).toEqual({ type: 'ready', name: 'spotrelay slack reserve' });
    const expected = decides.map((_, round) => ({
      type: 'decisions',
      decisions: runs.flatMap(({ looks }, id) => {
        const look = looks[round];
        return look === undefined ? [] : [{ id, ...look.answer }];
      }),
    }));
    expect(replies.slice(1)).toEqual(expected);
    expect(runs.flatMap(({ looks }) => looks).length).toBeGreaterThan(1_000);
  });

  it('reads on after lines it cannot read, says so on stderr, and exits with 2', async () => {
    const fresh = { ...onTheWire(7, 'ten', FRESH) };
    const { code, problems, replies } = await converse([
      ...said(initWith(CONFIG)),
      'not JSON',
      ...said({ type: 'decide', requests: [{ ...fresh, spot: 'perhaps' }] }),
      ...said({ type: 'decide', requests: [{ ...fresh, config: 'eleven' }] }),
      '',
      ...said({ type: 'decide', requests: [fresh] }),
    ]);
    expect(code).toBe(2);
    expect(replies).toHaveLength(2);
    expect(replies[1]).toMatchObject({ type: 'decisions', decisions: [{ id: 7, action: 'SPOT' }] });
    expect(problems).toMatchObject([
      { type: 'error', line: 2 },
      { type: 'error', line: 3, problem: expect.stringContaining('spot') },
      { type: 'error', line: 4, problem: expect.stringContaining('eleven') },
    ]);
  });

  it('reads nothing after close', async () => {
    const { code, replies } = await converse(said(initWith(CONFIG), { type: 'close' }, initWith(CONFIG)));
    expect({ code, count: replies.length }).toEqual({ code: 0, count: 1 });
  });
});

interface Look {
  readonly request: Request;
  readonly answer: { readonly action: string; readonly wakeAfterSeconds: number };
}

/** Every request of one run, beside what the function answered. */
function recorded({ job, pools }: Case, config: WorldConfig & { id: string }): { config: string; looks: Look[] } {
  const looks: Look[] = [];
  const ours = slackReserve.start(config);
  play(
    (request) => {
      const { action, wakeAfterSeconds } = ours(request);
      looks.push({ request, answer: { action, wakeAfterSeconds } });
      return { action, wakeAfterSeconds };
    },
    job,
    config,
    pools,
  );
  return { config: config.id, looks };
}
