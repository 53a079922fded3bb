// What goes wrong, and how often: in a calm world only what no promise excludes, in others a few things or many at once.
import { HOUR_SECONDS, MINUTE_SECONDS } from '../../domain/time.ts';
import type { CreateFault } from '../services/sagemaker-errors.ts';
import { chance, type Chance } from './chance.ts';
import type { DrawnFaults, FaultMix, Outage, PersonalAct } from './drawn-world.ts';

export interface FaultFrame {
  readonly runCount: number;
  readonly healsAt: number;
}

const FUNCTIONS = [
  'AcceptRun',
  'PlanAttempt',
  'InspectAttempt',
  'ReviewAttempt',
  'AwaitNews',
  'WakeWatch',
  'CloseRun',
  'PrepareRegistration',
  'RecordRegistration',
] as const;

/** The watch allows for clocks that differ by five seconds (domain/watch.ts); no two of ours differ by more. */
const SKEW_MAX_SECONDS = 2.5;

export function drawFaults(seed: number, mix: FaultMix, { runCount, healsAt }: FaultFrame): DrawnFaults {
  const stream = (purpose: string): Chance => chance(seed, 'faults', purpose);
  const some = mix === 'wild' ? 0.6 : 0.22;
  const share = (purpose: string, max: number): number => {
    const draw = stream(purpose);
    return mix !== 'calm' && draw.odds(some) ? Number(draw.between(0, max).toFixed(3)) : 0;
  };
  const rarely = (purpose: string, odds: number): boolean => mix !== 'calm' && stream(purpose).odds(odds);
  const events = stream('events');
  const times = stream('times');
  return {
    createFaults: mix === 'calm' ? {} : drawCreateFaults(stream('create'), some),
    crashBefore: share('crash before', 0.3),
    crashAfter: share('crash after', 0.3),
    functionTimeout: share('time-out', 0.1),
    portFailure: share('port failure', 0.1),
    slowPort: share('slow port', 0.3),
    slowPortSecondsMax: times.oneOf([2, 10, 40]),
    staleDescribe: share('stale describe', 0.5),
    staleSecondsMax: times.oneOf([2, 10, 30]),
    unknownStatus: share('unknown status', 1),
    causeCut: share('cause', 1),
    outages: mix === 'calm' ? [] : drawOutages(stream('outages'), some, healsAt),
    // No event of SageMaker's is counted on, not even where every promise is to be kept.
    eventLost: events.odds(0.3) ? events.oneOf([0.2, 0.6, 1]) : 0,
    otherEventLost: share('other events', 0.6),
    eventRepeated: events.odds(0.3) ? events.between(0, 0.5) : 0,
    eventDelayed: events.odds(0.3) ? events.between(0, 0.7) : 0,
    eventDelaySecondsMax: events.oneOf([30, 300, 1_200]),
    putEventsFailure: share('put events', 0.3),
    registrationConflict: share('registration', 0.4),
    redrivesRegistrations: rarely('redriven registrations', 0.3),
    checkpointLagSeconds: rarely('checkpoint lag', 0.15) ? times.whole(5, 300) : 0,
    ...(rarely('deleted', 0.04) ? { checkpointsDeletedAt: times.whole(60, healsAt) } : {}),
    abortDoesNotStop: share('abort', 1),
    clockSkewSeconds: rarely('skew', 0.25) ? drawSkew(stream('skews')) : {},
    ...(rarely('execution time-out', 0.05) ? { executionTimeoutSeconds: times.whole(600, 6 * HOUR_SECONDS) } : {}),
    people: mix === 'calm' ? [] : drawPeople(stream('people'), runCount, healsAt),
  };
}

const CALLS_MAX = 12;

function drawCreateFaults(draw: Chance, some: number): Record<number, CreateFault> {
  if (!draw.odds(some)) return {};
  const often = draw.between(0.1, 0.6);
  const faults = Array.from({ length: CALLS_MAX }, (_, index) => [index + 1, drawCreateFault(draw)] as const);
  return Object.fromEntries(faults.filter(() => draw.odds(often)));
}

const drawCreateFault = (draw: Chance): CreateFault =>
  draw.odds(0.04)
    ? 'access-denied'
    : draw.oneOf([
        'throttled',
        'throttled',
        'quota',
        'capacity-error',
        'internal',
        'role-not-assumable',
        'lost-reply',
        'lost-reply',
        'lost-request',
      ]);

function drawOutages(draw: Chance, some: number, healsAt: number): readonly Outage[] {
  if (!draw.odds(some)) return [];
  return Array.from({ length: draw.whole(1, 3) }, () => {
    const from = draw.whole(0, healsAt - MINUTE_SECONDS);
    // Shorter than the retries of any state go on: what lasts longer breaks the execution, and is another world.
    const to = Math.min(healsAt, from + draw.whole(10, 15 * MINUTE_SECONDS));
    return { of: draw.oneOf(['describe', 'stop', 'create', 'objects', 'ledger']), from, to };
  });
}

const drawSkew = (draw: Chance): Record<string, number> =>
  Object.fromEntries(
    FUNCTIONS.map((name) => [name, Number(draw.between(-SKEW_MAX_SECONDS, SKEW_MAX_SECONDS).toFixed(1))]),
  );

function drawPeople(draw: Chance, runCount: number, healsAt: number): readonly PersonalAct[] {
  if (!draw.odds(0.3)) return [];
  return Array.from({ length: draw.odds(0.8) ? 1 : 2 }, () => ({
    act: draw.oneOf<PersonalAct['act']>(['stop-job', 'abort-execution']),
    at: draw.whole(5, draw.odds(0.5) ? healsAt : HOUR_SECONDS),
    run: draw.whole(0, runCount - 1),
  }));
}
