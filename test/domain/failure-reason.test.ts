import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { exitCodesOf, normaliseReason } from '../../domain/failure-reason.ts';

describe('normaliseReason', () => {
  it('settles in one pass, so that a normalised reason stays as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(clienterror|algorithmerror|error|:| |x)*$/), (text) => {
        expect(normaliseReason(normaliseReason(text))).toBe(normaliseReason(text));
      }),
    );
  });
});

describe('a reason as rules compare it', () => {
  it.each([
    ['ClientError :Data  download failed :x', 'clienterror:data download failed:x'],
    ['ClientError: ClientError: x', 'clienterror:x'],
    ['ClientError: AlgorithmError: x', 'clienterror:algorithmerror:x'],
    ['A: B : C', 'a:b:c'],
    [' ClientError: x ', 'clienterror:x'],
    ['Job failed: ClientError: ClientError: x', 'job failed:clienterror:clienterror:x'],
  ])('is, for %j, %j', (reason, normalised) => {
    expect(normaliseReason(reason)).toBe(normalised);
  });
});

describe('exitCodesOf', () => {
  it.each<[string, readonly number[]]>([
    ['AlgorithmError: Exit Code: 139', [139]],
    ['AlgorithmError: exit code 137', [137]],
    ['AlgorithmError: , exit code: 1', [1]],
    ['AlgorithmError: ValueError: no such column, exit code: 2', [2]],
    [
      'AlgorithmError: ExecuteUserScriptError:\nExitCode 75\nErrorMessage "gone"\nCommand "python train.py", exit code: 1',
      [1, 75],
    ],
    ['AlgorithmError: ExecuteUserScriptError:\nExitCode -9', [137]],
    ['AlgorithmError: it printed exit code: 5 and went on', []],
    ['AlgorithmError: exit code: 5, so it said, exit code: 1', [1]],
    ['AlgorithmError: ValueError,exit code: 2', [2]],
    ['AlgorithmError: it said, exit code: 5 or so', []],
    ['AlgorithmError: ExecuteUserScriptError: ExitCode 0', [0]],
    ['ClientError: something, exit code: 3', []],
    ['ClientError: AlgorithmError: something, exit code: 3', []],
    ['ClientError: AlgorithmError: exit code: 3', []],
    ['ClientError: AlgorithmError: ExecuteUserScriptError: ExitCode 3', []],
    ['CapacityError: no, exit code: 3', []],
    ['', []],
  ])('reads %j as %j', (reason, codes) => {
    expect(exitCodesOf(normaliseReason(reason))).toEqual(codes);
  });

  it("believes SageMaker's own ending, whatever the script wrote before it", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 255 }), (text, code) => {
        expect(exitCodesOf(normaliseReason(`AlgorithmError: ${text}, exit code: ${code}`))[0]).toBe(code);
      }),
    );
  });
});
