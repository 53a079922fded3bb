// Colour where the terminal takes it; NO_COLOR and pipes get plain text.
import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

export const paint = (format: Format, text: string): string => styleText(format, text, { stream: process.stdout });

/** Pads by characters; our texts have no wide ones. */
export function columns(rows: readonly (readonly string[])[], alignRight: readonly number[] = []): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          alignRight.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
