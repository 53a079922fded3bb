// Whose script a framework image of AWS runs, written the way one says it: `TrainingCode.fromAsset('train/', { entry: 'train.py' })`.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showValue } from '../domain/errors.ts';
import { CodeEntry } from '../domain/training-code.ts';
import { readCodeFolder, writeArchive, type CodeFolder } from './pack-code.ts';
import { allow } from './permissions.ts';
import { checkProp, describeProblems } from './pipeline-spec.ts';

export interface TrainingCodeOptions {
  /** The file that is run, relative to the folder: a Python script, or a shell script (`.sh`). */
  readonly entry: string;
}

export interface TrainingCodeAssetOptions extends TrainingCodeOptions {
  /**
   * Files that are not packed, as in a `.gitignore`.
   *
   * @default - nothing but `.git`, `.venv`, `.ipynb_checkpoints`, `__pycache__`, `*.pyc`, `.DS_Store`, `node_modules`, `cdk.out`
   */
  readonly exclude?: string[];
}

/** Where the code is, once it belongs to a stack. */
export interface BoundCode {
  /** S3 location of the archive. */
  readonly uri: string;
  readonly entry: string;
  /** What the training role needs to fetch it. */
  readonly statements: PolicyStatement[];
}

/** The code of script mode. */
export class TrainingCode {
  /** Packs a folder of this machine and uploads it with the stack. */
  public static fromAsset(path: string, options: TrainingCodeAssetOptions): TrainingCode {
    return new TrainingCode((scope) => bindFolder(scope, path, options));
  }

  /** Code that something else keeps in S3: a gzipped tar archive with the entry at its place. */
  public static fromBucket(bucket: IBucket, key: string, options: TrainingCodeOptions): TrainingCode {
    return new TrainingCode(() => bound(bucket, key, options.entry));
  }

  readonly #bind: (scope: Construct) => BoundCode;

  private constructor(bind: (scope: Construct) => BoundCode) {
    this.#bind = bind;
  }

  /** Called by the pipeline. */
  public bind(scope: Construct): BoundCode {
    return this.#bind(scope);
  }
}

const bound = (bucket: IBucket, key: string, entry: string): BoundCode => ({
  uri: `s3://${bucket.bucketName}/${key}`,
  entry,
  statements: [allow(['s3:GetObject'], [bucket.arnForObjects(key)])],
});

function bindFolder(scope: Construct, path: string, { entry, exclude = [] }: TrainingCodeAssetOptions): BoundCode {
  checkProp(scope.node.path, 'code.entry', CodeEntry, entry, 'name the script that trains, relative to the folder');
  const folder = codeFolder(scope, path, entry, exclude);
  const temporary = mkdtempSync(join(tmpdir(), 'spotrelay-code-'));
  try {
    const archive = join(temporary, 'sourcedir.tar.gz');
    writeArchive(folder, archive);
    const asset = new Asset(scope, 'Code', { path: archive, assetHash: folder.hash });
    return bound(asset.bucket, asset.s3ObjectKey, entry);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

function codeFolder(scope: Construct, path: string, entry: string, exclude: readonly string[]): CodeFolder {
  try {
    return readCodeFolder(path, entry, exclude);
  } catch (error) {
    const problem = { field: 'code', value: showValue(path), message: (error as Error).message };
    throw new Error(describeProblems(scope.node.path, [problem]), { cause: error });
  }
}
