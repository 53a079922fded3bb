import { describe, expect, it } from '@jest/globals';
import type * as z from 'zod';
import {
  Channel,
  ChannelName,
  Channels,
  DurationText,
  Environment,
  HyperParameters,
  Image,
  OnDeadlineMissed,
  S3Uri,
  Subnets,
  UsdPerHour,
} from '../../domain/fields.ts';

const entries = (count: number, value: unknown = '1') =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, value]));
const channel = { uri: 's3://data/x' };

const CASES: readonly (readonly [name: string, field: z.ZodType, value: unknown, valid: boolean])[] = [
  ['a duration', DurationText, '90m', true],
  ['no time at all', DurationText, '0s', false],
  ['a year', DurationText, '365d', true],
  ['more than a year', DurationText, '365d1s', false],
  ['a word', DurationText, 'tomorrow', false],
  ['a price', UsdPerHour, 0.01, true],
  ['a price of nothing', UsdPerHour, 0, false],
  ['a bucket', S3Uri, 's3://bucket', true],
  ['a bucket and a slash', S3Uri, 's3://bucket/', true],
  ['a key', S3Uri, 's3://bucket/a/b.csv', true],
  ['a key with dots in its names', S3Uri, 's3://bucket/..a/b..', true],
  ['a way out', S3Uri, 's3://bucket/../b', false],
  ['a way to nowhere', S3Uri, 's3://bucket/./b', false],
  ['no bucket', S3Uri, 's3:///b', false],
  ['a blank in a bucket', S3Uri, 's3://buc ket/b', false],
  ['a blank in a key', S3Uri, 's3://bucket/a b', true],
  ['words before the location', S3Uri, 'at s3://bucket/a', false],
  ['another scheme', S3Uri, 'https://bucket/a', false],
  ['a location of 1,024 characters', S3Uri, `s3://b/${'x'.repeat(1_017)}`, true],
  ['a longer location', S3Uri, `s3://b/${'x'.repeat(1_018)}`, false],
  ['an image', Image, '1.dkr.ecr.us-east-1.amazonaws.com/train:1', true],
  ['an image with a blank', Image, 'train: 1', false],
  ['no image', Image, '', false],
  ['an image of 255 characters', Image, 'x'.repeat(255), true],
  ['a longer image', Image, 'x'.repeat(256), false],
  ['a subnet', Subnets, ['subnet-1'], true],
  ['no subnets', Subnets, [], false],
  ['16 subnets', Subnets, Array.from({ length: 16 }, (_, index) => `subnet-${index}`), true],
  ['17 subnets', Subnets, Array.from({ length: 17 }, (_, index) => `subnet-${index}`), false],
  ['100 hyperparameters', HyperParameters, entries(100), true],
  ['101 hyperparameters', HyperParameters, entries(101), false],
  ['an empty value', HyperParameters, { a: '' }, true],
  ['a value of 256 characters', HyperParameters, { a: 'x'.repeat(256) }, true],
  ['a longer value', HyperParameters, { a: 'x'.repeat(257) }, false],
  ['a name of 256 characters', HyperParameters, { ['x'.repeat(256)]: '1' }, true],
  ['a longer name', HyperParameters, { ['x'.repeat(257)]: '1' }, false],
  ['no name', HyperParameters, { '': '1' }, false],
  ['90 variables', Environment, entries(90), true],
  ['91 variables', Environment, entries(91), false],
  ['a variable', Environment, { _A1: 'x'.repeat(512) }, true],
  ['a longer value of a variable', Environment, { A: 'x'.repeat(513) }, false],
  ['a variable of 512 characters', Environment, { ['A'.repeat(512)]: '1' }, true],
  ['a longer variable', Environment, { ['A'.repeat(513)]: '1' }, false],
  ['a variable that begins with a digit', Environment, { '1A': '1' }, false],
  ['a variable with a hyphen', Environment, { 'A-B': '1' }, false],
  ['a channel', ChannelName, 'train.1-a_B', true],
  ['a channel of 64 characters', ChannelName, 'x'.repeat(64), true],
  ['a longer channel', ChannelName, 'x'.repeat(65), false],
  ['no channel', ChannelName, '', false],
  ['a channel with a slash', ChannelName, 'a/b', false],
  ['a channel behind a blank', ChannelName, ' a', false],
  ['a channel of dots', ChannelName, '...', true],
  ['a channel that is its own folder', ChannelName, '.', false],
  ['a channel that is the folder above', ChannelName, '..', false],
  ['a run that finishes late', OnDeadlineMissed, 'finish', true],
  ['a run that stops', OnDeadlineMissed, 'stop', true],
  ['a run that does neither', OnDeadlineMissed, 'panic', false],
  ['a content type of 256 characters', Channel, { ...channel, contentType: 'x'.repeat(256) }, true],
  ['a longer content type', Channel, { ...channel, contentType: 'x'.repeat(257) }, false],
  ['a mode of its own', Channel, { ...channel, inputMode: 'FastFile', distribution: 'ShardedByS3Key' }, true],
  ['a pipe', Channel, { ...channel, inputMode: 'Pipe', distribution: 'FullyReplicated' }, true],
  ['a mode that there is not', Channel, { ...channel, inputMode: 'Stream' }, false],
  ['a field that there is not', Channel, { ...channel, compression: 'Gzip' }, false],
  ['20 channels', Channels, entries(20, channel), true],
  ['21 channels', Channels, entries(21, channel), false],
];

describe('a field', () => {
  it.each(CASES.map(([name, field, value, valid]) => [name, valid, field, value] as const))(
    'takes %s: %p',
    (_, valid, field, value) => {
      expect(field.safeParse(value).success).toBe(valid);
    },
  );

  it('of a channel is read as files, all on every instance, unless it says otherwise', () => {
    expect(Channel.parse(channel)).toEqual({ ...channel, inputMode: 'File', distribution: 'FullyReplicated' });
  });
});
