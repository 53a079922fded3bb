// What libraries bring along and no function ever uses, left out of the bundles: each entry names a module, what stands in
// its place, and why nobody misses it. They export exactly what is imported, so that a library that wants more in a new
// version fails the build, and not a function.
import type { Plugin } from 'esbuild';
import { readFileSync } from 'node:fs';

interface StandIn {
  /** Of the path as it is imported. */
  readonly module: RegExp;
  /** By whom. @default anybody */
  readonly importer?: RegExp;
  readonly contents: string;
}

const ZOD_SCHEMAS = /[\\/]zod[\\/]v4[\\/]classic[\\/]schemas\.js$/;

const STAND_INS: readonly StandIn[] = [
  {
    // Lambda hands a function its credentials in environment variables, so the rest of the SDK's chain (profiles, SSO,
    // instance metadata, and the clients they need) is never asked: 110 KB.
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    module: /^@aws-sdk\/credential-provider-node$/,
    contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
  },
  {
    // For operations that stream events, which are none of ours; the SDK loads it when the first such answer comes: 15 KB.
    module: /^@smithy\/core\/event-streams$/,
    contents: "throw new Error('no function calls an operation that streams events');",
  },
  {
    // DynamoDB's is off unless it is asked for, and its endpoints are known without: 9 KB.
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoint-discovery.html
    module: /^@aws-sdk\/middleware-endpoint-discovery$/,
    contents: `
      export const resolveEndpointDiscoveryConfig = (config) => config;
      export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = { default: false, environmentVariableSelector: () => undefined, configFileSelector: () => undefined };`,
  },
  {
    // Signs for several Regions at once where an event goes to a global endpoint of EventBridge, which is none of ours: 4 KB.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-global-endpoints.html
    module: /^@aws-sdk\/signature-v4-multi-region$/,
    contents: `
      import { SignatureV4 } from '@smithy/signature-v4';
      export class SignatureV4MultiRegion extends SignatureV4 { static sigv4aDependency() { return 'none'; } }`,
  },
  {
    // For runtimes whose crypto has no SHA-256; Node's has: 3 KB.
    module: /\/Sha256Js$/,
    contents: "export class Sha256Js { constructor() { throw new Error('node:crypto hashes in a function'); } }",
  },
  {
    // For the adaptive retry mode, which no function is set to: 3 KB.
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    module: /\/DefaultRateLimiter$/,
    contents:
      "export class DefaultRateLimiter { constructor() { throw new Error('functions retry in the standard mode'); } }",
  },
  // Schemas check what comes in; JSON Schemas of them are written by scripts, for editors and for docs: 18 KB.
  {
    module: /\/to-json-schema\.js$/,
    importer: ZOD_SCHEMAS,
    contents: `
      const unavailable = () => () => { throw new Error('no JSON Schema is written in a function'); };
      export { unavailable as createToJSONSchemaMethod, unavailable as createStandardJSONSchemaMethod };`,
  },
  { module: /\/json-schema-processors\.js$/, importer: ZOD_SCHEMAS, contents: 'export {};' },
];

export const standIns: Plugin = {
  name: 'stand-ins',
  setup(builder) {
    for (const [index, { module, importer: expected = /.*/, contents }] of STAND_INS.entries()) {
      const namespace = `stand-in-${index}`;
      builder.onResolve({ filter: module }, ({ path, importer, resolveDir }) =>
        expected.test(importer) ? { path, namespace, pluginData: resolveDir } : undefined,
      );
      builder.onLoad({ filter: /.*/, namespace }, ({ pluginData }) => ({ contents, resolveDir: String(pluginData) }));
    }
  },
};

/** Clients of the SDK import their whole package.json to tell AWS their version: 2 KB each. */
export const versionsOnly: Plugin = {
  name: 'versions-only',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};
