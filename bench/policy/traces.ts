// Real spot availability, where the project stands beside ../shared/data/spot-traces; the files may not be copied into it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SpotMarket } from '../../simulator/markets/synthetic.ts';
import { marketOfTrace, SpotTrace } from '../../simulator/markets/trace.ts';

export function findTraceFolder(): string | undefined {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const place = join(folder, 'shared', 'data', 'spot-traces');
    if (existsSync(place)) return place;
    if (dirname(folder) === folder) return undefined;
  }
}

export function readTraces(folder: string): readonly SpotMarket[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted();
  return files.map((file) =>
    marketOfTrace(SpotTrace.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))), basename(file, '.json')),
  );
}
