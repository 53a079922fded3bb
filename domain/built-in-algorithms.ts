// SageMaker's built-in algorithms that save no checkpoints. Their spot jobs may wait and train for an hour together.
// https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
// Those that save are image classification, object detection, semantic segmentation, and XGBoost from 0.90-1, whose
// repository is sagemaker-xgboost. https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
import type { JobTemplate } from './pipeline.ts';

/** Repositories, as AWS's registries name them in every Region (https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/). */
const UNSAVING: ReadonlySet<string> = new Set([
  'blazingtext',
  'factorization-machines',
  'forecasting-deepar',
  'ipinsights',
  'kmeans',
  'knn',
  'lda',
  'linear-learner',
  'ntm',
  'object2vec',
  'pca',
  'randomcutforest',
  'seq2seq',
  'xgboost',
]);

const IMAGE = /^(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/([^:@]+)/;

/** The algorithm; undefined for any other image, also for one of the pipeline's own account that is called alike. */
export function unsavingBuiltIn({ image, roleArn }: Pick<JobTemplate, 'image' | 'roleArn'>): string | undefined {
  const [, account = '', repository = ''] = IMAGE.exec(image) ?? [];
  return UNSAVING.has(repository) && roleArn.split(':')[4] !== account ? repository : undefined;
}
