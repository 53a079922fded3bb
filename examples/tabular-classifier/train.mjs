// Trains a classifier on the CSV files of the channel "train", following SageMaker's rules for a training container.
// It can be killed at any moment: the next attempt goes on from the newest checkpoint and ends with the very same model.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { loadCheckpoint, saveCheckpoint, writeFileAtomically } from './checkpoint.mjs';
import { createNetwork, evaluate, networkFromJson, networkToJson, trainEpoch } from './network.mjs';
import { loadTable } from './table.mjs';

const root = process.env.SPOTRELAY_ML_ROOT ?? '/opt/ml';
const paths = {
  hyperparameters: join(root, 'input/config/hyperparameters.json'),
  train: process.env.SM_CHANNEL_TRAIN ?? join(root, 'input/data/train'),
  checkpoints: process.env.SPOTRELAY_CHECKPOINT_DIR ?? join(root, 'checkpoints'),
  model: process.env.SM_MODEL_DIR ?? join(root, 'model'),
  failure: join(root, 'output/failure'),
};

// Stopping a job by hand or by a time limit sends SIGTERM, then SIGKILL 120 s later. The handler only raises a flag: the
// training saves itself between two epochs, where its state is whole.
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

try {
  process.exitCode = await train();
} catch (error) {
  // SageMaker shows the first 1,024 characters of this file as the job's FailureReason.
  writeFileAtomically(paths.failure, error.message.slice(0, 1024));
  // One line for what whoever started the training can mend, a stack for what only a programmer can.
  console.error(error.name === 'Error' ? `error: ${error.message}` : error.stack);
  process.exitCode = 1;
}

async function train() {
  const settings = readSettings(paths.hyperparameters);
  const table = loadTable({ directory: paths.train, target: settings.target, seed: settings.seed });
  console.log(
    `learning "${table.encoding.target}" from ${table.training.rows.length} rows, ${table.heldBack.rows.length} rows held back`,
  );
  const identity = identityOf(table, settings);
  const { network, startEpoch } = resumeOrStart(table, settings, identity);
  const epoch = await runEpochs({ network, startEpoch, table, settings, identity });
  if (epoch < settings.epochs) {
    console.log(`SIGTERM: saved epoch ${epoch} of ${settings.epochs}, stopping`);
    return 128 + 15;
  }
  writeModel({ network, table, epochs: settings.epochs });
  return 0;
}

// Everything that shapes the weights. The number of epochs does not: a finished training may be taken further.
function identityOf({ fingerprint, encoding }, { hidden, learningRate, batchSize, seed }) {
  const shaping = { hidden, learning_rate: learningRate, batch_size: batchSize, seed };
  return { data: fingerprint, target: encoding.target, ...shaping };
}

function resumeOrStart({ training, encoding }, { epochs, hidden, seed }, identity) {
  const saved = loadCheckpoint({ directory: paths.checkpoints, identity, epochs });
  if (saved === undefined) {
    console.log('no checkpoint: starting from epoch 0');
    const inputs = training.rows[0].length;
    return { network: createNetwork({ inputs, hidden, classes: encoding.classes.length, seed }), startEpoch: 0 };
  }
  if (saved.epoch > epochs) {
    throw new Error(
      `the newest checkpoint is from epoch ${saved.epoch}, beyond epochs=${epochs}: raise epochs, or start in an empty checkpoint folder`,
    );
  }
  console.log(`resumed from epoch ${saved.epoch}`);
  return { network: networkFromJson(saved.state), startEpoch: saved.epoch };
}

