// npm run policy:stdio: the capacity policy, judged from outside. One JSON object per line on stdin, the judge first, and
// one per line on stdout; nothing else is ever printed there. A line that cannot be read is answered on stderr, the rest
// go on, and the exit code says so in the end: 0, or 2 where there was such a line.
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { advise } from '../domain/policy.ts';
import type { Observation, PolicyConfig } from '../domain/policy/observation.ts';
import { NOTHING_SEEN, type Sightings } from '../domain/policy/sightings.ts';

const ID = z.union([z.string(), z.number()]);
const SECONDS = z.number().nonnegative();

const CONFIG = z.object({
  id: ID,
  spotPriceRatio: z.number().positive(),
  startupSeconds: SECONDS,
  restoreSeconds: SECONDS,
  stopSeconds: SECONDS,
  checkpointIntervalSeconds: SECONDS,
  /** Negative: timers only, at least that far apart. */
  eventLatencySeconds: z.number(),
  pollSeconds: z.number().positive(),
  marginSeconds: SECONDS,
});

const EVENT = z.tuple([
  z.number(),
  z.enum(['spot_running', 'spot_interrupted', 'spot_stopped', 'on_demand_running', 'on_demand_stopped']),
  z.number().nullish(),
  z.number().nullish(),
]);

const REQUEST = z.object({
  id: ID,
  config: ID,
  reason: z.enum(['start', 'timer', 'event']),
  now: z.number(),
  deadline: z.number(),
  remainingWorkSeconds: SECONDS,
  unsavedWorkSeconds: SECONDS,
  spot: z.enum(['none', 'pending', 'running']),
  spotSince: z.number().nullish(),
  onDemand: z.enum(['none', 'starting', 'running']),
  trainer: z.enum(['none', 'spot', 'on_demand']),
  phase: z.enum(['none', 'restoring', 'training', 'stopping']),
  phaseSince: z.number().nullish(),
  events: z.array(EVENT).default([]),
});

const MESSAGE = z.discriminatedUnion('type', [
  z.object({ type: z.literal('init'), protocol: z.literal(1), configs: z.array(CONFIG) }),
  z.object({ type: z.literal('decide'), requests: z.array(REQUEST) }),
  z.object({ type: z.literal('close') }),
]);

type Message = z.infer<typeof MESSAGE>;
type Request = z.infer<typeof REQUEST>;

const configs = new Map<string | number, PolicyConfig>();
const sightingsById = new Map<string | number, Sightings>();

let lineNumber = 0;
for await (const line of createInterface({ input: process.stdin })) {
  lineNumber += 1;
  if (line.trim() === '') continue;
  try {
    const message = MESSAGE.parse(JSON.parse(line));
    const reply = answer(message);
    if (reply !== undefined) process.stdout.write(`${JSON.stringify(reply)}\n`);
    if (message.type === 'close') break;
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    process.stderr.write(`${JSON.stringify({ type: 'error', line: lineNumber, problem })}\n`);
    process.exitCode = 2;
  }
}

function answer(message: Message): object | undefined {
  switch (message.type) {
    case 'init':
      for (const config of message.configs) configs.set(config.id, config);
      return { type: 'ready', name: 'spotrelay slack reserve' };
    case 'decide': {
      // All of them are checked before the first is decided, so that a line is answered as a whole or leaves no trace.
      const asked = message.requests.map((request) => [request, configOf(request)] as const);
      return { type: 'decisions', decisions: asked.map(([request, config]) => decide(request, config)) };
    }
    case 'close':
      return undefined;
  }
}

function configOf({ config, id }: Request): PolicyConfig {
  const found = configs.get(config);
  if (found === undefined) throw new RangeError(`request ${id} names the config ${config}, which init did not list`);
  return found;
}

function decide(request: Request, config: PolicyConfig): object {
  const { id, reason } = request;
  const before = reason === 'start' ? NOTHING_SEEN : (sightingsById.get(id) ?? NOTHING_SEEN);
  const { action, wakeAfterSeconds, sightings } = advise(observationOf(request, config), before, config);
  sightingsById.set(id, sightings);
  return { id, action, wakeAfterSeconds };
}

function observationOf(request: Request, { startupSeconds }: PolicyConfig): Observation {
  const { events, spotSince, phaseSince, ...rest } = request;
  return {
    ...rest,
    spotSince: spotSince ?? request.now,
    phaseSince: phaseSince ?? request.now,
    // A start of which nobody knows when it queued is taken to have found capacity just then.
    events: events.map(([at, kind, pool, queuedSince]) => ({
      at,
      kind,
      pool: pool ?? 0,
      queuedSince: queuedSince ?? at - startupSeconds,
    })),
  };
}
