// The model registry: versions in groups, one per client token, in memory and, in a rehearsal, as files beside the rest.
import type { ModelRegistry } from '../../lambdas/ports.ts';
import { RUN_METADATA_KEY, type ModelPackageRequest } from '../../domain/registration.ts';

export interface ModelPackageVersion {
  readonly arn: string;
  readonly version: number;
  readonly request: ModelPackageRequest;
  readonly createdAt: number;
}

export class SimModelRegistry implements ModelRegistry {
  readonly #versions: ModelPackageVersion[] = [];
  readonly #arnPrefix: string;
  readonly #now: () => number;
  readonly #onVersion: ((version: ModelPackageVersion) => void) | undefined;

  constructor(options: {
    readonly region: string;
    readonly account: string;
    readonly now: () => number;
    readonly onVersion?: (version: ModelPackageVersion) => void;
  }) {
    this.#arnPrefix = `arn:aws:sagemaker:${options.region}:${options.account}:model-package`;
    this.#now = options.now;
    this.#onVersion = options.onVersion;
  }

  create(request: ModelPackageRequest): { readonly ModelPackageArn: string } {
    const same = this.#versions.find(({ request: { ClientToken } }) => ClientToken === request.ClientToken);
    if (same !== undefined) return { ModelPackageArn: same.arn };
    const group = request.ModelPackageGroupName;
    const version =
      this.#versions.filter(({ request: { ModelPackageGroupName } }) => ModelPackageGroupName === group).length + 1;
    const created = {
      arn: `${this.#arnPrefix}/${group.toLowerCase()}/${version}`,
      version,
      request,
      createdAt: this.#now(),
    };
    this.#versions.push(created);
    this.#onVersion?.(created);
    return { ModelPackageArn: created.arn };
  }

  async findByRun(modelPackageGroupName: string, runId: string): Promise<string | undefined> {
    return this.#versions.find(
      ({ request }) =>
        request.ModelPackageGroupName === modelPackageGroupName &&
        request.CustomerMetadataProperties[RUN_METADATA_KEY] === runId,
    )?.arn;
  }

  versions(): readonly ModelPackageVersion[] {
    return this.#versions;
  }
}
