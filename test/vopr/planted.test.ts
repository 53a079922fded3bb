import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CHECKERS } from '../../simulator/vopr/checkers/index.ts';
import { AT_THE_END } from './bugs/at-the-end.ts';
import { IN_ATTEMPTS } from './bugs/in-attempts.ts';
import { IN_CONTINUATIONS, SOUND_WITH_CONTINUATIONS } from './bugs/in-continuations.ts';
import { IN_DEFINITIONS } from './bugs/in-definitions.ts';
import { IN_SWEEPS, SOUND_WITH_SWEEPS } from './bugs/in-sweeps.ts';
import { IN_TRIGGERS, SOUND_WITH_TRIGGERS } from './bugs/in-triggers.ts';
import { noticedIn } from './planting.ts';

// Each bug is planted in one function, or one state of a definition, and it is said who notices. A checker that finds nothing
// in a world that breaks its promise is worth nothing in the others.

const BUGS = [...IN_ATTEMPTS, ...AT_THE_END, ...IN_TRIGGERS, ...IN_CONTINUATIONS, ...IN_DEFINITIONS, ...IN_SWEEPS];

it.each(BUGS)('the checkers notice $what', async ({ drawn, plant, noticedBy }) => {
  expect(await noticedIn(drawn, plant())).toEqual(noticedBy);
});

it('nobody notices anything in these worlds where no bug is planted', async () => {
  const planted = BUGS.map(({ drawn }) => drawn);
  const worlds = [...planted, ...SOUND_WITH_TRIGGERS, ...SOUND_WITH_CONTINUATIONS, ...SOUND_WITH_SWEEPS];
  for (const world of new Set(worlds.map((drawn) => JSON.stringify(drawn))))
    expect([world, await noticedIn(JSON.parse(world) as (typeof worlds)[number])]).toEqual([world, {}]);
});

describe('every checker', () => {
  const files = readdirSync(join(import.meta.dirname, '../../simulator/vopr/checkers'))
    .filter((file) => file !== 'index.ts')
    .map((file) => file.replace('.ts', '').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()));

  it('is asked', () => {
    expect(Object.keys(CHECKERS).toSorted()).toEqual(files.toSorted());
  });

  it.each(Object.keys(CHECKERS))('%s notices a bug that is planted', (name) => {
    expect(BUGS.filter(({ noticedBy }) => name in noticedBy).map(({ what }) => what)).not.toEqual([]);
  });
});
