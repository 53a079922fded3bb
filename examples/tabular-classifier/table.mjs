// From the CSV files of a channel to numbers a network can learn from: reads, holds rows back, and encodes columns.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomStream, shuffledIndexes } from './network.mjs';

const missingMarks = new Set(['', '.', 'NA', 'NaN', 'null']);
const rowCountMin = 20;
const levelCountMax = 50;
const heldBackShare = 0.25;

/** Returns rows ready for training and for evaluation, and the `encoding` that turns any further row into the same. */
export function loadTable({ directory, target: wanted, seed }) {
  const { header, records, fingerprint } = readCsvFiles(directory);
  const target = wanted ?? header.at(-1);
  const { labelled, classes } = labelRecords(records, { header, target });
  const order = shuffledIndexes(labelled.length, randomStream(seed, 'held-back rows'));
  const heldBackCount = Math.round(labelled.length * heldBackShare);
  const [heldBack, training] = [order.slice(0, heldBackCount), order.slice(heldBackCount)].map((indexes) =>
    indexes.map((index) => labelled[index]),
  );
  // Means and levels come from the training rows alone: held-back rows must not leak into what is judged by them.
  const columns = header.flatMap((name, index) => (name === target ? [] : describeColumn(name, index, training)));
  if (columns.length === 0) throw new Error(`no column beside the target "${target}" can be learned from`);
  const encode = (records) => ({
    rows: records.map((record) => Float64Array.from(columns.flatMap((column) => encodeCell(column, record)))),
    labels: records.map((record) => classes.indexOf(record[header.indexOf(target)])),
  });
  const encoding = { target, classes, columns };
  return { encoding, fingerprint, training: encode(training), heldBack: encode(heldBack) };
}

function readCsvFiles(directory) {
  const found = existsSync(directory) ? readdirSync(directory, { recursive: true }).map(String).toSorted() : [];
  const names = found.filter((name) => name.toLowerCase().endsWith('.csv'));
  if (names.length === 0) {
    const instead = found.length === 0 ? 'it is empty' : `it holds ${found.slice(0, 5).join(', ')}`;
    throw new Error(`no CSV file in ${directory} (${instead}): put one with a header line into the channel "train"`);
  }
  const texts = names.map((name) => readFileSync(join(directory, name), 'utf8'));
  const [first, ...others] = texts.map((text, index) => parseCsv(text, names[index]));
  for (const [index, other] of others.entries()) {
    if (JSON.stringify(other.header) === JSON.stringify(first.header)) continue;
    throw new Error(`${names[index + 1]} has other columns than ${names[0]}: all CSV files need the same header line`);
  }
  const records = [first, ...others].flatMap((file) => file.records);
  const fingerprint = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
  return { header: first.header, records, fingerprint };
}

function parseCsv(text, name) {
  // One cell, bare or quoted, and what ends it. The sticky flag makes the search stop at the first thing that fits neither.
  const cellPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  const content = text.replace(/^\uFEFF/, ''); // the byte order mark that spreadsheets put first
  const lines = [[]];
  let end = 0;
  for (const [match, quoted, bare, separator] of content.matchAll(cellPattern)) {
    lines.at(-1).push((quoted?.replaceAll('""', '"') ?? bare).trim());
    if (separator !== ',') lines.push([]);
    end += match.length;
  }
  const [header, ...records] = lines.filter((cells) => cells.length > 1 || (cells[0] ?? '') !== '');
  if (header === undefined) throw new Error(`${name} is empty: it needs a header line and rows`);
  if (end < content.length) throw new Error(`${name}, row ${records.length}: a quote or a line end is out of place`);
  const uneven = records.findIndex((record) => record.length !== header.length);
  if (uneven === -1) return { header, records };
  throw new Error(`${name}, row ${uneven + 1}: ${records[uneven].length} cells where the header has ${header.length}`);
}

function labelRecords(records, { header, target }) {
  const index = header.indexOf(target);
  if (index === -1) {
    const present = header.map((name) => `"${name}"`).join(', ');
    throw new Error(`no target column "${target}": set the hyperparameter target to one of ${present}`);
  }
  const labelled = records.filter((record) => !missingMarks.has(record[index]));
  const unlabelledCount = records.length - labelled.length;
  if (unlabelledCount > 0) console.log(`leaving out ${unlabelledCount} rows without a value in "${target}"`);
  if (labelled.length < rowCountMin) {
    throw new Error(`only ${labelled.length} rows have a value in "${target}": at least ${rowCountMin} are needed`);
  }
  const classes = distinctTexts(labelled.map((record) => record[index]));
  if (classes.length === 1) {
    throw new Error(`target column "${target}" holds "${classes[0]}" only: choose a target with two values or more`);
  }
  if (classes.length > labelled.length / 5) {
    throw new Error(
      `target column "${target}" holds ${classes.length} values in ${labelled.length} rows: choose one whose values repeat, this script classifies`,
    );
  }
  return { labelled, classes };
}

function describeColumn(name, index, records) {
  const values = records.map((record) => record[index]).filter((value) => !missingMarks.has(value));
  const levels = distinctTexts(values);
  if (levels.length < 2) return leaveOut(name, 'it never changes');
  if (!levels.every((value) => Number.isFinite(Number(value)))) {
    return levels.length > levelCountMax
      ? leaveOut(name, `it has ${levels.length} different texts`)
      : { name, index, levels };
  }
  const mean = average(values.map(Number));
  // Never 0, by which nothing can be divided: 1 and 1.0 are two texts but one number.
  const deviation = Math.sqrt(average(values.map((value) => (Number(value) - mean) ** 2))) || 1;
  return { name, index, mean, deviation };
}

function leaveOut(name, reason) {
  console.log(`leaving out column "${name}": ${reason}`);
  return [];
}

// A missing number counts as the mean, which standardising turns into 0; a missing or new text matches no level.
function encodeCell(column, record) {
  const value = record[column.index];
  if (column.levels !== undefined) return column.levels.map((level) => (level === value ? 1 : 0));
  const number = missingMarks.has(value) ? column.mean : Number(value);
  return [Number.isFinite(number) ? (number - column.mean) / column.deviation : 0];
}

function distinctTexts(values) {
  return [...new Set(values)].map(String).toSorted();
}

function average(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
