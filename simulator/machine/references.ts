// What an expression may refer to. Step Functions evaluates against no context item, so a path must start at a variable
// or at $states, and $states.result and $states.errorOutput exist only in some fields; creation refuses the rest.

import { isSyntaxNode, type SyntaxNode } from './syntax-tree.ts';

/** The members of $states that exist in one field besides `input` and `context`. */
export interface StatesMembers {
  readonly result: boolean;
  readonly errorOutput: boolean;
}

export function referenceProblems(tree: unknown, members: StatesMembers): readonly string[] {
  const problems = new Set<string>();
  visit(tree, false, members, problems);
  return [...problems];
}

function visit(part: unknown, hasContext: boolean, members: StatesMembers, problems: Set<string>): void {
  if (Array.isArray(part)) {
    for (const item of part) visit(item, hasContext, members, problems);
    return;
  }
  if (!isSyntaxNode(part)) return;
  if (part.type === 'path') return visitPath(part, hasContext, members, problems);
  checkRoot(part, hasContext, problems);
  if (part.type === 'bind') return visit(part['rhs'], hasContext, members, problems);
  for (const [key, child] of Object.entries(part)) {
    // A predicate filters what stands before it and a transform works on what it is applied to: both have a context.
    const givesContext = key === 'predicate' || key === 'stages' || key === 'group' || part.type === 'transform';
    visit(child, hasContext || givesContext, members, problems);
  }
}

function visitPath(path: SyntaxNode, hasContext: boolean, members: StatesMembers, problems: Set<string>): void {
  const steps: readonly SyntaxNode[] = Array.isArray(path['steps']) ? path['steps'] : [];
  const [first, ...rest] = steps;
  checkStatesMember(steps, members, problems);
  visit(first, hasContext, members, problems);
  visit(rest, true, members, problems);
  visit(path['group'], true, members, problems);
}

function checkRoot({ type, value }: SyntaxNode, hasContext: boolean, problems: Set<string>): void {
  if (type === 'variable' && value === '$') problems.add('$$ has no meaning in Step Functions: use $states.input');
  if (hasContext) return;
  if (type === 'variable' && value === '') problems.add('$ has no meaning here: use $states.input');
  if (type === 'name') problems.add(`${String(value)} is not rooted: start the path with $states or with a variable`);
  if (type === 'wildcard' || type === 'descendant' || type === 'parent') {
    problems.add(
      `${typeof value === 'string' ? value : type} has nothing to start from: put $states or a variable before it`,
    );
  }
}

function checkStatesMember(steps: readonly SyntaxNode[], members: StatesMembers, problems: Set<string>): void {
  const [first, second] = steps;
  if (first?.type !== 'variable' || first.value !== 'states' || second?.type !== 'name') return;
  if (second.value === 'result' && !members.result) {
    problems.add('$states.result exists only in Output and Assign of Task, Parallel and Map: use $states.input');
  }
  if (second.value === 'errorOutput' && !members.errorOutput) {
    problems.add('$states.errorOutput exists only in Output and Assign of a Catch: move the expression there');
  }
}
