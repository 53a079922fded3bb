// Instants as Step Functions reads and writes them.

// Java's ISO-8601 extended offset format, which is what the service parses with: an offset is required, seconds are not.
const pattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}(?::\d{2})?)$/;

export function isTimestamp(text: string): boolean {
  return epochSeconds(text) !== undefined;
}

/** Fractions count to the millisecond; undefined when the text is no timestamp. */
export function epochSeconds(text: string): number | undefined {
  const [, dateTime, fraction = '', offset] = pattern.exec(text) ?? [];
  if (dateTime === undefined || offset === undefined) return undefined;
  const milliseconds = Date.parse(`${dateTime}${fraction.slice(0, 4)}${offset}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

export function isoTimestamp(epochSeconds: number): string {
  return new Date(Math.round(epochSeconds * 1000)).toISOString();
}
