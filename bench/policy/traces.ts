// Real spot availability, where the project stands beside ../shared/data/spot-traces; the files may not be copied into it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { availabilityOfTicks, type Availability } from './availability.ts';

export interface Market {
  readonly id: string;
  /** Where it comes from; markets of one family have more in common than others. */
  readonly family: string;
  readonly lengthSeconds: number;
  readonly availability: Availability;
  /** Its share of the time with capacity. */
  readonly upShare: number;
}

const TRACE = z.object({
  metadata: z.object({
    id: z.string(),
    group: z.string(),
    gap_seconds: z.number().positive(),
    full: z.number().positive(),
  }),
  data: z.array(z.number()).min(1),
});

export function findTraceFolder(): string | undefined {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const place = join(folder, 'shared', 'data', 'spot-traces');
    if (existsSync(place)) return place;
    if (dirname(folder) === folder) return undefined;
  }
}

export function readTraces(folder: string): readonly Market[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted();
  return files.map((file) => {
    const { data, metadata } = TRACE.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    const served = data.map((value) => value >= metadata.full);
    return {
      id: metadata.id,
      family: metadata.group,
      lengthSeconds: data.length * metadata.gap_seconds,
      availability: availabilityOfTicks(served, metadata.gap_seconds),
      upShare: served.filter(Boolean).length / served.length,
    };
  });
}
