// npm run check:package: packs the package, puts it into a fresh CDK app in an empty folder, and synthesizes that: with what
// package.json declares and nothing else, no esbuild, no Docker and no network. Dependencies are linked from this checkout
// instead of downloaded, each one that is declared and no other, so an import that is not declared fails as it would for a
// user. What this cannot see is whether the registry has those versions.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { x as extract } from 'tar';
import { lambdaNames } from './build-lambdas.ts';

const ROOT = join(import.meta.dirname, '..');

const APP = `
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Capacity, TrainingPipeline } from 'spotrelay';

const app = new App({ outdir: 'cdk.out' });
new TrainingPipeline(new Stack(app, 'Churn'), 'Nightly', {
  image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1',
  capacity: [Capacity.spot('ml.g5.2xlarge'), Capacity.onDemand('ml.g5.2xlarge')],
  channels: { train: 's3://my-data/churn/' },
  deadline: Duration.hours(36),
  expectedTrainingTime: Duration.hours(10),
  schedules: [{ name: 'nightly', schedule: ScheduleExpression.cron({ hour: '4', minute: '0' }) }],
  sweeps: true,
});
app.synth();
`;

const TESTS = `
import { testState } from 'spotrelay/testing';
if (typeof testState !== 'function') throw new Error('spotrelay/testing has no testState');
`;

interface Manifest {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const folder = mkdtempSync(join(tmpdir(), 'spotrelay-package-'));
try {
  await checkPackage();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function checkPackage(): Promise<void> {
  run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT, env: process.env });
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const app = join(folder, 'app');
  const installed = join(app, 'node_modules', 'spotrelay');
  mkdirSync(installed, { recursive: true });
  await extract({ file: join(folder, tarball), cwd: installed, strip: 1 });
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest;
  for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)])
    link(name, join(app, 'node_modules'));
  console.log(`${tarball}: ${readdirSync(installed, { recursive: true }).length} files`);

  writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(app, 'app.ts'), APP);
  writeFileSync(join(app, 'tests.ts'), TESTS);
  node(app, 'app.ts');
  checkAssembly(join(app, 'cdk.out'));
  node(app, 'tests.ts');
  node(
    app,
    join(installed, manifest.bin['spotrelay'] ?? ''),
    'simulate',
    join(installed, 'examples/scenarios/first-pool-is-dry.json'),
  );
  console.log('spotrelay/testing and the command: work');
  typeCheck(app);
}

/** Every function has its bundle in the assembly, as it was packed. */
function checkAssembly(assembly: string): void {
  const template = JSON.parse(readFileSync(join(assembly, 'Churn.template.json'), 'utf8')) as {
    readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  };
  const functions = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  const bundles = readdirSync(assembly).filter((name) => existsSync(join(assembly, name, 'index.mjs')));
  // start-run serves the schedule; nothing of the rest is optional but what the app above asks for.
  if (functions.length !== lambdaNames().length || bundles.length !== functions.length)
    throw new Error(
      `${functions.length} functions and ${bundles.length} bundles, where ${lambdaNames().length} are built`,
    );
  console.log(`synthesized: ${Object.keys(template.Resources).length} resources, ${bundles.length} function bundles`);
}

/** The declarations, by a user's compiler. */
function typeCheck(app: string): void {
  link('@types/node', join(app, 'node_modules'));
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--types',
    'node',
  ];
  run(join(ROOT, 'node_modules', '.bin', 'tsc'), [...options, 'app.ts', 'tests.ts'], { cwd: app, env: process.env });
  console.log('types: as declared');
}

function link(name: string, modules: string): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'dir');
}

/** With nothing on the path: who needs a bundler or Docker does not find it. */
function node(cwd: string, ...args: readonly string[]): void {
  run(process.execPath, args, { cwd, env: { PATH: '', NO_COLOR: '1' } });
}

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): void {
  const { status, stdout, stderr, error } = spawnSync(command, [...args], { ...options, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ends with ${status}:\n${stdout}${stderr}`);
}
