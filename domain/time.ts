// Instants are seconds since the Unix epoch and durations are seconds: the unit of every SageMaker limit.
// The domain never reads a clock; `now` is always an argument.

/** Seconds since the Unix epoch; fractions allowed. */
export type Instant = number;

export const MINUTE_SECONDS = 60;
export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 86_400;

/** "2026-03-01T08:00:00Z"; milliseconds only where there are any. */
export function formatInstant(instant: Instant): string {
  return new Date(Math.round(instant * 1_000)).toISOString().replace('.000Z', 'Z');
}

/** "1 d 3 h", "5 h 40 min", "12 min 5 s", "8 s": the two largest units, as people say it. */
export function formatDuration(seconds: number): string {
  if (Math.round(seconds) < 0) return `-${formatDuration(-seconds)}`;
  const whole = Math.round(seconds);
  if (whole >= DAY_SECONDS) return inTwoUnits(whole, DAY_SECONDS, 'd', HOUR_SECONDS, 'h');
  if (whole >= HOUR_SECONDS) return inTwoUnits(whole, HOUR_SECONDS, 'h', MINUTE_SECONDS, 'min');
  if (whole >= MINUTE_SECONDS) return inTwoUnits(whole, MINUTE_SECONDS, 'min', 1, 's');
  return `${whole} s`;
}

function inTwoUnits(whole: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:s|min|m|h|d)\s*)+$/;
const ISO_DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Reads "90m", "1h30m", "2d", "PT36H"; undefined when the text is neither form. */
export function parseDuration(text: string): number | undefined {
  const iso = ISO_DURATION.exec(text);
  if (iso && iso.slice(1).some((part) => part !== undefined)) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = iso.slice(1).map((part) => Number(part ?? 0));
    return days * DAY_SECONDS + hours * HOUR_SECONDS + minutes * MINUTE_SECONDS + seconds;
  }
  const trimmed = text.trim();
  if (!DURATION.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(s|min|m|h|d)/g)) {
    total += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN);
  }
  return total;
}

const ISO_INSTANT = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** Reads an ISO 8601 date-time that carries its offset; undefined otherwise (a time without an offset is ambiguous). */
export function parseInstant(text: string): Instant | undefined {
  const [, year, month, day] = ISO_INSTANT.exec(text) ?? [];
  // Date.parse moves 30 February to March; a deadline must not move.
  if (day === undefined || Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate())
    return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1_000;
}
