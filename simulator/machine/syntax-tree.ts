// The library's syntax tree, as far as it is looked at here; its published types leave several shapes out.

export interface SyntaxNode {
  readonly type?: string;
  readonly value?: unknown;
  readonly position?: number;
  readonly [part: string]: unknown;
}

export function isSyntaxNode(part: unknown): part is SyntaxNode {
  return typeof part === 'object' && part !== null && !Array.isArray(part) && !(part instanceof RegExp);
}

/** This node and all beneath it, the node itself first. */
export function* nodesOf(part: unknown): Generator<SyntaxNode> {
  if (Array.isArray(part)) {
    for (const item of part) yield* nodesOf(item);
  } else if (isSyntaxNode(part)) {
    yield part;
    for (const child of Object.values(part)) yield* nodesOf(child);
  }
}
