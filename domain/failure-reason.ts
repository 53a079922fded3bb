// A FailureReason as rules compare it. SageMaker's own words stand at its start, what the user's script wrote behind them.

/** Terminals, logs and SageMaker itself break lines and double blanks where they like. */
export const foldBlanks = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** Folds case and white space, none beside a colon, and strips a prefix that is repeated ("ClientError: ClientError: …"). */
export function normaliseReason(reason: string): string {
  let text = foldBlanks(reason).replaceAll(/ ?: ?/g, ':').toLowerCase();
  for (;;) {
    const repeated = /^(\w+error):(?=\1)/.exec(text);
    if (repeated === null) return text;
    text = text.slice(repeated[0].length);
  }
}

/** SageMaker closes a reason with it ("AlgorithmError: …, exit code: 1"), so what the script wrote cannot stand behind. */
const EXIT_CODE_AT_END = /^algorithmerror:.*, ?exit code:(\d{1,3})$/;
/** The older form, for a script that wrote nothing. */
const EXIT_CODE_ALONE = /^algorithmerror:exit code[: ](\d{1,3})\b/;
/** Of the training script, where AWS's training toolkit runs it; the container may well end with another. */
const EXIT_CODE_OF_TOOLKIT = /^algorithmerror:executeuserscripterror:exitcode (-?\d{1,3})\b/;

/** Exit codes of the container and of the script inside it, from a normalised reason; none when it tells none. */
export function exitCodesOf(normalised: string): readonly number[] {
  const container = EXIT_CODE_AT_END.exec(normalised) ?? EXIT_CODE_ALONE.exec(normalised);
  const script = EXIT_CODE_OF_TOOLKIT.exec(normalised);
  return [container?.[1], script?.[1]].flatMap((code) => (code === undefined ? [] : [asExitCode(Number(code))]));
}

/** Python says -9 for a process that SIGKILL ended, a shell says 137. */
const asExitCode = (code: number): number => (code < 0 ? 128 - code : code);
