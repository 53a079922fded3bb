// A small classifier: one hidden layer of tanh units, softmax on top, trained by mini-batches with Adam.
// Weights and Adam's two moments are three flat arrays of one layout, so that saving and restoring them is trivial.
import { createHash } from 'node:crypto';

export function createNetwork({ inputs, hidden, classes, seed }) {
  const shape = { inputs, hidden, classes };
  const count = hidden * (inputs + 1) + classes * (hidden + 1);
  const random = randomStream(seed, 'weights');
  const weights = Float64Array.from({ length: count }, () => (random() * 2 - 1) / Math.sqrt(Math.max(inputs, hidden)));
  return { shape, weights, moment1: new Float64Array(count), moment2: new Float64Array(count), steps: 0 };
}

/** Walks over all rows once, in an order of this epoch's own, and returns the mean loss. */
export function trainEpoch(network, { rows, labels, epoch, seed, batchSize, learningRate }) {
  // The order depends on the seed and the epoch alone. A generator that kept running from epoch to epoch would have
  // to be saved as well, or a resumed training would see other batches than one that was never interrupted.
  const order = shuffledIndexes(rows.length, randomStream(seed, `order of epoch ${epoch}`));
  const gradient = new Float64Array(network.weights.length);
  let loss = 0;
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = order.slice(start, start + batchSize);
    gradient.fill(0);
    for (const index of batch) loss += addGradient(network, { row: rows[index], label: labels[index], gradient });
    stepWithAdam(network, { gradient, batchLength: batch.length, learningRate });
  }
  return loss / rows.length;
}

/** Mean loss and the share of rows whose most probable class is the true one. */
export function evaluate(network, { rows, labels }) {
  let loss = 0;
  let correct = 0;
  for (const [index, row] of rows.entries()) {
    const { probabilities } = forward(network, row);
    loss -= Math.log(Math.max(probabilities[labels[index]], Number.MIN_VALUE));
    if (probabilities.indexOf(Math.max(...probabilities)) === labels[index]) correct += 1;
  }
  return { loss: loss / rows.length, accuracy: correct / rows.length };
}

/** JSON writes the shortest text that reads back as the same double, so nothing is lost on the way to disk. */
export function networkToJson({ shape, weights, moment1, moment2, steps }) {
  return { shape, weights: [...weights], moment1: [...moment1], moment2: [...moment2], steps };
}

export function networkFromJson({ shape, weights, moment1, moment2, steps }) {
  const [w, m1, m2] = [weights, moment1, moment2].map((numbers) => Float64Array.from(numbers));
  return { shape, weights: w, moment1: m1, moment2: m2, steps };
}

/** Numbers in [0, 1) that depend only on the seed and the purpose they are drawn for. */
export function randomStream(seed, purpose) {
  let state = createHash('sha256').update(`${seed}/${purpose}`).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x9e3779b9) >>> 0; // a Weyl sequence, whose bits the two multiplications below mix
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
  };
}

export function shuffledIndexes(length, random) {
  const indexes = Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [indexes[last], indexes[other]] = [indexes[other], indexes[last]];
  }
  return indexes;
}

// Each unit's weights lie side by side with its bias last: first the hidden units, then the classes.
function forward({ shape, weights }, row) {
  const activations = new Float64Array(shape.hidden);
  for (let unit = 0; unit < shape.hidden; unit += 1) {
    activations[unit] = Math.tanh(weightedSum(weights, unit * (shape.inputs + 1), row));
  }
  const outputStart = shape.hidden * (shape.inputs + 1);
  const scores = new Float64Array(shape.classes);
  for (let unit = 0; unit < shape.classes; unit += 1) {
    scores[unit] = weightedSum(weights, outputStart + unit * (shape.hidden + 1), activations);
  }
  const highest = Math.max(...scores); // subtracted so that the exponential cannot overflow
  const powers = scores.map((score) => Math.exp(score - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { activations, probabilities: powers.map((power) => power / total) };
}

function weightedSum(weights, start, values) {
  let sum = weights[start + values.length];
  for (let index = 0; index < values.length; index += 1) sum += weights[start + index] * values[index];
  return sum;
}

function addGradient(network, { row, label, gradient }) {
  const { shape, weights } = network;
  const { activations, probabilities } = forward(network, row);
  const hiddenErrors = new Float64Array(shape.hidden);
  const outputStart = shape.hidden * (shape.inputs + 1);
  for (let unit = 0; unit < shape.classes; unit += 1) {
    const error = probabilities[unit] - (unit === label ? 1 : 0);
    const start = outputStart + unit * (shape.hidden + 1);
    for (let index = 0; index < shape.hidden; index += 1) hiddenErrors[index] += error * weights[start + index];
    addScaled(gradient, start, { values: activations, error });
  }
  for (let unit = 0; unit < shape.hidden; unit += 1) {
    const error = hiddenErrors[unit] * (1 - activations[unit] ** 2);
    addScaled(gradient, unit * (shape.inputs + 1), { values: row, error });
  }
  return -Math.log(Math.max(probabilities[label], Number.MIN_VALUE));
}

function addScaled(gradient, start, { values, error }) {
  for (let index = 0; index < values.length; index += 1) gradient[start + index] += error * values[index];
  gradient[start + values.length] += error;
}

function stepWithAdam(network, { gradient, batchLength, learningRate }) {
  const { weights, moment1, moment2 } = network;
  network.steps += 1;
  const correction1 = 1 - 0.9 ** network.steps;
  const correction2 = 1 - 0.999 ** network.steps;
  for (let index = 0; index < weights.length; index += 1) {
    const slope = gradient[index] / batchLength;
    moment1[index] = 0.9 * moment1[index] + 0.1 * slope;
    moment2[index] = 0.999 * moment2[index] + 0.001 * slope * slope;
    const step = moment1[index] / correction1 / (Math.sqrt(moment2[index] / correction2) + 1e-8);
    weights[index] -= learningRate * step;
  }
}
