import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { drawnMachines, STATE_MACHINES_PAGE, stateMachinesPage } from '../../scripts/generate-state-machines.ts';
import { stateComments, stateDiagram } from '../../scripts/state-diagrams.ts';

describe('docs/state-machines.md', () => {
  it('draws the definitions as they are: npm run docs:state-machines writes it', () => {
    expect(readFileSync(STATE_MACHINES_PAGE, 'utf8')).toBe(stateMachinesPage());
  });

  it('has a sentence for every state', () => {
    const states = drawnMachines().flatMap(({ definition }) => stateComments(definition));

    expect(states.length).toBeGreaterThan(60);
    expect(states.filter(([, , comment]) => comment === '')).toEqual([]);
  });
});

describe('a drawing', () => {
  it('shows choices, catches, branches side by side and what a map repeats', () => {
    const drawing = stateDiagram({
      QueryLanguage: 'JSONata',
      StartAt: 'Which',
      States: {
        Which: { Type: 'Choice', Choices: [{ Condition: "{% $a = 'x: y' %}", Next: 'Both' }], Default: 'Each' },
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'One', States: { One: { Type: 'Pass', End: true } } },
            { StartAt: 'Two', States: { Two: { Type: 'Succeed' } } },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Broken' }],
          End: true,
        },
        Each: {
          Type: 'Map',
          ItemProcessor: { StartAt: 'Item', States: { Item: { Type: 'Pass', End: true } } },
          Next: 'Both',
        },
        Broken: { Type: 'Fail' },
      },
    });

    expect(drawing).toBe(`stateDiagram-v2
  state Which <<choice>>
  state Both {
    [*] --> One
    One --> [*]
    --
    [*] --> Two
    Two --> [*]
  }
  state Each {
    [*] --> Item
    Item --> [*]
  }
  [*] --> Which
  Which --> Both: $a = 'x  y'
  Which --> Each: otherwise
  Both --> Broken: on States.ALL
  Both --> [*]
  Each --> Both
  Broken --> [*]`);
  });
});
