// What docs/testing-state-machines.md shows is a test that runs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import * as testing from '../../../simulator/testing.ts';
import { packageRoot } from '../../../statemachines/package-root.ts';

const page = readFileSync(join(packageRoot(), 'docs', 'testing-state-machines.md'), 'utf8');

it('the example of the page is the test beside this one', () => {
  const file = readFileSync(join(import.meta.dirname, 'order-approval.test.ts'), 'utf8');
  const [, example] = /```ts\n(.*?)```/s.exec(page) ?? [];

  expect(example).toBe(file.replace('../../../simulator/testing.ts', 'spotrelay/testing'));
});

it('the page names every function that is exported', () => {
  const functions = Object.keys(testing).filter((name) => !/^[A-Z]/.test(name));

  expect(functions.toSorted()).toEqual(['simulate', 'testState']);
  expect(functions.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
});
