// What to change in checkpoint code, by what a drill showed.
import type { Calm } from './calm.ts';
import type { Drill } from './drills.ts';
import type { DrillVerdict, VerdictKind } from './verdict.ts';

const ATOMIC =
  'write a checkpoint to another name, flush it (fsync) and rename it (os.replace), so that a file is whole or not there';
const FALL_BACK =
  'keep the last two checkpoints; load the newest in a try block, and go on with the one before when it cannot be read';
const ON_TIME = 'save every few minutes, not on SIGTERM alone: no signal is promised when spot capacity goes';
const LOAD =
  'load the newest checkpoint from SPOTRELAY_CHECKPOINT_DIR before the first epoch, and begin the loop after the one it holds';
const STATE =
  "save all that shapes the rest with the weights: the optimiser's state, the epoch, the random states, the order of the data";
const BY_NAME =
  'take checkpoints by their exact name pattern, not the last of a folder listing; pass over everything else in the folder';

type Advice = Partial<Record<VerdictKind, string>>;

const BY_DRILL: Readonly<Record<string, Advice>> = {
  'before-first-save': {
    'failed-on-resume': 'let the start cope with an empty checkpoint folder, and with what a killed start left behind',
  },
  sigterm: { 'failed-on-resume': `let the SIGTERM handler only set a flag, and save between two steps; ${ATOMIC}` },
  'sigterm-lost': { 'restarted-from-zero': ON_TIME },
  'sigterm-cut-short': {
    'restarted-from-zero': `${ATOMIC}; delete an old checkpoint only after that`,
    'failed-on-resume': ATOMIC,
  },
  'while-saving': {
    'restarted-from-zero': `${ATOMIC}; ${FALL_BACK}`,
    'failed-on-resume': `${ATOMIC}; ${FALL_BACK}`,
    'model-differs': ATOMIC,
  },
  twice: { 'restarted-from-zero': 'keep a checkpoint until the next one is whole: loading it must not remove it' },
  'while-writing-model': {
    'restarted-from-zero': 'save a checkpoint after the last epoch, before the model is written',
    'no-model': 'mark a training as done only after its model is written; write it again when started once more',
  },
  'after-completion': {
    'restarted-from-zero': 'keep the last checkpoint when training is done: an attempt may be started once more',
    'trained-again': 'save a checkpoint after the last epoch; loaded, it leaves nothing but to write the model',
    'no-model': 'write the model again from the last checkpoint: the first one was lost with its machine',
    'failed-on-resume':
      'let the loop run zero times: a checkpoint of the last epoch leaves only the model to be written',
  },
  'disk-full': {
    'restarted-from-zero': `${ATOMIC}: an overwritten file is gone when its successor does not fit`,
    'failed-on-resume': `${ATOMIC}; remove what could not be written whole`,
    'no-model': 'end with a non-zero exit code when something could not be written',
    hung: 'let a failed write end the script with a non-zero exit code instead of being tried for ever',
  },
  'newest-truncated': { 'restarted-from-zero': FALL_BACK, 'failed-on-resume': FALL_BACK, 'model-differs': FALL_BACK },
  'newest-empty': { 'restarted-from-zero': FALL_BACK, 'failed-on-resume': FALL_BACK },
  'newest-not-uploaded': {
    'restarted-from-zero':
      'keep the last two checkpoints, and find them by listing the folder: a file that names the newest may arrive without it',
    'failed-on-resume':
      'look whether the checkpoint that a pointer file names is there, and take the one before otherwise',
  },
  leftovers: { 'restarted-from-zero': BY_NAME, 'failed-on-resume': BY_NAME, 'model-differs': BY_NAME },
  'other-instance': {
    'restarted-from-zero': 'do not tie a checkpoint to an instance type or a number of GPUs',
    'failed-on-resume':
      'save weights without the wrapper of a parallel model (model.module), load with map_location, and read the number of GPUs anew',
    'model-differs': 'let batch size and data order depend on settings, not on the machine',
  },
};

const IN_GENERAL: Advice = {
  'restarted-from-zero': `${LOAD}; ${ON_TIME}`,
  'trained-again': 'save a checkpoint after the last epoch',
  'failed-on-resume': FALL_BACK,
  failed: 'see training.log of its container',
  'model-differs': STATE,
  'no-model': 'write the model to SM_MODEL_DIR whenever the script ends with exit code 0',
  hung: 'let nothing wait for ever: locks and half-written files of a killed process may lie in the checkpoint folder; or raise --time-limit',
};

/** Who saves nothing uninterrupted has to begin there, whichever drill it was. */
export function adviceOn({ name }: Drill, { kind, outcome }: DrillVerdict, { saves }: Calm): string | undefined {
  if (outcome !== 'failed') return undefined;
  const particular = saves === 0 ? undefined : BY_DRILL[name]?.[kind];
  return particular ?? IN_GENERAL[kind];
}
