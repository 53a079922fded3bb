// Spot availability as it was measured, in the public format of github.com/skypilot-org/spot-traces: one number a tick,
// how many instances could be had.
import * as z from 'zod';
import { availabilityOfTicks } from './availability.ts';
import type { SpotMarket } from './synthetic.ts';

export const SpotTrace = z.object({
  metadata: z.object({
    gap_seconds: z.number().positive(),
    /** How many instances a job needs; the public files do not say. */
    full: z.number().positive().default(1),
    id: z.string().optional(),
    group: z.string().optional(),
  }),
  data: z.array(z.number()).min(1, 'holds no ticks'),
});
export type SpotTrace = z.infer<typeof SpotTrace>;

export function marketOfTrace({ metadata, data }: SpotTrace, name: string): SpotMarket {
  const served = data.map((value) => value >= metadata.full);
  return {
    id: metadata.id ?? name,
    family: metadata.group ?? name,
    lengthSeconds: data.length * metadata.gap_seconds,
    availability: availabilityOfTicks(served, metadata.gap_seconds),
    upShare: served.filter(Boolean).length / served.length,
  };
}
