// How tables look in a terminal.

export function title(text: string): void {
  print(`\n${text}`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function row(name: string, cells: readonly string[], width: number): void {
  print(`  ${name.padEnd(36)} ${cells.map((cell) => cell.padStart(width)).join('')}`.trimEnd());
}

export function share(part: number, whole: number): string {
  return part === 0 ? `0 of ${whole}` : `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;
}

export function range([low, high]: readonly [number, number]): string {
  return `${low.toFixed(3)}–${high.toFixed(3)}`;
}

/** "+0.012 (+0.008 to +0.016)". */
export function signed(mean: number, [low, high]: readonly [number, number]): string {
  const sign = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
  return `${sign(mean)} (${sign(low)} to ${sign(high)})`;
}
