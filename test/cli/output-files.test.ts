import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { prepareOutputFile, prepareOutputFolder } from '../../cli/output-files.ts';
import { scratch } from './spotrelay.ts';

const place = scratch();
afterAll(() => place.remove());

describe('a file to be written', () => {
  it('gets the folders that are missing, however many', () => {
    prepareOutputFile('--report', join(place.folder, 'a/b/c/report.html'));

    expect(statSync(join(place.folder, 'a/b/c')).isDirectory()).toBe(true);
    expect(existsSync(join(place.folder, 'a/b/c/report.html'))).toBe(false);
  });

  it('below a file is refused by flag, path and reason', () => {
    const path = join(place.file('taken', ''), 'sub/report.html');

    expect(() => prepareOutputFile('--report', path)).toThrow(
      /^--report: .*report\.html cannot be written \(.*taken is/,
    );
  });
});

// Node's recursive mkdir never returns below /proc.
(process.platform === 'linux' ? describe : describe.skip)('a place where no folder can be made', () => {
  it('is refused at once for a file', () => {
    expect(() => prepareOutputFile('--report', '/proc/nope/deep/x.html')).toThrow(
      /^--report: \/proc\/nope\/deep\/x\.html cannot be written \(ENOENT/,
    );
  });

  it('is refused at once for a folder', () => {
    expect(() => prepareOutputFolder('--out', '/proc/nope/out')).toThrow(/^--out: \/proc\/nope\/out cannot be written/);
  });
});
