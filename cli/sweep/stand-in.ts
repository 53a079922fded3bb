// Training as a number of seconds, for a sweep that is only simulated: its metric is made up, a smooth hill with its top at
// a place drawn from the seed, so that a leaderboard has an order. It says nothing of a real training.
import { fraction } from '../../domain/sweep/chance.ts';
import type { SweepRequest } from '../../domain/sweep/sweep-request.ts';
import type { SearchRange } from '../../domain/sweep/search-space.ts';
import type { TrainingJobRequest } from '../../domain/training-job.ts';
import { DEFAULT_SCRIPT, type ModelledScript } from '../../simulator/executors/modelled.ts';

export function standInScript(
  { search, objective, halving }: SweepRequest,
  trainingSeconds: number,
): (job: TrainingJobRequest) => ModelledScript {
  return ({ HyperParameters }) => {
    const distances = Object.entries(search.parameters).map(([name, range]) => {
      const top = fraction(`top|${search.seed}|${name}`);
      return (placeOf(range, HyperParameters[name] ?? '') - top) ** 2;
    });
    const share = halving === undefined ? 1 : Number(HyperParameters[halving.hyperParameter]) / halving.maximum;
    const distance = distances.reduce((sum, value) => sum + value, 0) / Math.max(1, distances.length);
    // More training, a better value: rounds of a halving are told apart.
    const score = Math.max(0, 1 - distance) * (0.6 + 0.4 * Math.sqrt(share));
    return {
      ...DEFAULT_SCRIPT,
      workSeconds: trainingSeconds * share,
      metrics: { [objective.metric]: objective.goal === 'maximize' ? score : 1 - score },
    };
  };
}

function placeOf(range: SearchRange, text: string): number {
  if (range.kind === 'categorical') return Math.max(0, range.values.indexOf(text)) / (range.values.length - 1);
  const scale = range.kind.endsWith('log') ? Math.log : (value: number): number => value;
  return (scale(Number(text)) - scale(range.min)) / (scale(range.max) - scale(range.min));
}
