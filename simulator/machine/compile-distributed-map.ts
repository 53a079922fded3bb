// The fields of a Map whose iterations are executions of their own.

import type { DistributedMap, ItemBatcher, ItemReader, WriterConfig } from './definition.ts';
import type { Fields } from './fields.ts';
import { isJsonArray } from './json.ts';
import { optional } from './optional.ts';
import { batcherFields, readerConfigFields, readerFields, writerConfigFields, writerFields } from './supported.ts';

const delimiters = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const;
const delimiterNames = ['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB'] as const;
const inputTypes = ['CSV', 'JSON', 'JSONL'] as const;
const distributedOnly = ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label'];
// The service derives a label from the state's name when there is none; the length is its limit.
const labelLengthMax = 40;

export function compileDistributedMap(
  name: string,
  fields: Fields,
  mode: 'DISTRIBUTED' | 'INLINE',
): DistributedMap | undefined {
  const toleratedFailureCount = fields.numberTemplate('ToleratedFailureCount', { min: 0, integer: true });
  const toleratedFailurePercentage = fields.numberTemplate('ToleratedFailurePercentage', { min: 0, max: 100 });
  if (mode === 'INLINE') {
    for (const field of distributedOnly.filter((field) => fields.has(field))) {
      fields.problem(field, 'needs "ProcessorConfig": {"Mode": "DISTRIBUTED"} in ItemProcessor');
    }
    return undefined;
  }
  return {
    label: fields.optionalString('Label') ?? name.replaceAll(/\W/g, '').slice(0, labelLengthMax),
    ...optional('reader', readerOf(fields.optionalObject('ItemReader'))),
    ...optional('batcher', batcherOf(fields.optionalObject('ItemBatcher'))),
    ...writerOf(fields.optionalObject('ResultWriter')),
    ...optional('toleratedFailureCount', toleratedFailureCount),
    ...optional('toleratedFailurePercentage', toleratedFailurePercentage),
  };
}

function readerOf(fields: Fields | undefined): ItemReader | undefined {
  if (fields === undefined) return undefined;
  fields.allowOnly(readerFields);
  if (!/^arn:[^:]+:states:::s3:getObject$/.test(fields.string('Resource'))) {
    fields.problem('Resource', 'only arn:aws:states:::s3:getObject is interpreted');
  }
  const config = fields.object('ReaderConfig');
  config.allowOnly(readerConfigFields);
  if (!config.has('InputType')) config.problem('InputType', 'is required');
  const inputType = config.oneOf('InputType', inputTypes, 'JSON');
  const headerLocation = config.oneOf('CSVHeaderLocation', ['FIRST_ROW', 'GIVEN'], 'FIRST_ROW');
  return {
    inputType,
    csvDelimiter: delimiters[config.oneOf('CSVDelimiter', delimiterNames, 'COMMA')],
    ...(headerLocation === 'GIVEN' ? { csvHeaders: config.strings('CSVHeaders') } : {}),
    ...optional('maxItems', config.numberTemplate('MaxItems', { min: 0, integer: true })),
    arguments: fields.template('Arguments') ?? { kind: 'constant', value: {} },
  };
}

function writerOf(fields: Fields | undefined): Pick<DistributedMap, 'results' | 'writer'> {
  if (fields === undefined) return {};
  fields.allowOnly(writerFields);
  const exports = fields.has('Resource') || fields.has('Arguments');
  if (!exports && !fields.has('WriterConfig')) {
    fields.problem('WriterConfig', 'give WriterConfig, or Resource and Arguments, or all three');
  }
  const config = fields.optionalObject('WriterConfig');
  config?.allowOnly(writerConfigFields);
  const shape: WriterConfig = {
    // Records of the executions by default where they are written, their outputs alone where they are handed on.
    transformation: config?.oneOf('Transformation', ['NONE', 'COMPACT', 'FLATTEN'], 'NONE') ?? 'NONE',
    outputType: config?.oneOf('OutputType', ['JSON', 'JSONL'], 'JSON') ?? 'JSON',
  };
  if (!exports) return { results: shape };
  if (!/^arn:[^:]+:states:::s3:putObject$/.test(fields.string('Resource'))) {
    fields.problem('Resource', 'only arn:aws:states:::s3:putObject is interpreted');
  }
  if (!fields.has('Arguments')) fields.problem('Arguments', 'is required: {"Bucket": ..., "Prefix": ...}');
  return { writer: { ...shape, arguments: fields.template('Arguments') ?? { kind: 'constant', value: {} } } };
}

function batcherOf(fields: Fields | undefined): ItemBatcher | undefined {
  if (fields === undefined) return undefined;
  fields.allowOnly(batcherFields);
  const batchInput = fields.get('BatchInput');
  if (batchInput !== undefined && isJsonArray(batchInput)) fields.problem('BatchInput', 'must be an object');
  if (!fields.has('MaxItemsPerBatch') && !fields.has('MaxInputBytesPerBatch')) {
    fields.problem('MaxItemsPerBatch', 'give MaxItemsPerBatch or MaxInputBytesPerBatch');
  }
  const size = { min: 1, integer: true };
  return {
    ...optional('maxItemsPerBatch', fields.numberTemplate('MaxItemsPerBatch', size)),
    ...optional('maxInputBytesPerBatch', fields.numberTemplate('MaxInputBytesPerBatch', size)),
    ...optional('batchInput', fields.template('BatchInput')),
  };
}
