// Real wordings, each in every form in which the classifier could meet it (README.md). The corpus is the judge: where the
// two differ, a rule is missing, or the entry stands in the list below with the reason.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { explainText } from '../../cli/explain/explain.ts';
import { classifyJob, classifyTaskFailure } from '../../domain/classify.ts';
import { FailureClass, type JudgedFailure } from '../../domain/failure.ts';
import { aJob, aPipeline } from '../domain/support.ts';

const Described = z.object({
  TrainingJobStatus: z.string(),
  SecondaryStatus: z.string(),
  SecondaryStatusTransitions: z.array(z.object({ Status: z.string() })).default([]),
  BillableTimeInSeconds: z.number().default(0),
  TrainingStartTime: z.number().optional(),
});

const Entry = z.object({
  id: z.string().regex(/^[a-z0-9-]+$/),
  class: FailureClass,
  where: z.enum(['FailureReason', 'task', 'status', 'text']),
  text: z.string().optional(),
  /** Of the two rounds that were judged before any rule was changed for them. */
  round: z.int().min(1).max(2).optional(),
  failureReason: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  code: z.string().optional(),
  describe: Described.optional(),
  source: z.string().min(1),
  note: z.string().default(''),
  retryable: z.boolean(),
});
type Entry = z.infer<typeof Entry>;

const corpus = z.array(Entry).parse(JSON.parse(readFileSync(join(import.meta.dirname, 'failures.json'), 'utf8')));

/** A person reads further than a rule may: each entry here gets a class that its note declares as sensible too. */
const BEYOND_PREFIXES: Readonly<Record<string, FailureClass>> = {
  // S3's "AccessDenied" stands behind the name of the object. The advice speaks of it, the class cannot.
  'access-download-object-denied': 'Data',
  // The Python SDK refuses with the name of an error that scripts use as well.
  'config-pasted-either-image': 'Algorithm',
};

const REQUEST_ID = '00000000-0000-0000-0000-000000000000';

type Verdict = Pick<JudgedFailure, 'class' | 'retryable' | 'explanation' | 'advice' | 'evidence'>;

function verdictsOn(entry: Entry): readonly (Verdict | undefined)[] {
  switch (entry.where) {
    case 'FailureReason':
      return [classifyJob(aJob({ status: 'Failed', failureReason: entry.failureReason }), undefined, false)];
    case 'status':
      return [classifyJob(jobOf(entry), undefined, false)];
    case 'task':
      return taskForms(entry).map((task) => classifyTaskFailure(task));
    case 'text':
      return [pasted(entry)];
  }
}

/** As a person gives it to `spotrelay explain --text`. */
function pasted({ text = '' }: Entry): Verdict {
  const { class: name, ...explanation } = explainText(text, aPipeline());
  return { ...explanation, class: FailureClass.parse(name) };
}

function jobOf({ describe: described, failureReason }: Entry) {
  if (described === undefined) throw new Error('an entry told by its status has a description');
  const { TrainingJobStatus: status, SecondaryStatus: secondaryStatus } = described;
  // Describe gives a start to every job that was billed, though a report may leave it out.
  const started = described.BillableTimeInSeconds > 0 || described.TrainingStartTime !== undefined;
  const transitions = described.SecondaryStatusTransitions.map(({ Status }) => ({ status: Status, startedAt: 0 }));
  return aJob({ status, secondaryStatus, failureReason, transitions, ...(started ? { trainingStartedAt: 0 } : {}) });
}

/** As the two versions of the SDK close a message, and with the code as the error's name alone. */
function taskForms({ error, cause, code }: Entry): readonly { error?: string; cause?: string }[] {
  const given = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  if (error !== undefined || code === undefined) return [given];
  const httpStatus = /^5|^Internal|Unavailable/.test(code) ? 500 : 400;
  return [
    {
      error: 'SageMaker.AmazonSageMakerException',
      cause: `${cause} (Service: AmazonSageMaker; Status Code: ${httpStatus}; Error Code: ${code}; Request ID: ${REQUEST_ID}; Proxy: null)`,
    },
    {
      error: 'SageMaker.SageMakerException',
      cause: `${cause} (Service: SageMaker, Status Code: ${httpStatus}, Request ID: ${REQUEST_ID}) (SDK Attempt Count: 1)`,
    },
    { ...given, error: `SageMaker.${code.replace(/Exception$/, '')}Exception` },
    { ...given, error: code },
  ];
}

const borderline = ({ note }: Entry): readonly string[] =>
  (/Borderline \(([^)]*)\)/.exec(note)?.[1] ?? '').split(',').map((name) => name.trim());

describe('the corpus', () => {
  it('names every entry once', () => {
    expect(new Set(corpus.map(({ id }) => id)).size).toBe(corpus.length);
  });

  it.each(FailureClass.options)('holds at least five wordings of %s', (name) => {
    expect(corpus.filter((entry) => entry.class === name).length).toBeGreaterThanOrEqual(5);
  });

  it('holds the two rounds that were judged before the rules were changed for them', () => {
    expect(corpus.filter(({ round }) => round === 1).length).toBeGreaterThanOrEqual(100);
    expect(corpus.filter(({ round }) => round === 2).length).toBeGreaterThanOrEqual(40);
  });

  it.each(corpus.filter(({ text }) => text !== undefined).map(({ id, text = '' }) => [id, text] as const))(
    'says of %s that it is retried exactly when a run would go on',
    (_, text) => {
      const { retryable, next } = explainText(text, aPipeline());
      expect(next.action.startsWith('end the run')).toBe(!retryable);
    },
  );

  it('lists as beyond prefixes only what its notes call borderline', () => {
    for (const [id, given] of Object.entries(BEYOND_PREFIXES)) {
      const entry = corpus.find((candidate) => candidate.id === id);
      expect(entry === undefined ? [] : borderline(entry)).toContain(given);
    }
  });
});

describe.each(FailureClass.options)('wordings of %s', (name) => {
  const entries = corpus.filter((entry) => entry.class === name);

  it.each(entries.map((entry) => [entry.id, entry] as const))('get their class: %s', (id, entry) => {
    const wanted = { class: BEYOND_PREFIXES[id] ?? name, retryable: entry.retryable };
    const verdicts = verdictsOn(entry);
    expect(verdicts.map((verdict) => ({ class: verdict?.class, retryable: verdict?.retryable }))).toEqual(
      verdicts.map(() => wanted),
    );
  });

  it('are explained, with advice and the text that was read', () => {
    for (const verdict of entries.flatMap(verdictsOn)) {
      expect(verdict?.explanation).toMatch(/\w/);
      expect(verdict?.advice).toMatch(/\w/);
      expect(verdict?.advice).not.toMatch(/\{\w+\}|undefined/);
      expect(verdict?.evidence.field).toMatch(/^(?:FailureReason|SecondaryStatus|TrainingJobStatus|Cause|Error|text)$/);
    }
  });
});
