// The fields of a Map whose iterations are executions of their own.

import type { DistributedMap, ItemBatcher, ItemReader, WriterConfig } from './definition.ts';
import type { Fields } from './fields.ts';
import { optional } from './optional.ts';
import type { ItemBatcherDefinition, ItemReaderDefinition, ResultWriterDefinition, StateDefinition } from './schema.ts';

const delimiters = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const;
const distributedOnly = ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label'] as const;
// The service derives a label from the state's name when there is none; the length is its limit.
const labelLengthMax = 40;

export function compileDistributedMap(
  name: string,
  fields: Fields<StateDefinition['Map']>,
  mode: 'DISTRIBUTED' | 'INLINE',
): DistributedMap | undefined {
  const toleratedFailureCount = fields.template('ToleratedFailureCount');
  const toleratedFailurePercentage = fields.template('ToleratedFailurePercentage');
  if (mode === 'INLINE') {
    for (const field of distributedOnly.filter((field) => fields.has(field))) {
      fields.problem(field, 'needs "ProcessorConfig": {"Mode": "DISTRIBUTED"} in ItemProcessor');
    }
    return undefined;
  }
  return {
    label: fields.get('Label') ?? name.replaceAll(/\W/g, '').slice(0, labelLengthMax),
    ...optional('reader', readerOf(fields.object('ItemReader'))),
    ...optional('batcher', batcherOf(fields.object('ItemBatcher'))),
    ...writerOf(fields.object('ResultWriter')),
    ...optional('toleratedFailureCount', toleratedFailureCount),
    ...optional('toleratedFailurePercentage', toleratedFailurePercentage),
  };
}

function readerOf(fields: Fields<ItemReaderDefinition> | undefined): ItemReader | undefined {
  if (fields === undefined) return undefined;
  checkResource(fields, 's3:getObject');
  const config = fields.object('ReaderConfig');
  const headersGiven = config?.get('CSVHeaderLocation') === 'GIVEN';
  if (headersGiven && !config.has('CSVHeaders')) config.problem('CSVHeaders', 'is required: the headers are GIVEN');
  return {
    inputType: config?.get('InputType') ?? 'JSON',
    csvDelimiter: delimiters[config?.get('CSVDelimiter') ?? 'COMMA'],
    ...optional('csvHeaders', headersGiven ? config.get('CSVHeaders') : undefined),
    ...optional('maxItems', config?.template('MaxItems')),
    arguments: fields.template('Arguments') ?? { kind: 'constant', value: {} },
  };
}

function writerOf(fields: Fields<ResultWriterDefinition> | undefined): Pick<DistributedMap, 'results' | 'writer'> {
  if (fields === undefined) return {};
  const exports = fields.has('Resource') || fields.has('Arguments');
  if (!exports && !fields.has('WriterConfig')) {
    fields.problem('WriterConfig', 'give WriterConfig, or Resource and Arguments, or all three');
  }
  const config = fields.object('WriterConfig');
  const shape: WriterConfig = {
    // Records of the executions by default where they are written, their outputs alone where they are handed on.
    transformation: config?.get('Transformation') ?? 'NONE',
    outputType: config?.get('OutputType') ?? 'JSON',
  };
  if (!exports) return { results: shape };
  if (!fields.has('Resource')) fields.problem('Resource', 'is required: arn:aws:states:::s3:putObject');
  checkResource(fields, 's3:putObject');
  if (!fields.has('Arguments')) fields.problem('Arguments', 'is required: {"Bucket": ..., "Prefix": ...}');
  return { writer: { ...shape, arguments: fields.template('Arguments') ?? { kind: 'constant', value: {} } } };
}

/** One service alone reads and one writes; a resource that is absent or no string has been noted already. */
function checkResource(fields: Fields<{ Resource?: string | undefined }>, action: string): void {
  const arn = fields.get('Resource');
  if (arn === undefined || new RegExp(`^arn:[^:]+:states:::${action}$`).test(arn)) return;
  fields.problem('Resource', `only arn:aws:states:::${action} is interpreted, got ${arn}`);
}

function batcherOf(fields: Fields<ItemBatcherDefinition> | undefined): ItemBatcher | undefined {
  if (fields === undefined) return undefined;
  if (!fields.has('MaxItemsPerBatch') && !fields.has('MaxInputBytesPerBatch')) {
    fields.problem('MaxItemsPerBatch', 'give MaxItemsPerBatch or MaxInputBytesPerBatch');
  }
  return {
    ...optional('maxItemsPerBatch', fields.template('MaxItemsPerBatch')),
    ...optional('maxInputBytesPerBatch', fields.template('MaxInputBytesPerBatch')),
    ...optional('batchInput', fields.template('BatchInput')),
  };
}
