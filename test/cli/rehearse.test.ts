import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Receipt } from '../../domain/receipt.ts';
import { scratch, spotrelay, type Ran } from './spotrelay.ts';

jest.setTimeout(120_000);

const place = scratch();
afterAll(() => place.remove());

/** Three virtual hours of training in six seconds. */
const QUICK = ['--speed', '1800', '--hyperparameter', 'epochs=240', '--hyperparameter', 'epoch_milliseconds=25'];

interface Report {
  readonly status: string;
  readonly receipt: Receipt;
  readonly metrics: Readonly<Record<string, number>>;
  readonly verdict: { readonly kind: string; readonly text: string };
  readonly modelPackageArn: string;
}

describe('a rehearsal of the example', () => {
  const out = join(place.folder, 'example');
  let ran: Ran;
  let report: Report;
  beforeAll(async () => {
    ran = await spotrelay([
      'rehearse',
      '--json',
      '--out',
      out,
      '--report',
      join(place.folder, 'report.html'),
      ...QUICK,
    ]);
    report = JSON.parse(ran.stdout) as Report;
  });

  it('trains on spot, is interrupted, falls back to On-Demand and succeeds', () => {
    expect(ran.code).toBe(0);
    expect(report.status).toBe('SUCCEEDED');
    expect(report.receipt.interruptionCount).toBeGreaterThanOrEqual(2);
    expect(report.receipt.attempts.map(({ capacity }) => capacity)).toEqual([
      'spot:ml.g5.xlarge',
      'on-demand:ml.g5.xlarge',
    ]);
  });

  it('ends with the very model of an uninterrupted training', () => {
    expect(report.verdict.kind).toBe('identical');
    expect(report.metrics['validation:accuracy']).toBeGreaterThan(0.8);
  });

  it('writes a page about the run that shows when checkpoints were saved', () => {
    const page = readFileSync(join(place.folder, 'report.html'), 'utf8');
    expect(page).toContain('Rehearsal: interrupted twice, then dry');
    expect(page.match(/<line\s+class="saved"/g)?.length).toBeGreaterThan(3);
  });

  it('leaves model, checkpoints, receipt, logs and histories in its folder', () => {
    const version = join(out, 'registry/rehearsal-models/1');
    expect(readdirSync(version).toSorted()).toEqual(['model-package.json', 'model.tar.gz']);
    expect(readdirSync(join(out, 's3/rehearsal')).toSorted()).toEqual(['checkpoints', 'data', 'models']);
    expect(readdirSync(join(out, 'history')).length).toBe(2);
    expect(existsSync(join(out, 'receipt.json'))).toBe(true);
    const containers = readdirSync(join(out, 'containers'));
    expect(containers.length).toBeGreaterThanOrEqual(3);
    expect(readFileSync(join(out, 'containers', containers.at(-1) ?? '', 'training.log'), 'utf8')).toContain(
      'resumed from epoch',
    );
  });
});

