// What an expression may refer to. Step Functions evaluates against no context item, so a path must start at a variable
// or at $states, and $states.result and $states.errorOutput exist only in some fields; creation refuses the rest.

/** The members of $states that exist in one field besides `input` and `context`. */
export interface StatesMembers {
  readonly result: boolean;
  readonly errorOutput: boolean;
}

// The shapes of the library's syntax tree that matter here; its published types leave several of them out.
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly [part: string]: unknown;
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
  if (!isNode(part)) return;
  if (part.type === 'path') return visitPath(part, hasContext, members, problems);
  checkRoot(part, hasContext, problems);
  if (part.type === 'bind') return visit(part['rhs'], hasContext, members, problems);
  for (const [key, child] of Object.entries(part)) {
    // A predicate filters what stands before it and a transform works on what it is applied to: both have a context.
    const givesContext = key === 'predicate' || key === 'stages' || key === 'group' || part.type === 'transform';
    visit(child, hasContext || givesContext, members, problems);
  }
}

function isNode(part: unknown): part is Node {
  return typeof part === 'object' && part !== null && !(part instanceof RegExp);
}

function visitPath(path: Node, hasContext: boolean, members: StatesMembers, problems: Set<string>): void {
  const steps: readonly Node[] = Array.isArray(path['steps']) ? path['steps'] : [];
  const [first, ...rest] = steps;
  checkStatesMember(steps, members, problems);
  visit(first, hasContext, members, problems);
  visit(rest, true, members, problems);
  visit(path['group'], true, members, problems);
}

function checkRoot({ type, value }: Node, hasContext: boolean, problems: Set<string>): void {
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

function checkStatesMember(steps: readonly Node[], members: StatesMembers, problems: Set<string>): void {
  const [first, second] = steps;
  if (first?.type !== 'variable' || first.value !== 'states' || second?.type !== 'name') return;
  if (second.value === 'result' && !members.result) {
    problems.add('$states.result exists only in Output and Assign of Task, Parallel and Map: use $states.input');
  }
  if (second.value === 'errorOutput' && !members.errorOutput) {
    problems.add('$states.errorOutput exists only in Output and Assign of a Catch: move the expression there');
  }
}
