// What a world shows while it runs and no record keeps afterwards: the decisions with their reasons, and when each
// checkpoint was saved. The report page is drawn from it (cli/report).
import type { JobDescription } from '../../domain/job-description.ts';
import type { Judgement } from '../../domain/judgement.ts';
import type { Instant } from '../../domain/time.ts';
import type { WorldObservers } from '../../simulator/world.ts';

export interface Decision {
  readonly at: Instant;
  readonly by: 'accept' | 'plan' | 'watch' | 'inspect';
  readonly text: string;
  /** What was seen, and what it would have taken to decide otherwise. */
  readonly judgement?: Judgement | undefined;
}

interface Answer {
  readonly reason?: string;
  readonly verdict?: string;
  readonly judgement?: Judgement;
}

const DECIDERS: Readonly<Record<string, Decision['by']>> = {
  AcceptRun: 'accept',
  PlanAttempt: 'plan',
  ReviewAttempt: 'watch',
  InspectAttempt: 'inspect',
};

export class Recording {
  readonly decisions: Decision[] = [];
  readonly #now: () => Instant;
  readonly #objects: { readonly uri: string; readonly at: Instant }[] = [];
  readonly #jobs = new Map<string, JobDescription>();

  constructor(now: () => Instant) {
    this.#now = now;
  }

  readonly observers: WorldObservers = {
    onFunctionResult: (name, _input, output) => this.#decided(name, output as Answer),
    onObject: ({ uri, modifiedAt }) => void this.#objects.push({ uri, at: modifiedAt }),
    onJobStatus: (job) => void this.#jobs.set(job.jobName, job),
  };

  get jobs(): readonly JobDescription[] {
    return [...this.#jobs.values()];
  }

  /** When something was saved under a prefix, ascending. */
  savedUnder(prefixUri: string | undefined): readonly Instant[] {
    if (prefixUri === undefined) return [];
    return [...new Set(this.#objects.filter(({ uri }) => uri.startsWith(prefixUri)).map(({ at }) => at))];
  }

  /** Of the watch only what it does is kept: it mostly leaves a job alone, with the same words again and again. */
  #decided(name: string, { reason = '', verdict, judgement }: Answer): void {
    const by = DECIDERS[name];
    if (by === undefined || reason === '' || (by === 'watch' && verdict !== 'stopping')) return;
    const last = this.decisions.at(-1);
    if (last?.by === by && last.text === reason) return;
    this.decisions.push({ at: this.#now(), by, text: reason, judgement });
  }
}
