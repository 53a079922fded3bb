// EventBridge's content filtering, as far as our rules use it: exact values, `prefix`, `suffix`, `wildcard` and `exists`. Anything
// else is refused when the rule is made, never matched by accident.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

export type Matcher = (event: unknown) => boolean;

export function compilePattern(pattern: unknown, path = 'pattern'): Matcher {
  if (Array.isArray(pattern)) {
    const alternatives = pattern.map((alternative, index) => compileAlternative(alternative, `${path}[${index}]`));
    return (value) => {
      const values = Array.isArray(value) ? value : [value];
      return alternatives.some((matches) => values.some(matches));
    };
  }
  if (typeof pattern !== 'object' || pattern === null)
    throw new Error(`${path} must be an object or an array of alternatives`);
  const fields = Object.entries(pattern).map(([key, value]) => [key, compilePattern(value, `${path}.${key}`)] as const);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    fields.every(([key, matches]) => matches((value as Record<string, unknown>)[key]));
}

function compileAlternative(alternative: unknown, path: string): Matcher {
  if (typeof alternative !== 'object' || alternative === null) return (value) => value === alternative;
  const [operator, operand, ...rest] = Object.entries(alternative).flat() as [string, unknown, ...unknown[]];
  if (operator === 'exists' && rest.length === 0 && typeof operand === 'boolean')
    return (value) => isLeaf(value, path) === operand;
  if (rest.length > 0 || typeof operand !== 'string')
    throw new Error(`${path}: one operator with a text is supported, got ${JSON.stringify(alternative)}`);
  switch (operator) {
    case 'prefix':
      return (value) => typeof value === 'string' && value.startsWith(operand);
    case 'suffix':
      return (value) => typeof value === 'string' && value.endsWith(operand);
    case 'wildcard': {
      const expression = new RegExp(`^${operand.split('*').map(escapeRegExp).join('.*')}$`, 's');
      return (value) => typeof value === 'string' && expression.test(value);
    }
    default:
      throw new Error(`${path}: the simulator does not know the operator "${operator}"`);
  }
}

/** EventBridge looks at leaves alone: of an object it would say that it is not there. */
function isLeaf(value: unknown, path: string): boolean {
  if (typeof value === 'object' && value !== null) throw new Error(`${path}: exists works on leaves only`);
  return value !== undefined;
}

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
