// Values that people, scripts and strangers may send: any JSON, with the tricks that break careless code.
import * as fc from 'fast-check';

/** As it comes off the wire: a parser makes values deeper than most code can walk. */
const nested = (depth: number, open: string, close: string): unknown =>
  JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`) as unknown;

const TRICKS: readonly unknown[] = [
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
  JSON.parse('{"toString": 1, "hasOwnProperty": "no", "valueOf": null}'),
  '__proto__',
  'constructor',
  '../../../etc/passwd',
  's3://bucket/../../other-bucket/key',
  's3://bucket/a/%2e%2e/b',
  's3://artifacts/churn/checkpoints/../../secret/',
  '$(rm -rf /)',
  '`id`; cat /etc/passwd | sh && true || false > /tmp/x',
  '{% $states.context %}',
  '${PlanAttemptFunctionArn}',
  '\u0000\u202e\ud800',
  'x'.repeat(30_000),
  '9'.repeat(400),
  '-1h',
  '1e999d',
  'P'.repeat(1_000),
  Number.MAX_SAFE_INTEGER,
  -0,
  1e308,
  [],
  {},
  null,
];

export const anyTrick = fc.constantFrom(...TRICKS);

export const deepValues: readonly unknown[] = [
  nested(2_000, '[', ']'),
  nested(100_000, '[', ']'),
  nested(20_000, '{"a":', '}'),
];

export const hugeText = 'y'.repeat(10 * 2 ** 20);

/** Now and then a trick, otherwise any JSON. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 2, arbitrary: anyTrick },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
);

/** An object of known fields, some of them right, some of them anything, some missing, and one that is unknown. */
export const mostly = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> => {
  const spoilt = Object.entries(fields).map(
    ([name, right]) => [name, fc.oneof({ weight: 4, arbitrary: right }, { weight: 1, arbitrary: anyValue })] as const,
  );
  return fc
    .tuple(
      fc.record(Object.fromEntries(spoilt), { requiredKeys: [] }),
      fc.oneof(
        { weight: 5, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.dictionary(fc.string(), anyValue) },
      ),
    )
    .map(([known, more]) => ({ ...known, ...more }));
};

export interface Refusal {
  readonly name: string;
  readonly message: string;
}

/** How the call failed; undefined when it did not. */
export async function refusalOf(call: () => unknown): Promise<Refusal | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : { name: 'no error', message: String(error) };
  }
}
