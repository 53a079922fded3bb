// Successive halving: many trials with little training, the best of them with more, and so on. A survivor goes on from its
// own checkpoint, so a round costs only what it adds (https://arxiv.org/abs/1502.07943).
import * as z from 'zod';

export const Halving = z
  .strictObject({
    /** Says how long the script trains: epochs, steps. It must count from the very beginning, not from the checkpoint. */
    hyperParameter: z.string().min(1).max(256),
    minimum: z.int().min(1),
    maximum: z.int().min(1),
    /** Of `factor` trials one goes on, with `factor` times the training. */
    factor: z.number().min(1.5).max(10).default(3),
  })
  .superRefine(({ minimum, maximum }, context) => {
    if (maximum <= minimum)
      context.addIssue({ code: 'custom', path: ['maximum'], message: `must be more than minimum (${minimum})` });
  });
export type Halving = z.infer<typeof Halving>;

export interface Round {
  /** From 1. */
  readonly number: number;
  readonly resource: number;
  readonly trials: number;
}

/** Without halving: one round of all trials. The last round always has the maximum. */
export function rounds(trials: number, halving: Halving | undefined): readonly Round[] {
  if (halving === undefined) return [{ number: 1, resource: 0, trials }];
  const { minimum, maximum, factor } = halving;
  const plan: Round[] = [];
  for (let resource = minimum, left = trials; ; resource *= factor) {
    // A round that adds less than a tenth to the one before would only cost a start.
    const last = resource * 1.1 >= maximum || left === 1;
    plan.push({ number: plan.length + 1, resource: last ? maximum : Math.round(resource), trials: left });
    if (last) return plan;
    left = Math.max(1, Math.floor(left / factor));
  }
}
