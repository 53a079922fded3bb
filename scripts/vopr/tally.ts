// What a night of drawn worlds comes to, in the lines that it ends with.
import type { DrawnWorld, FaultMix } from '../../simulator/vopr/drawn-world.ts';
import type { WorldRecord } from '../../simulator/vopr/world-record.ts';

export class Tally {
  worlds = 0;
  broken = 0;
  #transitions = 0;
  #events = 0;
  #jobs = 0;
  readonly #mixes = new Map<FaultMix, { readonly worlds: number; readonly coreSeconds: number }>();
  readonly #ends = new Map<string, number>();

  /** `coreSeconds`: what the drawing, the playing and the checking of this world took. */
  add({ mix }: Pick<DrawnWorld, 'mix'>, { jobs, runs, executions }: WorldRecord, coreSeconds: number): void {
    const ofMix = this.#mixes.get(mix) ?? { worlds: 0, coreSeconds: 0 };
    this.#mixes.set(mix, { worlds: ofMix.worlds + 1, coreSeconds: ofMix.coreSeconds + coreSeconds });
    this.worlds += 1;
    this.#jobs += jobs.length;
    for (const { transitions, eventCount } of executions) {
      this.#transitions += transitions;
      this.#events += eventCount;
    }
    for (const { history } of runs) {
      const end = `${history.end?.status ?? 'none'} ${history.end?.code ?? ''}`;
      this.#ends.set(end, (this.#ends.get(end) ?? 0) + 1);
    }
  }

  /** `coreSeconds` of the whole process, its start included. */
  lines(first: number, seconds: number, coreSeconds: number): readonly string[] {
    const rate = (count: number, took = coreSeconds): string => (count / took).toFixed(0);
    return [
      `${this.worlds} worlds from seed ${first} in ${seconds.toFixed(1)} s, ${coreSeconds.toFixed(1)} s of a core: ` +
        `${rate(this.worlds)} worlds/s/core, ${rate(this.#transitions)} transitions/s/core, ` +
        `${rate(this.#events)} events/s/core; ${this.#jobs} jobs`,
      [...this.#mixes]
        .map(([mix, { worlds, coreSeconds: took }]) => `${mix}: ${rate(worlds, took)} worlds/s/core`)
        .toSorted()
        .join(', '),
      [...this.#ends]
        .toSorted(([, one], [, other]) => other - one)
        .map(([end, count]) => `${count} ${end}`)
        .join(', '),
      ...(this.broken === 0 ? [] : [`${this.broken} ${this.broken === 1 ? 'world' : 'worlds'} broke a promise`]),
    ];
  }
}
