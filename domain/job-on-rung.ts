// What a job is on one rung: a rung may bring an image for its kind of machine, a batch size for its memory, subnets where its
// type exists. What it states goes before the pipeline, and a run's own hyperparameters before both (accept-request.ts).
import { formatCapacity, type Capacity } from './capacity.ts';
import type { JobTemplate } from './pipeline.ts';
import type { Report } from './errors.ts';
import type { AcceptedRun } from './run.ts';
import { hyperParametersMax, isSetByCode } from './training-code.ts';

export const jobOn = (job: JobTemplate, capacity: Capacity): JobTemplate => ({
  ...job,
  image: capacity.image ?? job.image,
  hyperParameters: { ...job.hyperParameters, ...capacity.hyperParameters },
  environment: { ...job.environment, ...capacity.environment },
  volumeSizeGb: capacity.volumeSizeGb ?? job.volumeSizeGb,
  ...(job.vpc === undefined ? {} : { vpc: { ...job.vpc, subnets: capacity.subnets ?? job.vpc.subnets } }),
});

/** The names that a run states itself are not a rung's to set. */
export function withoutNames(capacity: Capacity, names: Readonly<Record<string, string>> = {}): Capacity {
  const { hyperParameters, ...rest } = capacity;
  if (hyperParameters === undefined) return capacity;
  const own = Object.entries(hyperParameters).filter(([name]) => !Object.hasOwn(names, name));
  return { ...rest, hyperParameters: Object.fromEntries(own) };
}

const ENVIRONMENT_MAX = 90;

export function checkRungs({ job, ladder }: Pick<AcceptedRun, 'job' | 'ladder'>, report: Report): void {
  for (const [index, capacity] of ladder.entries()) {
    const field = `capacity.${index}`;
    const { hyperParameters, environment } = jobOn(job, capacity);
    const [parameters, most] = [Object.keys(hyperParameters).length, hyperParametersMax(job.code)];
    if (capacity.hyperParameters !== undefined && parameters > most)
      report(`${field}.hyperParameters`, parameters, `takes at most ${most} entries together with the pipeline's own`);
    const variables = Object.keys(environment).length;
    if (capacity.environment !== undefined && variables > ENVIRONMENT_MAX)
      report(
        `${field}.environment`,
        variables,
        `takes at most ${ENVIRONMENT_MAX} entries together with the pipeline's own`,
      );
    for (const [name, value] of Object.entries(capacity.hyperParameters ?? {}))
      if (isSetByCode(job, name)) report(`${field}.hyperParameters.${name}`, value, 'is set by code: leave it out');
    if (capacity.subnets !== undefined && job.vpc === undefined)
      report(
        `${field}.subnets`,
        capacity.subnets,
        `of ${formatCapacity(capacity)} need a vpc of the pipeline, whose security groups they use: set it, or leave them out`,
      );
  }
}
