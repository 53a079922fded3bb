// Bundles every lambdas/<name>/handler.ts into dist/lambdas/<name>/index.mjs, the SDK included: its version is then ours,
// and a cold start reads one file. A bundle that grows past its limit fails the build: something big has crept in.
import { build, type Plugin } from 'esbuild';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/**
 * close-run and reconcile need four clients of the SDK, whose common core and zod weigh half of it; the rules of failures
 * weigh 45 KB, and the ends of sweeps, which reconcile writes as well, 20 KB.
 */
const BUNDLE_BYTES_MAX = 550 * 1_000;

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
    // Errors are told apart by their class's name, in logs and in the state machine's Catch.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    mainFields: ['module', 'main'],
    plugins: [credentialsFromEnvironment],
    logLevel: 'warning',
  });
  return { name, file, bytes: statSync(file).size };
}

/**
 * Lambda hands a function its credentials in environment variables, so the rest of the SDK's chain (profiles, SSO, instance
 * metadata, and the clients they need) is never asked: 110 KB less in each bundle.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
const credentialsFromEnvironment: Plugin = {
  name: 'credentials-from-environment',
  setup(builder) {
    const namespace = 'credentials-from-environment';
    builder.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'credential-provider-node',
      namespace,
      pluginData: resolveDir,
    }));
    builder.onLoad({ filter: /.*/, namespace }, ({ pluginData }) => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir: String(pluginData),
    }));
  },
};

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