describe('bad input', () => {
  it.each([
    ['a data file that is not there', ['--data', 'nope.csv'], ['--data', 'nope.csv', 'check the path']],
    [
      'a capacity that is no instance type',
      ['--capacity', 'spot:g5.xlarge'],
      ['--capacity', 'spot:g5.xlarge', 'ml.g5'],
    ],
    ['a purchase option that does not exist', ['--capacity', 'cheap:ml.g5.xlarge'], ['purchaseOption', 'cheap']],
    [
      'a rung that is listed twice',
      ['--capacity', 'spot:ml.g5.xlarge,spot:ml.g5.xlarge'],
      ['repeats spot:ml.g5.xlarge'],
    ],
    ['a training command that does not exist', ['--', 'no-such-program'], ['no-such-program', 'check the spelling']],
    ['a speed that is no number', ['--speed', 'fast'], ['--speed', 'fast']],
    ['a report that is a folder', ['--report', place.folder], ['--report', 'is a folder']],
    ['a folder below a file', ['--out', join(place.file('taken', ''), 'out')], ['--out', 'taken is a file']],
    ['an unknown flag', ['--dat', 'x'], ['--dat']],
    ['a hyperparameter without a value', ['--hyperparameter', 'epochs'], ['name=value']],
    ['a scenario that is not JSON', ['--scenario', place.file('broken.json', '{')], ['broken.json', 'not JSON']],
    [
      'a scenario with wrong fields',
      ['--scenario', place.file('scenario.json', '{"name":"x","markt":{},"spotPriceRatio":3}')],
      ['markt', 'spotPriceRatio'],
    ],
    [
      'a scenario of other rungs',
      ['--scenario', place.file('rungs.json', '{"name":"x","market":{"spot:ml.p3.2xlarge":[]}}')],
      ['spot:ml.p3.2xlarge', 'rename'],
    ],
    [
      'a request with an unknown field',
      ['--request', place.file('request.json', '{"dedline":"6h"}')],
      ['dedline', 'deadline'],
    ],
  ])('%s ends with exit code 2 and says what is wrong', async (_, args, texts) => {
    const { code, stderr, stdout } = await spotrelay(['rehearse', '--out', join(place.folder, 'unused'), ...args]);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const text of texts) expect(stderr).toContain(text);
    expect(existsSync(join(place.folder, 'unused'))).toBe(false);
  });

  it('a request that the state machine rejects ends with exit code 2 and the reason', async () => {
    const request = place.file('late.json', '{"deadline":"1h","expectedTrainingTime":"3h"}');
    const { code, stdout, stderr } = await spotrelay([
      'rehearse',
      '--no-baseline',
      '--out',
      join(place.folder, 'late'),
      '--request',
      request,
      '--report',
      join(place.folder, 'late.html'),
    ]);

    expect(code).toBe(2);
    expect(stderr).toContain('late.html was not written: the request was refused');
    expect(stdout).toContain('The run was refused: deadline: cannot be met even On-Demand');
  });

  it('a script that crashes at once fails the run, shows its words and keeps its log', async () => {
    const out = join(place.folder, 'crash');
    const { code, stdout } = await spotrelay([
      'rehearse',
      '--out',
      out,
      '--',
      process.execPath,
      'test/examples/scripts/crashes-at-once.mjs',
    ]);

    expect(code).toBe(1);
    expect(stdout).toContain('The run ended FAILED (Algorithm)');
    expect(stdout).toContain('the column "price" is missing from the training data');
    expect(readdirSync(join(out, 'containers'))).toHaveLength(1);
  });

  it('a script that never saves completes with exit code 4 and is told where to save', async () => {
    const args = ['--', process.execPath, 'test/examples/scripts/never-checkpoints.mjs'];
    const { code, stdout } = await spotrelay([
      'rehearse',
      '--no-baseline',
      '--out',
      join(place.folder, 'unsaved'),
      ...QUICK,
      ...args,
    ]);

    expect(code).toBe(4);
    expect(stdout).toContain('the script left nothing under s3://rehearsal/checkpoints/');
    expect(stdout).toContain('SPOTRELAY_CHECKPOINT_DIR');
  });

  it('another CSV without the wanted column fails with the columns it has', async () => {
    const data = place.file(
      'cars.csv',
      `speed,brand\n${Array.from({ length: 60 }, (_, row) => `${row},${row % 2 === 0 ? 'a' : 'b'}`).join('\n')}\n`,
    );
    const { code, stdout } = await spotrelay([
      'rehearse',
      '--no-baseline',
      '--out',
      join(place.folder, 'cars'),
      '--data',
      data,
      '--hyperparameter',
      'target=colour',
    ]);

    expect(code).toBe(1);
    expect(stdout).toContain('colour');
    expect(stdout).toContain('brand');
  });
});

it('leaves nothing running when it is interrupted, and says what is kept', async () => {
  const out = join(place.folder, 'interrupted');
  const { code, stderr } = await spotrelay(['rehearse', '--no-baseline', '--out', out], {
    signalAfter: { text: 'starting from epoch 0', signal: 'SIGINT' },
  });

  expect(code).toBe(130);
  expect(stderr).toContain('nothing is left running');
  const log = join(out, 'containers', readdirSync(join(out, 'containers'))[0] ?? '', 'training.log');
  const before = readFileSync(log, 'utf8');
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(readFileSync(log, 'utf8')).toBe(before);
});
