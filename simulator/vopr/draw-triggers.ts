// Uploads and schedules that start runs beside those started by hand: one by one or in bursts, whatever the bus then makes of
// their events.
import type { RunRequest } from '../../domain/run-request.ts';
import { HOUR_SECONDS, MINUTE_SECONDS } from '../../domain/time.ts';
import type { OverlapPolicy } from '../../domain/triggers.ts';
import type { Chance } from './chance.ts';
import type { DrawnTriggers } from './drawn-world.ts';

const UPLOADS_MAX = 5;
const TIMES_MAX = 4;
const POLICIES = ['allow', 'skip', 'queue'] as const satisfies readonly OverlapPolicy[];

export function drawTriggers(draw: Chance, healsAt: number): DrawnTriggers | undefined {
  if (!draw.odds(0.12)) return undefined;
  const overlap = draw.oneOf(POLICIES);
  const quietSeconds = draw.odds(0.4) ? draw.whole(1, 60) * MINUTE_SECONDS : undefined;
  const from = draw.whole(0, healsAt - 1);
  // A burst is over in minutes; otherwise they come while runs are going on.
  const spread = draw.odds(0.4) ? 5 * MINUTE_SECONDS : 6 * HOUR_SECONDS;
  const uploads = Array.from({ length: draw.whole(1, UPLOADS_MAX) }, (_, index) => ({
    at: from + draw.whole(0, spread),
    key: `vopr/uploads/part-${index + 1}.csv`,
  }));
  return { overlap, ...(quietSeconds === undefined ? {} : { quietSeconds }), uploads };
}

/** A few times, often enough that a run is still going on when the next is due. */
export function withSchedule(
  draw: Chance,
  triggers: DrawnTriggers | undefined,
  request: RunRequest,
): DrawnTriggers | undefined {
  if (!draw.odds(0.06)) return triggers;
  const everySeconds = draw.whole(20, 300) * MINUTE_SECONDS;
  const schedule = { name: 'vopr-cron', everySeconds, times: draw.whole(1, TIMES_MAX), request };
  return { overlap: draw.oneOf(POLICIES), uploads: [], ...triggers, schedule };
}
