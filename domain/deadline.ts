// How a deadline is written: a duration from now, or an instant.
import type { Report } from './errors.ts';
import { DURATION_MAX_SECONDS } from './fields.ts';
import { formatInstant, parseDuration, parseInstant, type Instant } from './time.ts';

/** Undefined where the text is neither form; one that cannot be is reported. */
export function readDeadline(text: string, now: Instant, report: Report): Instant | undefined {
  const duration = parseDuration(text);
  const deadline = duration === undefined ? parseInstant(text) : now + duration;
  if (deadline === undefined) {
    report(
      'deadline',
      text,
      'must be a duration from now such as "36h", or a date and time with offset such as "2026-03-01T08:00:00Z"',
    );
    return undefined;
  }
  if (deadline > now + DURATION_MAX_SECONDS)
    report('deadline', text, 'must lie within 365 days: no execution of a state machine lasts longer');
  if (deadline <= now) report('deadline', text, `must lie in the future; it is ${formatInstant(now)} now`);
  return deadline;
}
