// Seeded chance. Each purpose draws from its own stream, so that one more draw for one purpose does not shift another.

import { hash } from 'node:crypto';

/** Draws from 0 (included) to 1 (excluded). */
export type Random = () => number;

export function randomStream(seed: number, ...purpose: readonly string[]): Random {
  const digest = hash('sha256', JSON.stringify([seed, ...purpose]), 'buffer');
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let d = digest.readInt32LE(12);
  // The small fast counter generator (sfc32): 128 bits of state, good enough for a simulation and easy to reproduce.
  return () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
}

/** The same stream, set up with its first draw: most executions draw from few of theirs. */
export function lazyStream(seed: number, ...purpose: readonly string[]): Random {
  let stream: Random | undefined;
  return () => {
    stream ??= randomStream(seed, ...purpose);
    return stream();
  };
}

export function randomBytes(random: Random, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count);
  for (let index = 0; index < count; index += 1) bytes[index] = Math.floor(random() * 256);
  return bytes;
}

/** A version 4 UUID. */
export function randomUuid(random: Random): string {
  const bytes = randomBytes(random, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const multiplier = 0x5deece66dn;
const mask = (1n << 48n) - 1n;

/** What `new java.util.Random(seed).nextDouble()` gives: the service's `$random(seed)` runs on the JVM. */
export function javaRandomDouble(seed: number): number {
  let state = (BigInt(Math.trunc(seed)) ^ multiplier) & mask;
  const next = (bits: bigint): number => {
    state = (state * multiplier + 0xbn) & mask;
    return Number(state >> (48n - bits));
  };
  const high = next(26n);
  return (high * 2 ** 27 + next(27n)) * 2 ** -53;
}
