// A bucket's name is known only to CloudFormation; until then it is a token in a text. The domain's schemas check texts, so
// they are shown a stand-in of plausible length and letters, and the token comes back afterwards.

/** How CDK writes a token inside a string. */
const TOKEN = /\$\{Token\[[^\]]+\]\}/g;
const STAND_IN = /unresolved-token-\d{4}/g;

export class TokenStandIns {
  readonly #tokens: string[] = [];

  hide<T>(value: T): T {
    return mapTexts(value, (text) => text.replaceAll(TOKEN, (token) => this.#standInFor(token)));
  }

  restore<T>(value: T): T {
    return mapTexts(value, (text) =>
      text.replaceAll(STAND_IN, (standIn) => this.#tokens[Number(standIn.slice(-4))] ?? standIn),
    );
  }

  #standInFor(token: string): string {
    const known = this.#tokens.indexOf(token);
    const index = known >= 0 ? known : this.#tokens.push(token) - 1;
    return `unresolved-token-${String(index).padStart(4, '0')}`;
  }
}

/** The same shape with every text replaced, keys as well as values. */
function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, change)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapTexts(item, change)])) as T;
}

/** Every text in a value, keys included, each with the path it was found at. */
export function textsIn(
  value: unknown,
  path: readonly string[] = [],
): readonly { path: readonly string[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = [...path, key];
    return [...(Array.isArray(value) ? [] : [{ path: at, text: key }]), ...textsIn(item, at)];
  });
}
