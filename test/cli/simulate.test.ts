import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import type { Receipt } from '../../domain/receipt.ts';
import { renderTrainingRun } from '../../statemachines/render.ts';
import { aPipeline } from '../support/builders.ts';
import { scratch, spotrelay } from './spotrelay.ts';

jest.setTimeout(60_000);

const place = scratch();
afterAll(() => place.remove());

const DRY = 'examples/scenarios/spot-never-comes.json';
const CRASH = 'examples/scenarios/script-crashes.json';

interface Report {
  readonly status: string;
  readonly reason: string;
  readonly receipt: Receipt;
  readonly decisions: readonly { readonly by: string; readonly text: string }[];
}

const simulate = async (...args: readonly string[]): Promise<{ code: number | null; report: Report }> => {
  const { code, stdout } = await spotrelay(['simulate', '--json', ...args]);
  return { code, report: JSON.parse(stdout) as Report };
};

describe('a simulated run', () => {
  it('shows its timeline and its receipt, and ends with 0 when the run succeeded', async () => {
    const { code, stdout } = await spotrelay(['simulate', DRY]);

    expect(code).toBe(0);
    expect(stdout).toContain('plan     attempt 1 on spot');
    expect(stdout).toContain('watch    stopping the job: spot does not come in time');
    expect(stdout).toContain('Receipt of simulation--');
    expect(stdout).toContain('The run ended SUCCEEDED');
  });

  it('ends with 1 when the run did not succeed', async () => {
    const { code, stdout } = await spotrelay(['simulate', CRASH]);

    expect(code).toBe(1);
    expect(stdout).toContain("KeyError: the column 'price' is missing");
  });

  it('is the same every time, to the byte', async () => {
    const [first, second] = await Promise.all([spotrelay(['simulate', DRY]), spotrelay(['simulate', DRY])]);

    expect(first.stdout).toBe(second.stdout);
  });

  it('takes a request written out, which goes before the one of the scenario', async () => {
    const { code, report } = await simulate(DRY, '--request', '{"deadline":"20h","expectedTrainingTime":"4h"}');

    expect(code).toBe(0);
    expect(report.receipt.seconds.waited).toBeGreaterThan(12 * 3_600);
    expect(report.decisions.map(({ by }) => by)).toContain('watch');
  });

  it('takes the pipeline out of a state machine as DescribeStateMachine returns it', async () => {
    const definition = JSON.stringify(renderTrainingRun(aPipeline({ name: 'nightly' })));
    const { report } = await simulate(DRY, '--pipeline', place.file('machine.json', JSON.stringify({ definition })));

    expect(report.receipt.pipeline).toBe('nightly');
  });

  it('leaves a history that explain can read', async () => {
    const history = join(place.folder, 'history.json');
    await simulate(CRASH, '--history', history);
    const { stdout } = await spotrelay(['explain', history]);

    expect(JSON.parse(readFileSync(history, 'utf8'))).toHaveProperty('events');
    expect(stdout).toContain('Algorithm, not retried');
  });
});

describe('bad input', () => {
  it.each([
    ['a scenario that is not there', ['nope.json'], ['nope.json', 'check the path']],
    ['a scenario of an unknown field', [place.file('field.json', '{"name":"x","markt":{}}')], ['markt', 'market']],
    [
      'a ladder that is none',
      [place.file('ladder.json', '{"name":"x","capacity":["spot"]}')],
      ['capacity', '<spot|on-demand>'],
    ],
    [
      'a market of another rung',
      [place.file('rung.json', '{"name":"x","market":{"spot:ml.p3.2xlarge":[]}}')],
      ['spot:ml.p3.2xlarge', 'no rung of the ladder'],
    ],
    ['a request of an unknown field', [DRY, '--request', '{"dedline":"6h"}'], ['dedline', 'deadline']],
    ['a request that is not JSON', [DRY, '--request', '{deadline}'], ['--request', 'not JSON']],
    [
      'a pipeline that is none',
      [DRY, '--pipeline', place.file('p.json', '{"name":"x"}')],
      ['holds no pipeline', 'job'],
    ],
    ['a seed that is no number', [DRY, '--seed', 'x'], ['--seed', 'x']],
    ['a report that is a folder', [DRY, '--report', place.folder], ['--report', 'is a folder']],
    [
      'a history below a file',
      [DRY, '--history', join(place.file('taken', ''), 'history.json')],
      ['--history', 'taken', 'cannot be written'],
    ],
  ])('%s ends with exit code 2 and says what is wrong', async (_, args, texts) => {
    const { code, stdout, stderr } = await spotrelay(['simulate', ...args]);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const text of texts) expect(stderr).toContain(text);
  });

  it('a request that the state machine refuses ends with exit code 2 and the reason', async () => {
    const { code, report } = await simulate(DRY, '--request', '{"deadline":"1h","expectedTrainingTime":"4h"}');

    expect(code).toBe(2);
    expect(report).toMatchObject({
      status: 'REJECTED',
      reason: expect.stringContaining('cannot be met even On-Demand'),
    });
  });

  it('a refused request leaves no page, and whoever asked for one is told', async () => {
    const page = join(place.folder, 'refused.html');
    const request = '{"deadline":"1h","expectedTrainingTime":"4h"}';
    const { code, stderr } = await spotrelay(['simulate', DRY, '--request', request, '--report', page]);

    expect(code).toBe(2);
    expect(stderr).toContain('refused.html was not written: the request was refused');
    expect(existsSync(page)).toBe(false);
  });
});

it('writes the report page of the run, in a folder that it makes', async () => {
  const page = join(place.folder, 'pages/of/runs/report.html');
  const { code } = await spotrelay(['simulate', DRY, '--json', '--report', page]);

  expect(code).toBe(0);
  expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>[\s\S]*Simulation: spot never comes[\s\S]*<\/html>\n$/);
});
