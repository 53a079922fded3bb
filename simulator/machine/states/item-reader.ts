// ItemReader: turns an S3 object into the items of a distributed map.

import { assertNever } from '../../../domain/errors.ts';
import type { ItemReader } from '../definition.ts';
import { ExecutionFailure, itemReaderFailed, messageOf, StateFailure } from '../errors.ts';
import { evaluateTo } from '../evaluation.ts';
import { isJsonArray, type Json } from '../json.ts';
import type { StateVisit } from '../state-visit.ts';
import { wholeNumber } from './map-items.ts';

export async function readItems(reader: ItemReader, visit: StateVisit): Promise<readonly Json[]> {
  const { Bucket: bucket, Key: key } = await evaluateTo('object', reader.arguments, visit.evaluation());
  if (typeof bucket !== 'string' || typeof key !== 'string') throw failed('Bucket and Key must be strings');
  const maxItems = await wholeNumber('ItemReader/ReaderConfig/MaxItems', reader.maxItems, visit);
  const items = itemsIn(await read(bucket, key, visit), reader);
  return maxItems === undefined || maxItems === 0 ? items : items.slice(0, maxItems);
}

async function read(bucket: string, key: string, visit: StateVisit): Promise<string> {
  try {
    return await visit.host.readObject(bucket, key);
  } catch (error) {
    if (error instanceof ExecutionFailure) throw error;
    throw failed(`s3://${bucket}/${key} cannot be read: ${messageOf(error)}`);
  }
}

function itemsIn(text: string, reader: ItemReader): readonly Json[] {
  switch (reader.inputType) {
    case 'CSV':
      return csvItems(text, reader);
    case 'JSON': {
      const value = parseJson(text);
      if (!isJsonArray(value)) throw failed('a JSON object to read must hold an array');
      return value;
    }
    case 'JSONL':
      return lines(text).map(parseJson);
    default:
      return assertNever(reader.inputType);
  }
}

/** Every field is a string; a short row gets empty ones, a long row loses what has no header. */
function csvItems(text: string, { csvHeaders, csvDelimiter }: ItemReader): readonly Json[] {
  const rows = csvRows(text, csvDelimiter);
  const headers = csvHeaders ?? rows.shift() ?? [];
  return rows.map((row) => Object.fromEntries(headers.map((header, index) => [header, row[index] ?? ''])));
}

// A field in quotes may hold delimiters, line ends and doubled quotes.
function csvRows(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endRow = (): void => {
    rows.push([...row, field]);
    row = [];
    field = '';
  };
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quoted && character === '"' && text[index + 1] === '"') field += text.charAt(++index);
    else if (character === '"' && (quoted || field === '')) quoted = !quoted;
    else if (quoted) field += character;
    else if (character === delimiter) {
      row.push(field);
      field = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r') field += character;
  }
  if (field !== '' || row.length > 0) endRow();
  return rows.filter(([first, ...rest]) => first !== '' || rest.length > 0);
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function parseJson(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    throw failed(`not JSON: ${messageOf(error)}`);
  }
}

function failed(cause: string): StateFailure {
  return new StateFailure({ error: itemReaderFailed, cause });
}