/** Returns the last epoch that was trained and saved, which is not the last one asked for if SIGTERM came first. */
async function runEpochs({ network, startEpoch, table, settings, identity }) {
  const { epochs, checkpointEvery, epochMilliseconds } = settings;
  for (let epoch = startEpoch + 1; epoch <= epochs; epoch += 1) {
    const endsAt = performance.now() + epochMilliseconds;
    const loss = trainEpoch(network, { ...table.training, ...settings, epoch });
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss} in epoch ${epoch}: lower learning_rate`);
    await pauseUntil(endsAt);

    const isDue = epoch % checkpointEvery === 0 || epoch === epochs;
    if (isDue || stop.signal.aborted) {
      const state = networkToJson(network);
      saveCheckpoint({ directory: paths.checkpoints, identity, epoch, epochs, state });
    }
    if (isDue) {
      const { accuracy } = evaluate(network, table.heldBack);
      console.log(`epoch=${epoch} loss=${loss.toFixed(4)} validation:accuracy=${accuracy.toFixed(4)}`);
    }
    if (stop.signal.aborted) return epoch;
  }
  return epochs;
}

// An epoch that is over early waits, as if there were more data. The wait also lets Node deliver a SIGTERM, which
// synchronous work would hold up; it ends at once when one comes.
async function pauseUntil(endsAt) {
  const milliseconds = endsAt - performance.now();
  if (milliseconds <= 0) return setImmediate();
  return setTimeout(milliseconds, undefined, { signal: stop.signal }).catch(() => undefined);
}

// No dates and no durations in here: the same data, settings and number of epochs give the same bytes.
function writeModel({ network, table, epochs }) {
  const { encoding, training, heldBack } = table;
  const { accuracy, loss } = evaluate(network, heldBack);
  const counts = encoding.classes.map((_, label) => heldBack.labels.filter((other) => other === label).length);
  const baseline = Math.max(...counts) / heldBack.labels.length;
  const { shape, weights } = network;
  const model = { kind: 'tanh-softmax-network', encoding, shape, weights: [...weights], epochs };
  const evaluation = {
    accuracy,
    loss,
    baseline,
    heldBackRows: heldBack.rows.length,
    trainingRows: training.rows.length,
  };
  writeFileAtomically(join(paths.model, 'model.json'), `${JSON.stringify(model)}\n`);
  writeFileAtomically(join(paths.model, 'evaluation.json'), `${JSON.stringify(evaluation, undefined, 2)}\n`);
  console.log(
    `done: validation:accuracy=${accuracy.toFixed(4)} on ${heldBack.rows.length} held-back rows (the commonest class alone: ${baseline.toFixed(4)})`,
  );
}

// SageMaker hands over every value as text. A name nobody knows is an error: a typing mistake must not train for hours
// with a default. Names beginning with sagemaker_ are added by SageMaker's own toolkits.
function readSettings(path) {
  const given = readHyperparameters(path);
  const known = [
    'target',
    'epochs',
    'hidden',
    'learning_rate',
    'batch_size',
    'seed',
    'checkpoint_every',
    'epoch_milliseconds',
  ];
  const unknown = Object.keys(given).find((name) => !known.includes(name) && !name.startsWith('sagemaker_'));
  if (unknown !== undefined) throw new Error(`unknown hyperparameter "${unknown}": known are ${known.join(', ')}`);
  const wholeNumber = (name, fallback, lowest = 1) => {
    const text = String(given[name] ?? fallback);
    if (/^\d{1,9}$/.test(text) && Number(text) >= lowest) return Number(text);
    throw new Error(`hyperparameter ${name} is "${text}": it must be a whole number from ${lowest} up`);
  };
  const learningRate = Number(given.learning_rate || '0.0003');
  if (!(learningRate > 0 && learningRate < Infinity)) {
    throw new Error(`hyperparameter learning_rate is "${given.learning_rate}": it must be a number above 0`);
  }
  return {
    target: given.target,
    epochs: wholeNumber('epochs', 480),
    hidden: wholeNumber('hidden', 16),
    learningRate,
    batchSize: wholeNumber('batch_size', 32),
    seed: wholeNumber('seed', 1, 0),
    checkpointEvery: wholeNumber('checkpoint_every', 20),
    epochMilliseconds: wholeNumber('epoch_milliseconds', 0, 0),
  };
}

function readHyperparameters(path) {
  if (!existsSync(path)) return {};
  const text = readFileSync(path, 'utf8');
  try {
    const given = JSON.parse(text);
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  } catch {
    // The message below says what is needed, whichever way the text is wrong.
  }
  throw new Error(
    `unreadable hyperparameters in ${path}: it must hold one JSON object of texts, it begins with ${JSON.stringify(text.slice(0, 40))}`,
  );
}
