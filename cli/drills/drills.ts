// The drills as data: when a container is interrupted, how, what is done to its checkpoints before the next one starts,
// and what a training script that loses nothing does then. docs/drills.md tells them to users.

/** A moment in a container's life, seen from outside. */
export type Moment = 'at-start' | 'between-saves' | 'while-saving' | 'after-resume' | 'while-writing-model' | 'at-exit';

export interface Interruption {
  readonly when: Moment;
  /** `none`: SIGKILL. `lost`: SIGTERM is sent and does not reach the script. `cut`: SIGKILL follows while it saves. */
  readonly notice: 'none' | 'full' | 'lost' | 'cut';
}

/** What the next container finds in place of what was saved. */
export type Damage = 'newest-truncated' | 'newest-empty' | 'newest-not-uploaded' | 'leftovers';

export interface Drill {
  readonly name: string;
  /** One line for a list. */
  readonly title: string;
  /** The first is for the first container, and so on. */
  readonly interruptions: readonly Interruption[];
  readonly damage?: Damage;
  /** The second container cannot write what it saves; it is replaced whatever it does. */
  readonly diskFull?: true;
  /** The capacity does not come back: the second container is of the second rung, and of its instance type. */
  readonly otherInstance?: true;
  /** `start`: there was nothing to go on from. `finish`: there was nothing left to train. */
  readonly expects: 'resume' | 'start' | 'finish';
}

const KILLED: readonly Interruption[] = [{ when: 'between-saves', notice: 'none' }];

export const DRILLS: readonly Drill[] = [
  {
    name: 'before-first-save',
    title: 'killed right after the start, before anything was saved',
    interruptions: [{ when: 'at-start', notice: 'none' }],
    expects: 'start',
  },
  {
    name: 'sigterm',
    title: 'SIGTERM in the midst of training, SIGKILL 120 s later',
    interruptions: [{ when: 'between-saves', notice: 'full' }],
    expects: 'resume',
  },
  {
    name: 'sigkill',
    title: 'killed in the midst of training, without notice',
    interruptions: KILLED,
    expects: 'resume',
  },
  {
    name: 'sigterm-lost',
    title: 'SIGTERM does not reach the script, SIGKILL does',
    interruptions: [{ when: 'between-saves', notice: 'lost' }],
    expects: 'resume',
  },
  {
    name: 'sigterm-cut-short',
    title: 'SIGTERM, then SIGKILL while the script saves because of it',
    interruptions: [{ when: 'between-saves', notice: 'cut' }],
    expects: 'resume',
  },
  {
    name: 'while-saving',
    title: 'killed while a checkpoint is being written',
    interruptions: [{ when: 'while-saving', notice: 'none' }],
    expects: 'resume',
  },
  {
    name: 'twice',
    title: 'killed, and killed again right after it has resumed',
    interruptions: [...KILLED, { when: 'after-resume', notice: 'none' }],
    expects: 'resume',
  },
  {
    name: 'while-writing-model',
    title: 'killed while the model is being written, after the last epoch',
    interruptions: [{ when: 'while-writing-model', notice: 'none' }],
    expects: 'resume',
  },
  {
    name: 'after-completion',
    title: 'started again although the training had been completed',
    interruptions: [{ when: 'at-exit', notice: 'none' }],
    expects: 'finish',
  },
  {
    name: 'disk-full',
    title: 'the disk is full while a checkpoint is written',
    interruptions: KILLED,
    diskFull: true,
    expects: 'resume',
  },
  {
    name: 'newest-truncated',
    title: 'the newest checkpoint has lost its second half',
    interruptions: KILLED,
    damage: 'newest-truncated',
    expects: 'resume',
  },
  {
    name: 'newest-empty',
    title: 'the newest checkpoint is a file without content',
    interruptions: KILLED,
    damage: 'newest-empty',
    expects: 'resume',
  },
  {
    name: 'newest-not-uploaded',
    title: 'the newest checkpoint was not uploaded in time, what points to it was',
    interruptions: KILLED,
    damage: 'newest-not-uploaded',
    expects: 'resume',
  },
  {
    name: 'leftovers',
    title: 'half-written and marker files lie between the checkpoints',
    interruptions: KILLED,
    damage: 'leftovers',
    expects: 'resume',
  },
  {
    name: 'other-instance',
    title: 'goes on On-Demand, on another instance type',
    interruptions: KILLED,
    otherInstance: true,
    expects: 'resume',
  },
];

/** The training that everything is held against. */
export const UNINTERRUPTED: Drill = {
  name: 'uninterrupted',
  title: 'not interrupted',
  interruptions: [],
  expects: 'start',
};
