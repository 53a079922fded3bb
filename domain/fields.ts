// Field types that several schemas share: how durations, instants, S3 locations and job settings are written.
import * as z from 'zod';
import { DAY_SECONDS, parseDuration } from './time.ts';

const isWithin = (seconds: number, maximum: number): boolean => seconds > 0 && seconds <= maximum;

/** No execution of a state machine lasts longer. */
export const DURATION_MAX_SECONDS = 365 * DAY_SECONDS;

export const DurationText = z
  .string()
  .refine(
    (text) => isWithin(parseDuration(text) ?? 0, DURATION_MAX_SECONDS),
    'must be a duration longer than zero, at most 365d, such as "90m", "36h", "1d12h" or "PT36H"',
  );

/** A rate of nothing would make any wait worth while. */
export const UsdPerHour = z.number().positive('must be more than 0');

/** As CreateTrainingJob takes it: keys may hold blanks, and no line breaks. */
export const S3Uri = z
  .string()
  .max(1_024, 'takes at most 1,024 characters')
  .regex(/^s3:\/\/[^/\s]+(?:\/(?:[^\p{Cc}\u2028\u2029]*\S)?)?$/u, 'must be an S3 location such as s3://bucket/prefix/')
  // To S3 these are names like others, to what copies objects into folders they are ways out.
  .refine((uri) => !uri.split('/').some((part) => part === '.' || part === '..'), 'has no . and no .. between slashes');

export const Image = z.string().min(1).max(255).regex(/^\S+$/, 'must be a container image without blanks');

/** VpcConfig of CreateTrainingJob. */
export const Subnets = z.array(z.string()).min(1).max(16);

/** CreateTrainingJob: at most 100, all values strings; the API's prose still limits a value to 256 characters. */
export const HyperParameters = z
  .record(
    z.string().min(1).max(256),
    z.string().max(256, 'takes at most 256 characters; put longer values into a file of a channel'),
  )
  .refine((map) => Object.keys(map).length <= 100, 'takes at most 100 entries');

export const Environment = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'names use letters, digits and _')
      .max(512),
    z
      .string()
      .max(512)
      .refine((text) => !text.includes('\0'), 'has no NUL character, as no process can be handed one'),
  )
  .refine((map) => Object.keys(map).length <= 90, "takes at most 90 entries (10 of SageMaker's 100 are ours)");

export const ChannelName = z
  .string()
  .regex(/^[A-Za-z0-9.\-_]{1,64}$/, 'uses letters, digits, ., - and _')
  .refine((name) => name !== '.' && name !== '..', 'is a folder of its own: not . and not ..');

export const Channel = z.strictObject({
  uri: S3Uri,
  contentType: z.string().max(256).optional(),
  inputMode: z.enum(['File', 'FastFile', 'Pipe']).default('File'),
  /** With several instances: every one gets everything, or a share of the objects. */
  distribution: z.enum(['FullyReplicated', 'ShardedByS3Key']).default('FullyReplicated'),
});
export type Channel = z.infer<typeof Channel>;

export const Channels = z
  .record(ChannelName, Channel)
  .refine((map) => Object.keys(map).length <= 20, 'takes at most 20 channels');
export type Channels = z.infer<typeof Channels>;

export const OnDeadlineMissed = z.enum(['finish', 'stop']);
