// Nothing unchecked comes into a function, and nothing unchecked goes out of it.
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { ContractViolation, defineFunction } from '../../lambdas/define-function.ts';

const contract = {
  input: z.object({ seconds: z.int().default(60) }),
  output: z.strictObject({ waitSeconds: z.int().min(1) }),
};
const waits = (answer?: unknown) => {
  const asked: unknown[] = [];
  const call = defineFunction(
    'wait',
    contract,
  )(async (input) => {
    asked.push(input);
    return (answer ?? { waitSeconds: input.seconds }) as { waitSeconds: number };
  });
  return { asked, call };
};

describe('a function', () => {
  it('is given its event as its contract reads it, and its answer is handed on', async () => {
    const { asked, call } = waits();
    expect(await call({ unknown: 'field' })).toEqual({ waitSeconds: 60 });
    expect(asked).toEqual([{ seconds: 60 }]);
  });

  it('is not asked where the event is not as agreed, and says which field is wrong', async () => {
    const { asked, call } = waits();
    const failure = await call({ seconds: 'soon' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ContractViolation);
    expect(failure).toMatchObject({
      name: 'ContractViolation',
      message: expect.stringMatching(/^wait input: seconds: .*, got "soon"$/),
    });
    expect(asked).toEqual([]);
  });

  it('fails rather than answer a state machine what that cannot read, and names all that is wrong', async () => {
    await expect(waits({ waitSeconds: 0, more: 1 }).call({})).rejects.toThrow(
      /^wait output: waitSeconds: .*, got 0; more: .*$/,
    );
  });
});
