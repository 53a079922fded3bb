// Bundles every lambdas/<name>/handler.ts into dist/lambdas/<name>/index.mjs, the SDK included: its version is then ours,
// and a cold start reads one file. A bundle that grows past its limit fails the build: something big has crept in.
import { build } from 'esbuild';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { standIns, versionsOnly } from './bundle-plugins.ts';

const ROOT = join(import.meta.dirname, '..');
/** close-run needs four clients of the SDK, whose common core and zod weigh a third of it; the rules of failures weigh 30 KB. */
const BUNDLE_BYTES_MAX = 450 * 1_000;

export interface Bundle {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
}

export const lambdaNames = (): readonly string[] =>
  readdirSync(join(ROOT, 'lambdas')).filter((name) => existsSync(join(ROOT, 'lambdas', name, 'handler.ts')));

export const bundleFile = (name: string): string => join(ROOT, 'dist', 'lambdas', name, 'index.mjs');

export async function buildLambdas(): Promise<readonly Bundle[]> {
  const names = lambdaNames();
  removeOthers(names);
  return Promise.all(names.map(buildLambda));
}

/** A function that was renamed would live on in the package. */
function removeOthers(names: readonly string[]): void {
  const folder = join(ROOT, 'dist', 'lambdas');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!names.includes(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

async function buildLambda(name: string): Promise<Bundle> {
  const file = bundleFile(name);
  await build({
    entryPoints: [join(ROOT, 'lambdas', name, 'handler.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    // Not keepNames: every error that is told apart by its name, in logs and in the state machine's Catch, writes it down,
    // ours as well as the SDK's, and names of functions alone would weigh 30 KB.
    sourcemap: 'linked',
    sourcesContent: false,
    mainFields: ['module', 'main'],
    plugins: [standIns, versionsOnly],
    logLevel: 'warning',
  });
  return { name, file, bytes: statSync(file).size };
}

/** One sentence for each bundle past its limit. */
export const oversized = (bundles: readonly Bundle[]): readonly string[] =>
  bundles
    .filter(({ bytes }) => bytes > BUNDLE_BYTES_MAX)
    .map(
      ({ name, bytes }) =>
        `${name} has ${kilobytes(bytes)}, at most ${kilobytes(BUNDLE_BYTES_MAX)} are allowed: see what it imports`,
    );

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1_000)} KB`;

if (import.meta.main) {
  const bundles = await buildLambdas();
  for (const { name, bytes } of bundles) console.log(`${kilobytes(bytes).padStart(8)}  ${name}`);
  const tooBig = oversized(bundles);
  for (const sentence of tooBig) console.error(sentence);
  process.exitCode = tooBig.length > 0 ? 1 : 0;
}
