// The form of a definition: one strict schema for each kind of object in it, with every field that is interpreted. A field
// outside its schema is refused on load, so that a machine which runs here does not carry something the simulation
// silently ignores. What a form cannot tell is checked in code: expressions, targets, names, and what excludes what.

import * as z from 'zod';
import type { StateType } from './definition.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import { bounded, boundedOrExpression, orExpression, strict } from './schema-kinds.ts';
import { taskResourceOf } from './task-resource.ts';
import { expressionSource } from './template.ts';
import { isTimestamp } from './timestamp.ts';

const secondsMax = 99_999_999;
const delaySecondsMax = 31_622_400;

const json = z.custom<Json>();
const jsonObject = z.custom<JsonObject>((value) => isJsonObject(value as Json), 'must be an object');
const jsonArray = z.custom<readonly Json[]>((value) => isJsonArray(value as Json));
const arrayOrExpression = orExpression(jsonArray, 'must be an array or an expression in {% %}');
const objectOrExpression = orExpression(jsonObject, 'must be an object or an expression in {% %}');
const strings = z
  .array(z.string(), 'must be a non-empty array of strings')
  .min(1, 'must be a non-empty array of strings');
const queryLanguage = z.enum(['JSONata', 'JSONPath']);
const comment = { Comment: z.string().optional() };

const flow = { ...comment, StartAt: z.string(), States: jsonObject };

export const branchSchema = strict(flow);

export const machineSchema = strict({
  ...flow,
  QueryLanguage: queryLanguage.optional(),
  TimeoutSeconds: bounded('an integer', { min: 1, max: secondsMax }).optional(),
  Version: z.string().optional(),
});

const processorSchema = strict({
  ...flow,
  ProcessorConfig: strict({
    Mode: z.enum(['INLINE', 'DISTRIBUTED']).optional(),
    ExecutionType: z.enum(['STANDARD', 'EXPRESS']).optional(),
  }).optional(),
});

/** What is read first, because everything else in a state depends on it. */
export const stateHeadSchema = z.looseObject({
  Type: z.enum(['Pass', 'Task', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map']),
  QueryLanguage: queryLanguage.optional(),
});

const head = <Type extends StateType>(type: Type) => ({
  ...comment,
  Type: z.literal(type),
  QueryLanguage: json.optional(),
});
const data = { Assign: jsonObject.optional(), Output: json.optional() };
const onward = { ...data, Next: z.string().optional(), End: z.boolean('must be true or absent').optional() };

const retrierSchema = strict({
  ...comment,
  ErrorEquals: strings,
  IntervalSeconds: bounded('an integer', { min: 1, max: secondsMax }).optional(),
  MaxAttempts: bounded('an integer', { min: 0, max: secondsMax }).optional(),
  BackoffRate: bounded('a number', { min: 1 }).optional(),
  MaxDelaySeconds: bounded('an integer', { min: 1, max: delaySecondsMax }).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
});

const catcherSchema = strict({ ...comment, ...data, ErrorEquals: strings, Next: z.string() });

const recovery = { Retry: z.array(retrierSchema).optional(), Catch: z.array(catcherSchema).optional() };

const choiceRuleSchema = strict({
  ...comment,
  ...data,
  Condition: orExpression(z.boolean(), 'must be true, false or an expression in {% %}'),
  Next: z.string(),
});

const taskSeconds = boundedOrExpression('an integer', { min: 1, max: secondsMax }).optional();

const taskResource = z
  .string()
  .refine(
    (arn) => taskResourceOf(arn) !== undefined,
    'must be arn:aws:states:::service:action or the ARN of a Lambda function',
  );

const timestamp = z
  .string()
  .refine(
    (text) => expressionSource(text) !== undefined || isTimestamp(text),
    'must look like 2026-01-31T12:00:00Z, or be an expression in {% %}',
  );

const itemReaderSchema = strict({
  Resource: z.string(),
  ReaderConfig: strict({
    InputType: z.enum(['CSV', 'JSON', 'JSONL']),
    CSVHeaderLocation: z.enum(['FIRST_ROW', 'GIVEN']).optional(),
    CSVHeaders: strings.optional(),
    CSVDelimiter: z.enum(['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB']).optional(),
    MaxItems: boundedOrExpression('an integer', { min: 0 }).optional(),
  }),
  Arguments: json.optional(),
});

const itemBatcherSchema = strict({
  MaxItemsPerBatch: boundedOrExpression('an integer', { min: 1 }).optional(),
  MaxInputBytesPerBatch: boundedOrExpression('an integer', { min: 1 }).optional(),
  BatchInput: objectOrExpression.optional(),
});

const resultWriterSchema = strict({
  Resource: z.string().optional(),
  Arguments: json.optional(),
  WriterConfig: strict({
    Transformation: z.enum(['NONE', 'COMPACT', 'FLATTEN']).optional(),
    OutputType: z.enum(['JSON', 'JSONL']).optional(),
  }).optional(),
});

export const stateSchemas = {
  Pass: strict({ ...head('Pass'), ...onward }),
  Task: strict({
    ...head('Task'),
    Resource: taskResource,
    ...onward,
    ...recovery,
    Arguments: json.optional(),
    TimeoutSeconds: taskSeconds,
    HeartbeatSeconds: taskSeconds,
    Credentials: strict({ RoleArn: z.string() }).optional(),
  }),
  Choice: strict({
    ...head('Choice'),
    ...data,
    Choices: z.array(choiceRuleSchema).min(1, 'needs at least one rule'),
    Default: z.string().optional(),
  }),
  Wait: strict({
    ...head('Wait'),
    ...onward,
    Seconds: boundedOrExpression('an integer', { min: 0, max: secondsMax }).optional(),
    Timestamp: timestamp.optional(),
  }),
  Succeed: strict({ ...head('Succeed'), Output: json.optional() }),
  Fail: strict({ ...head('Fail'), Error: z.string().optional(), Cause: z.string().optional() }),
  Parallel: strict({
    ...head('Parallel'),
    ...onward,
    ...recovery,
    Arguments: json.optional(),
    Branches: z.array(branchSchema).min(1, 'needs at least one branch'),
  }),
  Map: strict({
    ...head('Map'),
    ...onward,
    ...recovery,
    Items: arrayOrExpression.optional(),
    ItemSelector: objectOrExpression.optional(),
    ItemProcessor: processorSchema,
    MaxConcurrency: boundedOrExpression('an integer', { min: 0 }).optional(),
    ItemReader: itemReaderSchema.optional(),
    ItemBatcher: itemBatcherSchema.optional(),
    ResultWriter: resultWriterSchema.optional(),
    Label: z.string().optional(),
    ToleratedFailureCount: boundedOrExpression('an integer', { min: 0 }).optional(),
    ToleratedFailurePercentage: boundedOrExpression('a number', { min: 0, max: 100 }).optional(),
  }),
} satisfies Record<StateType, z.ZodType>;

export type FlowDefinition = z.infer<typeof branchSchema>;
export type StateDefinition = { readonly [Type in StateType]: z.infer<(typeof stateSchemas)[Type]> };
export type RetrierDefinition = z.infer<typeof retrierSchema>;
export type CatcherDefinition = z.infer<typeof catcherSchema>;
export type ItemReaderDefinition = z.infer<typeof itemReaderSchema>;
export type ItemBatcherDefinition = z.infer<typeof itemBatcherSchema>;
export type ResultWriterDefinition = z.infer<typeof resultWriterSchema>;
