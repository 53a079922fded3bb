// A file of tests that was loaded once and runs again and again, by Jest's own parts outside of Jest.
import { type TestResult, TestStatus } from '@stryker-mutator/api/test-runner';
import { addEventHandler, getState, removeEventHandler, resetState, run, type State, setState } from 'jest-circus';

type Block = State['rootDescribeBlock'];
type Test = Block['tests'][number];

interface Entry {
  readonly id: string;
  readonly name: string;
  readonly test: Test;
  /** As its author left it: run with all others, or skipped. */
  readonly mode: Test['mode'];
}

export interface TestFile {
  readonly file: string;
  readonly state: State;
  readonly entries: readonly Entry[];
}

export interface TestRun {
  /** Ids; without them all tests are run. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Whether the first failure ends it. */
  readonly bail: boolean;
}

function namesIn(block: Block, within: readonly string[] = []): readonly { name: string; test: Test }[] {
  return block.children.flatMap((child) =>
    child.type === 'test'
      ? [{ name: [...within, child.name].join(' '), test: child }]
      : namesIn(child, [...within, child.name]),
  );
}

/** The longest that a timer takes: a test that hangs is Stryker's to notice, and a busy machine's slow one is none. */
const TEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The tests that `file` declares as `load` imports it. */
export async function loadTestFile(file: string, load: () => Promise<void>): Promise<TestFile> {
  resetState();
  await load();
  const state = { ...getState(), testTimeout: TEST_TIMEOUT_MS };
  const entries = namesIn(state.rootDescribeBlock).map(({ name, test }, index) => ({
    // Two tests may have one name.
    id: `${file} ${index} ${name}`,
    name,
    test,
    mode: test.mode,
  }));
  return { file, state, entries };
}

function resultOf({ id, name, test }: Entry, fileName: string): TestResult {
  const base = { id, name, fileName, timeSpentMs: test.duration ?? 0 };
  if (test.errors.length > 0) return { ...base, status: TestStatus.Failed, failureMessage: String(test.errors[0]) };
  return { ...base, status: test.status === 'done' ? TestStatus.Success : TestStatus.Skipped };
}

/**
 * Tells `running` which test runs, and that none does.
 *
 * @throws Error where a hook after all tests fails, which no test would tell of.
 */
export async function runTestFile(
  { file, state, entries }: TestFile,
  ask: TestRun,
  running: (id: string | undefined) => void,
): Promise<readonly TestResult[]> {
  const idOf = new Map(entries.map(({ test, id }) => [test, id]));
  for (const { id, test, mode } of entries) {
    test.errors = [];
    test.mode = ask.only === undefined || ask.only.has(id) ? mode : 'skip';
  }
  const handler: Parameters<typeof addEventHandler>[0] = (event) => {
    if (event.name === 'test_start') running(idOf.get(event.test));
    if (event.name !== 'test_done') return;
    running(undefined);
    if (ask.bail && event.test.errors.length > 0) for (const { test } of entries) test.mode = 'skip';
  };
  addEventHandler(handler);
  try {
    setState({ ...state, unhandledErrors: [] });
    const { unhandledErrors } = await run();
    if (unhandledErrors.length > 0) throw new Error(`${file}: ${unhandledErrors.join('; ')}`);
  } finally {
    removeEventHandler(handler);
  }
  return entries.map((entry) => resultOf(entry, file));
}
