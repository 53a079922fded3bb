// State machines drawn from their definitions, as Mermaid source: GitHub shows it as a picture.
// https://mermaid.js.org/syntax/stateDiagram.html
import type { Definition } from '../statemachines/render.ts';

/** What a drawing needs of a state; definitions are linted elsewhere. */
interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string; readonly Condition?: string }[];
  readonly Catch?: readonly { readonly Next: string; readonly ErrorEquals: readonly string[] }[];
  readonly Branches?: readonly Machine[];
  readonly ItemProcessor?: Machine;
  readonly Comment?: string;
}

interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, unknown>>;
}

const INDENT = '  ';
const CONDITION_CHARACTERS_MAX = 60;

export const stateDiagram = (definition: Definition): string =>
  ['stateDiagram-v2', ...machineLines(definition, INDENT)].join('\n');

/** State to comment, those inside branches and maps included. */
export function stateComments(machine: Machine): readonly (readonly [string, string, string])[] {
  return statesOf(machine).flatMap(([name, state]) => [
    [name, state.Type, state.Comment ?? ''] as const,
    ...innerMachines(state).flatMap(stateComments),
  ]);
}

/** What a state is comes before the arrows: Mermaid takes the kind of a state from where it first meets it. */
function machineLines(machine: Machine, indent: string): readonly string[] {
  const states = statesOf(machine);
  const lines = [
    ...states.flatMap(([name, state]) => declaration(name, state)),
    `[*] --> ${machine.StartAt}`,
    ...states.flatMap(([name, state]) => transitions(name, state)),
  ];
  return lines.map((line) => `${indent}${line}`);
}

/** Branches run side by side, which Mermaid separates by `--`. */
function declaration(name: string, state: State): readonly string[] {
  if (state.Type === 'Choice') return [`state ${name} <<choice>>`];
  const machines = innerMachines(state);
  if (machines.length === 0) return [];
  const parts = machines.map((machine) => machineLines(machine, INDENT));
  return [`state ${name} {`, ...parts.flatMap((part, index) => (index === 0 ? part : [`${INDENT}--`, ...part])), '}'];
}

const innerMachines = ({ Branches = [], ItemProcessor }: State): readonly Machine[] =>
  ItemProcessor === undefined ? Branches : [...Branches, ItemProcessor];

function transitions(name: string, state: State): readonly string[] {
  const ends = state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
  return [
    ...(state.Choices ?? []).map(({ Next, Condition }) => arrow(name, Next, conditionText(Condition))),
    ...(state.Default === undefined ? [] : [arrow(name, state.Default, 'otherwise')]),
    ...(state.Next === undefined ? [] : [arrow(name, state.Next)]),
    ...(state.Catch ?? []).map(({ Next, ErrorEquals }) => arrow(name, Next, `on ${ErrorEquals.join(', ')}`)),
    ...(ends ? [arrow(name, '[*]')] : []),
  ];
}

const arrow = (from: string, to: string, label?: string): string =>
  label === undefined ? `${from} --> ${to}` : `${from} --> ${to}: ${label}`;

/** Of an expression only what is compared; to Mermaid a colon or a semicolon would end the label. */
function conditionText(condition = ''): string {
  const text = condition
    .replaceAll(/^\{%\s*|\s*%\}$/g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[:;#]/g, ' ');
  return text.length > CONDITION_CHARACTERS_MAX ? `${text.slice(0, CONDITION_CHARACTERS_MAX)}…` : text;
}

const statesOf = ({ States }: Machine): readonly (readonly [string, State])[] =>
  Object.entries(States as Readonly<Record<string, State>>);
