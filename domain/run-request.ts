// What a person, a schedule or an upload asks for: `{}` is a whole request, everything else is an override. A request
// chooses data, hyperparameters, time and rungs of the pipeline's own list; it cannot bring a role, an image or a bucket.
import type * as z from 'zod';
import { RunId } from './naming.ts';
import { RunTerms } from './run-terms.ts';
import { SweepTrial, Trigger } from './run.ts';

export const RunRequest = RunTerms.extend({
  /** The run to go on from; what the request does not state is as it was there (resume.ts). */
  resume: RunId.optional(),
  trigger: Trigger.optional(),
  /** Set by a sweep for its own trials, and checked against the ledger: it gives a run the trial's checkpoints. */
  sweep: SweepTrial.optional(),
});
export type RunRequest = z.infer<typeof RunRequest>;

/** Those that people set. */
export const REQUEST_FIELDS = Object.keys(RunRequest.shape).filter((name) => name !== 'sweep');
