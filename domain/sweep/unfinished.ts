// What is not finished with a sweep: while its execution runs, and after it until somebody has made sure that its end was
// announced and its best model registered. One short list a pipeline, for the safety net.
import * as z from 'zod';
import { DAY_SECONDS } from '../time.ts';
import type { AcceptedSweep } from './sweep.ts';

export const UnfinishedSweep = z.object({
  pipeline: z.string(),
  sweepId: z.string(),
  executionArn: z.string(),
  acceptedAt: z.number(),
  /** When the execution stopped after which the sweep was closed in its place; a redriven one may stop again, later. */
  closedAfter: z.number().optional(),
  /** Announcements made in place of one that led to nothing. */
  repeatCount: z.int().min(0),
  repeatedAt: z.number().optional(),
});
export type UnfinishedSweep = z.infer<typeof UnfinishedSweep>;

export const unfinishedSweep = ({
  pipeline,
  sweepId,
  executionArn,
  acceptedAt,
}: Pick<AcceptedSweep, 'pipeline' | 'sweepId' | 'executionArn' | 'acceptedAt'>): UnfinishedSweep => ({
  pipeline,
  sweepId,
  executionArn,
  acceptedAt,
  repeatCount: 0,
});

/** An execution that broke can be redriven so long (https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html). */
export const REDRIVABLE_SECONDS = 14 * DAY_SECONDS;
