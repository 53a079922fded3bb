import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../statemachines/package-root.ts';

const root = packageRoot();
const files = globSync('{domain,statemachines,lambdas,simulator,infra,cli}/**/*.ts', { cwd: root }).map((file) =>
  file.replaceAll('\\', '/'),
);

interface Rule {
  readonly room: string;
  readonly applies: (file: string) => boolean;
  /** Own files by path from the root, packages by name. */
  readonly mayImport: readonly RegExp[];
  readonly instead: string;
}

const isHandler = (file: string): boolean => /^lambdas\/[a-z-]+\/handler\.ts$/.test(file);

const RULES: readonly Rule[] = [
  {
    room: 'domain',
    applies: (file) => file.startsWith('domain/'),
    mayImport: [/^domain\//, /^zod$/, /^node:crypto$/],
    instead: 'the domain knows nobody: pass what it needs as an argument',
  },
  {
    room: 'statemachines',
    applies: (file) => file.startsWith('statemachines/'),
    mayImport: [/^statemachines\//, /^domain\//, /^node:/],
    instead: 'definitions know the words of the domain and the file system',
  },
  {
    room: 'lambda factories',
    applies: (file) =>
      file.startsWith('lambdas/') &&
      !file.startsWith('lambdas/adapters/') &&
      !isHandler(file) &&
      !/^lambdas\/(middleware|env|aws-clients)\.ts$/.test(file),
    mayImport: [/^domain\//, /^zod$/, /^lambdas\/[a-z-]+\.ts$/, /^lambdas\/close-run\//],
    instead: 'a factory works over ports; adapters and middy belong to handler.ts',
  },
  {
    room: 'adapters',
    applies: (file) => file.startsWith('lambdas/adapters/'),
    mayImport: [
      /^domain\//,
      /^lambdas\/adapters\//,
      /^lambdas\/(?:sweep-)?ports\.ts$/,
      /^@aws-sdk\//,
      /^@smithy\//,
      /^zod$/,
      /^node:/,
    ],
    instead: 'an adapter turns a port into SDK calls and knows no handler',
  },
  {
    room: 'simulator',
    applies: (file) => file.startsWith('simulator/'),
    mayImport: [
      /^simulator\//,
      /^domain\//,
      /^statemachines\//,
      /^lambdas\/(?!adapters\/|middleware|env|.*handler\.ts$)/,
      /^zod$/,
      /^jsonata$/,
      /^tar$/,
      /^csv-parse/,
      /^node:/,
    ],
    instead: 'the simulator binds factories over ports, never adapters, handlers or the AWS SDK',
  },
  {
    room: 'infra',
    applies: (file) => file.startsWith('infra/'),
    mayImport: [
      /^infra\//,
      /^domain\//,
      /^statemachines\//,
      /^aws-cdk-lib/,
      /^constructs$/,
      /^tar$/,
      /^zod$/,
      /^node:/,
    ],
    instead: 'constructs take function bundles by path',
  },
  {
    room: 'cli',
    applies: (file) => file.startsWith('cli/'),
    mayImport: [
      /^cli\//,
      /^simulator\//,
      /^domain\//,
      /^statemachines\//,
      /^lambdas\/adapters\//,
      /^commander$/,
      /^d3-(scale|shape)$/,
      /^zod$/,
      /^node:/,
    ],
    instead: 'commands use the simulator, the domain and the adapters',
  },
];

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = [
    ...text.matchAll(/^\s*(?:import|export)\b[^'"]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? normalize(join(dirname(file), specifier)).replaceAll('\\', '/') : specifier,
  );
}

describe('imports point inward', () => {
  it('and every source file stands in a room with a rule', () => {
    const homeless = files.filter(
      (file) =>
        !isHandler(file) &&
        !/^lambdas\/(middleware|env|aws-clients)\.ts$/.test(file) &&
        !RULES.some(({ applies }) => applies(file)),
    );
    expect(homeless).toEqual([]);
    expect(files.length).toBeGreaterThan(60);
  });

  it.each(RULES.map((rule) => [rule.room, rule] as const))('in %s', (_, { applies, mayImport, instead }) => {
    const strays = files.filter(applies).flatMap((file) =>
      importsOf(file)
        .filter((target) => !mayImport.some((pattern) => pattern.test(target)))
        .map((target) => `${file} imports ${target}: ${instead}`),
    );
    expect(strays).toEqual([]);
  });

  it('and a handler wires its own factory only', () => {
    const strays = files.filter(isHandler).flatMap((file) => {
      const room = dirname(file);
      return importsOf(file)
        .filter(
          (target) =>
            /^lambdas\/[a-z-]+\/[a-z-]+\.ts$/.test(target) &&
            !target.startsWith(`${room}/`) &&
            !target.startsWith('lambdas/adapters/'),
        )
        .map((target) => `${file} imports ${target}`);
    });
    expect(strays).toEqual([]);
  });
});

describe('time and chance are arguments', () => {
  const forbidden: readonly (readonly [RegExp, string])[] = [
    [/\bDate\.now\(\)|new Date\(\)/, 'take `now` as an argument, or a clock'],
    [/\bMath\.random\(/, 'derive it from a seed or a name'],
    [/\bprocess\.env\b/, 'environment is read in lambdas/env.ts'],
    [/\bset(?:Timeout|Interval)\(/, 'ask the clock'],
  ];
  // The two places where the wall is the subject: pacing a rehearsal, and real child processes.
  const wall = new Set(['simulator/clock/virtual-clock.ts', 'simulator/executors/real-process.ts']);

  it.each(['domain', 'statemachines', 'simulator'])('in %s', (room) => {
    const strays = files
      .filter((file) => file.startsWith(`${room}/`) && !wall.has(file))
      .flatMap((file) => {
        const code = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
        return forbidden.filter(([pattern]) => pattern.test(code)).map(([, instead]) => `${file}: ${instead}`);
      });
    expect(strays).toEqual([]);
  });
});

it('runs on the Node version of the Lambda runtime', () => {
  expect(process.versions.node).toMatch(/^24\./);
});
