// The bundles as they are deployed, each in a process of its own: jest's module system is not Lambda's.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { bundleFile, lambdaNames } from '../../scripts/build-lambdas.ts';
import { EXAMPLE_ENVIRONMENT } from '../../scripts/example-environment.ts';
import { ensureBundles } from '../infra/synthesized.ts';

/** What the process printed: its log, then the handler's type or the error's name and message. */
function start(name: string, env: Readonly<Record<string, string>>, then = 'typeof handler'): string {
  const script = `
    try {
      const { handler } = await import(${JSON.stringify(bundleFile(name))});
      console.log(${then});
    } catch (error) {
      console.log(error.name + ': ' + error.message);
    }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
  });
  return `${stderr}${stdout}`.trim();
}

const without = (variable: string): Record<string, string> =>
  Object.fromEntries(Object.entries(EXAMPLE_ENVIRONMENT).filter(([name]) => name !== variable));

beforeAll(ensureBundles, 60_000);

describe('every bundle', () => {
  it.each(lambdaNames())('exports a handler: %s', (name) => {
    expect(start(name, EXAMPLE_ENVIRONMENT)).toBe('function');
  });
});

describe('a function that is not told everything', () => {
  it.each([
    ['accept-run', 'LEDGER_TABLE_NAME'],
    ['close-run', 'EVENT_BUS_NAME'],
    ['close-run', 'STATE_MACHINE_ARN'],
    ['start-run', 'RUN_TRIGGERS'],
  ])('names what is missing: %s without %s', (name, variable) => {
    expect(start(name, without(variable))).toMatch(new RegExp(`^EnvironmentIncomplete: .*${variable} is missing`));
  });

  it('shows a trigger that it cannot read, and one that it could', () => {
    const said = start('start-run', { ...EXAMPLE_ENVIRONMENT, RUN_TRIGGERS: '{"uploads":{}}' });

    expect(said).toContain('RUN_TRIGGERS must read like {"overlap":"allow","upload":{"channel":"train"');
    expect(said).toContain('got {"uploads":{}}');
  });
});

describe('an invocation that fails', () => {
  it('is logged once, with the run, and thrown on', () => {
    // Its schema refuses the event before anything is called.
    const said = start(
      'plan-attempt',
      EXAMPLE_ENVIRONMENT,
      "await handler({ runId: 'penguins--0123456789', x: 1 }, {})",
    );
    const lines = said.split('\n');
    const logged = lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

    expect(logged).toEqual([
      expect.objectContaining({ level: 'ERROR', message: 'failed', runId: 'penguins--0123456789' }),
    ]);
    expect(lines.at(-1)).toMatch(/^ContractViolation: plan-attempt input: x: is not a known field/);
  });

  it('goes by its detail-type: close-run takes its request and its event apart', () => {
    const byEvent = start(
      'close-run',
      EXAMPLE_ENVIRONMENT,
      "await handler({ 'detail-type': 'Something Else', detail: {} }, {})",
    );
    const byRequest = start('close-run', EXAMPLE_ENVIRONMENT, "await handler({ runId: 'r' }, {})");

    expect(byEvent.split('\n').at(-1)).toContain('close-run input: detail-type: ');
    expect(byRequest.split('\n').at(-1)).toContain('close-run input: status: ');
  });
});

describe('an error of AWS', () => {
  it('keeps its name in a bundle, where the names of classes are short', () => {
    // A DynamoDB of our own, in the process of the function.
    const said = start(
      'plan-attempt',
      { ...EXAMPLE_ENVIRONMENT, AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'nothing' },
      `await (async () => {
        const { createServer } = await import('node:http');
        const type = 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException';
        const server = createServer((_, response) => {
          response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
          response.end(JSON.stringify({ __type: type, message: 'Requested resource not found' }));
        });
        await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
        process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:' + server.address().port;
        try {
          return await handler({ runId: 'penguins--0123456789' }, {});
        } finally {
          server.closeAllConnections();
          server.close();
        }
      })()`,
    );
    const lines = said.split('\n');

    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'ERROR',
      runId: 'penguins--0123456789',
      error: { name: 'ResourceNotFoundException', message: 'Requested resource not found' },
    });
    expect(lines.at(-1)).toBe('ResourceNotFoundException: Requested resource not found');
  });
});
