// spotrelay sweep convert: from SageMaker's automatic model tuning.
import type { Command } from 'commander';
import { formatProblem } from '../../../domain/errors.ts';
import { problemsOf } from '../../../domain/problems.ts';
import { SweepRequest } from '../../../domain/sweep/sweep-request.ts';
import { fromTuningJob, TuningJob } from '../../../domain/sweep/tuning-job.ts';
import { UsageError } from '../../exit-codes.ts';
import { readJson } from '../../sweep/inputs.ts';

export function addConvert(sweep: Command): void {
  sweep
    .command('convert')
    .description("turn a definition of SageMaker's automatic model tuning into the request of a sweep")
    .argument('<file>', 'a CreateHyperParameterTuningJob request or a DescribeHyperParameterTuningJob reply, as JSON')
    .option('--resource <hyperparameter>', 'for Hyperband: which one says how long a trial trains')
    .action((file: string, { resource }: { resource?: string }) => {
      const input = readJson(file);
      const parsed = TuningJob.safeParse(input);
      if (!parsed.success)
        throw new UsageError(`${file}: ${problemsOf(parsed.error, input).map(formatProblem).join('; ')}`);
      const { request, notes } = fromTuningJob(parsed.data, resource);
      const checked = SweepRequest.safeParse(request);
      const open = checked.success ? [] : problemsOf(checked.error, request).map(formatProblem);
      for (const note of [...notes, ...open.map((problem) => `still to do: ${problem}`)])
        console.error(`note: ${note}`);
      console.log(JSON.stringify(request, undefined, 2));
    });
}
