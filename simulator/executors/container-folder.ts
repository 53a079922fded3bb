// The folder of one container, laid out as SageMaker lays out /opt/ml, and the environment that points into it.
// https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shortName } from '../../domain/errors.ts';
import { CHECKPOINT_DIRECTORY_VARIABLE, type TrainingJobRequest } from '../../domain/training-job.ts';
import type { SimObjects } from '../services/sim-objects.ts';

/** An object that cannot lie in a folder under its key: the job fails, as it does where SageMaker cannot download one. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';

  constructor(uri: string, reason: string) {
    super(`${shortName(uri)}: ${reason}`);
  }
}

/** Throws DownloadFailed. */
export function layOut(folder: string, job: TrainingJobRequest, objects: SimObjects): void {
  for (const path of ['input/config', 'input/data', 'model', 'output/data', 'checkpoints'])
    mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'input/config/hyperparameters.json'), JSON.stringify(job.HyperParameters));
  writeFileSync(join(folder, 'input/config/resourceconfig.json'), JSON.stringify(resourcesOf(job)));
  for (const { ChannelName, DataSource } of job.InputDataConfig ?? []) {
    download(objects, DataSource.S3DataSource.S3Uri, join(folder, 'input/data', ChannelName));
  }
  if (job.CheckpointConfig !== undefined) download(objects, job.CheckpointConfig.S3Uri, join(folder, 'checkpoints'));
}

const resourcesOf = ({ ResourceConfig }: TrainingJobRequest) => ({
  current_host: 'algo-1',
  hosts: ['algo-1'],
  current_instance_type: ResourceConfig.InstanceType,
  instance_count: ResourceConfig.InstanceCount,
});

/** As SageMaker does, by plain prefix; a URI that names one object keeps its file name. */
function download(objects: SimObjects, prefixUri: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const base = prefixUri.slice(0, prefixUri.lastIndexOf('/') + 1);
  for (const { uri } of objects.list(prefixUri)) {
    const names = uri.slice(base.length).split('/');
    // What the S3 console leaves where somebody makes a folder.
    const isMarker = names.at(-1) === '';
    const path = join(folder, ...names.slice(0, isMarker ? -1 : undefined).map((name) => fileName(uri, name)));
    try {
      mkdirSync(isMarker ? path : dirname(path), { recursive: true });
      if (!isMarker) writeFileSync(path, objects.get(uri) ?? '');
    } catch (error) {
      // Both `a` and `a/b` are keys, and names may be longer than those of files.
      throw new DownloadFailed(uri, `cannot be a file here: ${(error as NodeJS.ErrnoException).code}`);
    }
  }
}

/** Keys are text to S3. As a path some of them would lead out of the folder, or two of them to one file. */
function fileName(uri: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('\0'))
    throw new DownloadFailed(uri, `no file can be called ${JSON.stringify(name)}`);
  return name;
}

export function containerEnvironment(folder: string, job: TrainingJobRequest): Record<string, string> {
  const channels = (job.InputDataConfig ?? []).map(({ ChannelName }) => [
    `SM_CHANNEL_${ChannelName.toUpperCase()}`,
    join(folder, 'input/data', ChannelName),
  ]);
  return {
    ...job.Environment,
    ...Object.fromEntries(channels),
    ...Object.fromEntries(hyperParametersApart(job)),
    SPOTRELAY_ML_ROOT: folder,
    SM_MODEL_DIR: join(folder, 'model'),
    SM_OUTPUT_DIR: join(folder, 'output'),
    SM_OUTPUT_DATA_DIR: join(folder, 'output/data'),
    SM_INPUT_CONFIG_DIR: join(folder, 'input/config'),
    SM_HPS: JSON.stringify(job.HyperParameters),
    SM_CURRENT_HOST: 'algo-1',
    SM_HOSTS: '["algo-1"]',
    SM_CURRENT_INSTANCE_TYPE: job.ResourceConfig.InstanceType,
    SM_RESOURCE_CONFIG: JSON.stringify(resourcesOf(job)),
    TRAINING_JOB_NAME: job.TrainingJobName,
    ...(job.CheckpointConfig === undefined ? {} : { [CHECKPOINT_DIRECTORY_VARIABLE]: join(folder, 'checkpoints') }),
  };
}

/** As AWS's training toolkit sets them, where a variable can say it: `SM_HP_EPOCHS`. */
const hyperParametersApart = ({ HyperParameters }: TrainingJobRequest) =>
  Object.entries(HyperParameters)
    .filter(([name, value]) => !/[=\0]/.test(name) && !value.includes('\0'))
    .map(([name, value]) => [`SM_HP_${name.toUpperCase()}`, value]);
