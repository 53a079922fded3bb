// What every function does around its work: structured logs that carry the run, one line when it is done, one line when
// it failed. The service's name and the log level come from POWERTOOLS_* variables that infra/ sets.
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import type { MiddlewareObj } from '@middy/core';

export const logger = new Logger();

/** In this order: middy unwinds from the end, so the last lines are written while the keys are still there. */
export const standardMiddleware = (): MiddlewareObj[] => [
  injectLambdaContext(logger, { resetKeys: true }),
  nameTheRun(),
  sayHowItEnded(),
];

/** An event names its run at the top (from our state machine), in its detail (from our bus) or by its execution. */
function nameTheRun(): MiddlewareObj {
  return {
    before: ({ event }) => {
      const detail = fieldOf(event, 'detail');
      logger.appendKeys(
        textKeys({
          runId: fieldOf(event, 'runId') ?? fieldOf(detail, 'runId'),
          executionArn: fieldOf(detail, 'executionArn') ?? fieldOf(fieldOf(event, 'execution'), 'arn'),
        }),
      );
    },
  };
}

/** Rethrown by middy, because `onError` answers nothing: the state machine's Retry and Catch decide what becomes of it. */
function sayHowItEnded(): MiddlewareObj {
  return {
    after: ({ response }) => {
      // An accepted run has its id only now.
      const { runId, reason } = textKeys({ runId: fieldOf(response, 'runId'), reason: fieldOf(response, 'reason') });
      logger.info(reason ?? 'done', runId === undefined ? {} : { runId });
    },
    onError: ({ error }) => {
      logger.error('failed', error instanceof Error ? error : new Error(String(error)));
    },
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function textKeys<Name extends string>(values: Readonly<Record<Name, unknown>>): { [K in Name]?: string } {
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(texts) as { [K in Name]?: string };
}
