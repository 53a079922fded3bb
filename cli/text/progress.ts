// How far something long has come: one line that is written over, on standard error of a terminal and nowhere else. It
// shows up after two seconds; what is done by then needs none.
const PATIENCE_MILLISECONDS = 2_000;
const REDRAW_MILLISECONDS = 200;

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  readonly stream?: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly now?: () => number;
}

export class Progress {
  readonly #options: Required<ProgressOptions>;
  readonly #startedAt: number;
  #done = 0;
  #drawnAt = 0;

  constructor({ label, total, stream = process.stderr, now = () => performance.now() }: ProgressOptions) {
    this.#options = { label, total, stream, now };
    this.#startedAt = now();
  }

  advance(): void {
    this.#done += 1;
    const { stream, now, label, total } = this.#options;
    const moment = now();
    const elapsed = moment - this.#startedAt;
    if (stream.isTTY !== true || elapsed < PATIENCE_MILLISECONDS || moment - this.#drawnAt < REDRAW_MILLISECONDS)
      return;
    this.#drawnAt = moment;
    const left = Math.ceil(((elapsed / this.#done) * (total - this.#done)) / 1_000);
    stream.write(`\r\u001B[2K${label}: ${this.#done} of ${total}, about ${left} s left`);
  }

  end(): void {
    if (this.#drawnAt > 0) this.#options.stream.write('\r\u001B[2K');
  }
}
