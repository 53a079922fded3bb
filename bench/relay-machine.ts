// The machine that is measured: 11 states, 20 state entries and 42 evaluations an execution. The JSONPath twin has the
// same states in the same order for the peer; where JSONPath can only pick, it computes less.

import type { Json } from '../simulator/machine/index.ts';

export const stateEntryCount = 20;

export const input = {
  order: { id: 'o-17', kind: 'standard', priority: 3, customer: { name: 'Ada', tier: 'gold' } },
  lines: Array.from({ length: 10 }, (_, index) => ({ sku: `sku-${index}`, quantity: index + 1, price: 10 + index })),
};

export function inputWithLines(count: number): Json {
  const lines = Array.from({ length: count }, (_, index) => ({ sku: `s${index}`, quantity: 1, price: 2 }));
  return { ...input, lines };
}

export const taskResult = { approved: true, limit: 5000, reference: 'ref-99' };

const priceTask = 'arn:aws:states:::lambda:invoke';

export const jsonataMachine = {
  QueryLanguage: 'JSONata',
  StartAt: 'Prepare',
  States: {
    Prepare: {
      Type: 'Pass',
      Assign: {
        order: '{% $states.input.order %}',
        lines: '{% $states.input.lines %}',
        lineCount: '{% $count($states.input.lines) %}',
      },
      Next: 'IsStandard',
    },
    IsStandard: {
      Type: 'Choice',
      Choices: [{ Condition: "{% $order.kind = 'standard' and $lineCount > 0 %}", Next: 'CheckCredit' }],
      Default: 'Done',
    },
    CheckCredit: {
      Type: 'Task',
      Resource: priceTask,
      Arguments: { customer: '{% $order.customer.name %}', total: '{% $sum($lines.price) %}' },
      Assign: { credit: '{% $states.result %}' },
      Next: 'Both',
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Greet',
          States: { Greet: { Type: 'Pass', Output: "{% 'Dear ' & $order.customer.name %}", End: true } },
        },
        {
          StartAt: 'Rate',
          States: { Rate: { Type: 'Pass', Output: '{% $order.priority * 2 %}', End: true } },
        },
      ],
      Next: 'Pause',
    },
    Pause: { Type: 'Wait', Seconds: 0, Next: 'EachLine' },
    EachLine: {
      Type: 'Map',
      Items: '{% $lines %}',
      ItemSelector: {
        line: '{% $states.context.Map.Item.Value %}',
        factor: '{% $order.priority %}',
      },
      ItemProcessor: {
        StartAt: 'PriceLine',
        States: {
          PriceLine: {
            Type: 'Pass',
            Output: '{% $states.input.line.quantity * $states.input.line.price * $states.input.factor %}',
            End: true,
          },
        },
      },
      Next: 'Summarise',
    },
    Summarise: { Type: 'Pass', Output: { total: '{% $sum($states.input) %}', id: '{% $order.id %}' }, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

export const jsonPathMachine = {
  StartAt: 'Prepare',
  States: {
    Prepare: {
      Type: 'Pass',
      Parameters: { 'order.$': '$.order', 'lines.$': '$.lines', 'lineCount.$': 'States.ArrayLength($.lines)' },
      Next: 'IsStandard',
    },
    IsStandard: {
      Type: 'Choice',
      Choices: [
        {
          And: [
            { Variable: '$.order.kind', StringEquals: 'standard' },
            { Variable: '$.lineCount', NumericGreaterThan: 0 },
          ],
          Next: 'CheckCredit',
        },
      ],
      Default: 'Done',
    },
    CheckCredit: {
      Type: 'Task',
      Resource: 'arn:aws:lambda:us-east-1:111111111111:function:check-credit',
      Parameters: { 'customer.$': '$.order.customer.name', 'lines.$': '$.lines' },
      ResultPath: '$.credit',
      Next: 'Both',
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Greet',
          States: {
            Greet: {
              Type: 'Pass',
              Parameters: { 'name.$': "States.Format('Dear {}', $.order.customer.name)" },
              End: true,
            },
          },
        },
        {
          StartAt: 'Rate',
          States: {
            Rate: { Type: 'Pass', Parameters: { 'rate.$': 'States.MathAdd($.order.priority, 2)' }, End: true },
          },
        },
      ],
      ResultPath: '$.both',
      Next: 'Pause',
    },
    Pause: { Type: 'Wait', Seconds: 0, Next: 'EachLine' },
    EachLine: {
      Type: 'Map',
      ItemsPath: '$.lines',
      ItemSelector: { 'line.$': '$$.Map.Item.Value', 'factor.$': '$.order.priority' },
      ItemProcessor: {
        StartAt: 'PriceLine',
        States: {
          PriceLine: {
            Type: 'Pass',
            Parameters: { 'price.$': '$.line.price', 'quantity.$': '$.line.quantity', 'factor.$': '$.factor' },
            End: true,
          },
        },
      },
      ResultPath: '$.prices',
      Next: 'Summarise',
    },
    Summarise: { Type: 'Pass', Parameters: { 'prices.$': '$.prices', 'id.$': '$.order.id' }, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};
