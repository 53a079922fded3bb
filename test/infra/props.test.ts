import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { INFRASTRUCTURE_FILE, infrastructurePage, missingTables, propsTable } from '../../scripts/generate-props.ts';

describe('docs/infrastructure.md', () => {
  const page = readFileSync(INFRASTRUCTURE_FILE, 'utf8');

  it('says of each prop what its doc comment says: npm run docs:infrastructure writes it', () => {
    expect(page).toBe(infrastructurePage(page));
    expect(missingTables(page)).toEqual([]);
  });

  it('names a default for everything that may be left out', () => {
    const rows = missingTables('').flatMap((name) => propsTable(name).split('\n').slice(2));

    expect(rows.length).toBeGreaterThan(70);
    expect(rows.filter((row) => row.split(' | ')[2]?.trim() === '')).toEqual([]);
  });
});
