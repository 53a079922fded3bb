// The bundles as they are deployed, each in a process of its own: jest's module system is not Lambda's.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { bundleFile, lambdaNames } from '../../scripts/build-lambdas.ts';
import { ensureBundles } from '../infra/synthesized.ts';

const WHOLE_ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  LEDGER_TABLE_NAME: 'ledger',
  PIPELINE_NAME: 'penguins',
  EVENT_BUS_NAME: 'default',
  STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:123456789012:stateMachine:penguins-training-run',
  RUN_TRIGGERS: '{"overlap":"queue","upload":{"channel":"train","bucket":"data","prefix":"raw/","suffix":".csv"}}',
  UPLOAD_BATCH_MACHINE_ARN: 'arn:aws:states:eu-west-1:123456789012:stateMachine:penguins-upload-batch',
};

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
  Object.fromEntries(Object.entries(WHOLE_ENVIRONMENT).filter(([name]) => name !== variable));

beforeAll(ensureBundles, 60_000);

describe('every bundle', () => {
  it.each(lambdaNames())('exports a handler: %s', (name) => {
    expect(start(name, WHOLE_ENVIRONMENT)).toBe('function');
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
    const said = start('start-run', { ...WHOLE_ENVIRONMENT, RUN_TRIGGERS: '{"uploads":{}}' });

    expect(said).toContain('RUN_TRIGGERS must read like {"overlap":"allow","upload":{"channel":"train"');
    expect(said).toContain('got {"uploads":{}}');
  });
});

describe('an invocation that fails', () => {
  it('is logged once, with the run, and thrown on', () => {
    // Its schema refuses the event before anything is called.
    const said = start('plan-attempt', WHOLE_ENVIRONMENT, "await handler({ runId: 'penguins--0123456789', x: 1 }, {})");
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
      WHOLE_ENVIRONMENT,
      "await handler({ 'detail-type': 'Something Else', detail: {} }, {})",
    );
    const byRequest = start('close-run', WHOLE_ENVIRONMENT, "await handler({ runId: 'r' }, {})");

    expect(byEvent.split('\n').at(-1)).toContain('close-run input: detail-type: ');
    expect(byRequest.split('\n').at(-1)).toContain('close-run input: status: ');
  });
});
