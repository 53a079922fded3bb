// What happens in a rehearsal, line by line, as it happens; times are virtual, since the upload.
import { isTerminal, type JobDescription } from '../../domain/job-description.ts';
import { parseJobName } from '../../domain/naming.ts';
import { MODEL_REGISTERED, MODEL_REJECTED, RUN_STATE_CHANGE } from '../../domain/events.ts';
import type { BusEvent } from '../../simulator/services/sim-event-bus.ts';
import type { WorldObservers } from '../../simulator/world.ts';
import { paint } from '../text/style.ts';

export interface TimelineOptions {
  readonly elapsedSeconds: () => number;
  readonly write: (line: string) => void;
}

/** What the functions' answers have that a reader wants to see; each function has some of it. */
interface FunctionOutput {
  readonly reason?: string;
  readonly executionName?: string;
  readonly action?: string;
  readonly verdict?: string;
  readonly next?: string;
  readonly attemptNumber?: number;
}

interface EventDetail {
  readonly runId: string;
  readonly status: string;
  readonly reason: string;
  readonly modelPackageArn: string;
}

/** The first lines a container prints, and its last, tell what it resumed from and how it ended. */
const FIRST_LINES_PER_CONTAINER = 3;

export class Timeline {
  readonly #options: TimelineOptions;
  readonly #lines = new Map<string, { count: number; last: string }>();
  readonly #announced = new Set<string>();

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  readonly observers: WorldObservers = {
    onFunctionResult: (name, _input, output) => this.#functionResult(name, output as FunctionOutput),
    onJobStatus: (job) => this.#jobStatus(job),
    onInterrupted: (_job, noticeSeconds) =>
      this.#say(
        paint('yellow', 'spot'),
        paint(
          'yellow',
          noticeSeconds > 0
            ? `capacity is taken back: SIGTERM, SIGKILL in ${noticeSeconds} s`
            : 'capacity is taken back without notice: SIGKILL',
        ),
      ),
    onBusEvent: (event) => this.#busEvent(event),
    onDeadLetter: (event, rule, error) =>
      this.#say(paint('red', 'event'), `${event['detail-type']} was not delivered by rule ${rule}: ${String(error)}`),
  };

  trainingOutput(jobName: string, line: string): void {
    const seen = this.#lines.get(jobName) ?? { count: 0, last: '' };
    this.#lines.set(jobName, { count: seen.count + 1, last: line });
    if (seen.count < FIRST_LINES_PER_CONTAINER) this.#say('', paint('dim', `│ ${line}`));
  }

  #functionResult(name: string, output: FunctionOutput): void {
    const reason = output.reason ?? '';
    if (name === 'StartRun')
      this.#say('upload', `${reason}: execution ${output.executionName ?? '-'} ${output.action ?? ''}`);
    if (name === 'AcceptRun') this.#say('run', reason);
    if (name === 'PlanAttempt') this.#say(paint('cyan', 'plan'), this.#planText(output, reason));
    if (name === 'ReviewAttempt' && output.verdict === 'stopping')
      this.#say(paint('cyan', 'watch'), `stopping the job: ${reason}`);
    if (name === 'InspectAttempt') this.#say(paint('cyan', 'inspect'), reason);
  }

  #planText(output: FunctionOutput, reason: string): string {
    switch (output.next) {
      case 'spot':
      case 'on-demand':
        return `attempt ${output.attemptNumber ?? 0} on ${output.next}: ${reason}`;
      case 'wait':
        return `wait: ${reason}`;
      default:
        return `end: ${reason}`;
    }
  }

  #jobStatus(job: JobDescription): void {
    if (parseJobName(job.jobName)?.canaryNumber !== undefined) return this.#canaryStatus(job);
    if (isTerminal(job) || job.secondaryStatus === 'Interrupted') {
      const lines = this.#lines.get(job.jobName);
      if (lines !== undefined && lines.count > FIRST_LINES_PER_CONTAINER)
        this.#say('', paint('dim', `│ … ${lines.last}`));
      this.#lines.delete(job.jobName);
    }
    const status = job.status === job.secondaryStatus ? job.status : `${job.status}/${job.secondaryStatus}`;
    this.#say('job', `${job.jobName} ${status}${job.failureReason === undefined ? '' : `: ${job.failureReason}`}`);
  }

  /** Whether it finds capacity is all that matters of a canary, and mostly it does not. */
  #canaryStatus({ secondaryStatus, jobName }: JobDescription): void {
    if (secondaryStatus === 'Starting') this.#say('canary', paint('dim', `${jobName} asks whether spot is back`));
    if (secondaryStatus === 'Downloading') this.#say(paint('green', 'canary'), `${jobName} has found spot capacity`);
  }

  #busEvent(event: BusEvent): void {
    const detail = event.detail as EventDetail;
    const type = event['detail-type'];
    if (type === RUN_STATE_CHANGE && !this.#announced.has(detail.runId)) {
      this.#announced.add(detail.runId);
      this.#say(
        detail.status === 'SUCCEEDED' ? paint('green', 'event') : paint('red', 'event'),
        `${type}: ${detail.status}: ${detail.reason}`,
      );
    }
    if (type === MODEL_REGISTERED) this.#say(paint('green', 'event'), `${type}: ${detail.modelPackageArn}`);
    if (type === MODEL_REJECTED) this.#say(paint('red', 'event'), `${type}: ${detail.reason}`);
  }

  #say(subject: string, text: string): void {
    this.#options.write(timelineLine(this.#options.elapsedSeconds(), subject, text));
  }
}

/** Hours and minutes since the start, who speaks, and what. */
export function timelineLine(elapsedSeconds: number, subject: string, text: string): string {
  const seconds = Math.max(0, Math.floor(elapsedSeconds));
  const time = `${String(Math.floor(seconds / 3_600)).padStart(2)}:${String(Math.floor((seconds % 3_600) / 60)).padStart(2, '0')}`;
  return `${paint('dim', time)}  ${padStyled(subject, 7)}  ${text}`;
}

/** Pads by what is seen, not by escape codes. */
function padStyled(text: string, width: number): string {
  // eslint-disable-next-line no-control-regex
  const seen = text.replaceAll(/\u001B\[\d+m/g, '').length;
  return text + ' '.repeat(Math.max(0, width - seen));
}
