// The two scripts that other tests train with in order to see bad input: they must be bad in exactly one way.
import { afterEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { Container } from './container.ts';

const scripts = join(import.meta.dirname, 'scripts');
let container: Container;
afterEach(() => container.remove());

describe('crashes-at-once', () => {
  it('fails with a reason in the failure file', async () => {
    container = new Container({});

    const ended = await container.run(join(scripts, 'crashes-at-once.mjs'));

    expect(ended.code).toBe(1);
    expect(container.read('output/failure')).toContain('"price" is missing');
  });
});

describe('never-checkpoints', () => {
  it('writes a model at its end and nothing before', async () => {
    container = new Container({ epochs: '3', epoch_milliseconds: '1' });

    const ended = await container.run(join(scripts, 'never-checkpoints.mjs'));

    expect(ended).toMatchObject({ code: 0, stdout: 'epoch=1\nepoch=2\nepoch=3\n' });
    expect(container.has('model/model.json')).toBe(true);
    expect(container.has('checkpoints')).toBe(false);
  });

  it('loses everything when it is interrupted', async () => {
    container = new Container({ epochs: '1000', epoch_milliseconds: '1' });

    const ended = await container.run(join(scripts, 'never-checkpoints.mjs'), {
      interrupt: { after: 'epoch=3\n', signal: 'SIGTERM' },
    });

    expect(ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(container.has('model')).toBe(false);
  });
});
