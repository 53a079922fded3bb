import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { CODE_RULES } from '../../domain/failure-call-rules.ts';
import { REASON_RULES, STATUS_RULES } from '../../domain/failure-rules.ts';
import { FAILURE_CLASSES_FILE, failureClassesPage } from '../../scripts/generate-failure-classes.ts';

const rules = [...Object.values(STATUS_RULES), ...REASON_RULES, ...CODE_RULES];

describe('docs/failure-classes.md', () => {
  it('says what the rules and budgets say: npm run docs:failure-classes writes it', () => {
    expect(readFileSync(FAILURE_CLASSES_FILE, 'utf8')).toBe(failureClassesPage());
  });

  it('has one row for every rule', () => {
    const page = failureClassesPage();
    for (const { id } of rules) expect(page.split(`\n| \`${id}\` |`)).toHaveLength(2);
  });
});

describe('rules', () => {
  it('have distinct names', () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  it('compare beginnings only', () => {
    const patterns = CODE_RULES.flatMap(({ message, unnamed }) => [message, unnamed]).filter(
      (pattern) => pattern !== undefined,
    );
    expect(patterns.map(({ source }) => source.charAt(0))).toEqual(patterns.map(() => '^'));
  });

  it('are written as texts are compared', () => {
    const words = [...REASON_RULES.flatMap(({ prefixes }) => prefixes), ...CODE_RULES.flatMap(({ codes }) => codes)];
    expect(words.filter((word) => word !== word.toLowerCase() || /: | :|  /.test(word))).toEqual([]);
  });
});
