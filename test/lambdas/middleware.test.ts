// What every function does around its work: its log says of which run it is, and how it ended.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { logger, standardMiddleware } from '../../lambdas/middleware.ts';

const context = { functionName: 'plan-attempt', awsRequestId: 'request-1' } as Context;
let named: jest.SpiedFunction<typeof logger.appendKeys>;
let info: jest.SpiedFunction<typeof logger.info>;
let error: jest.SpiedFunction<typeof logger.error>;

beforeEach(() => {
  named = jest.spyOn(logger, 'appendKeys');
  info = jest.spyOn(logger, 'info').mockImplementation(() => {});
  error = jest.spyOn(logger, 'error').mockImplementation(() => {});
});
afterEach(() => void jest.restoreAllMocks());

const invoke = (event: unknown, work: () => unknown = () => undefined): Promise<unknown> =>
  middy<unknown, unknown>()
    .use(standardMiddleware())
    .handler(async () => work())(event, context);

describe('the log of a function', () => {
  it.each<[string, unknown, Record<string, string>]>([
    ['at the top, from our state machine', { runId: 'churn--0123456789' }, { runId: 'churn--0123456789' }],
    ['in its detail, from our bus', { detail: { runId: 'churn--0123456789' } }, { runId: 'churn--0123456789' }],
    ['by its execution, from Step Functions', { detail: { executionArn: 'arn:1' } }, { executionArn: 'arn:1' }],
    ['by its execution, at the door', { execution: { arn: 'arn:2' } }, { executionArn: 'arn:2' }],
    ['both ways', { runId: 'churn--1', execution: { arn: 'arn:2' } }, { runId: 'churn--1', executionArn: 'arn:2' }],
    ['not at all', { 'detail-type': 'Scheduled Run', detail: null }, {}],
    ['by nothing that is a name', { runId: 7, execution: 'arn:2' }, {}],
    ['by nothing, as there is no event', undefined, {}],
  ])('carries the run that the event names %s', async (_, event, keys) => {
    await invoke(event);
    expect(named).toHaveBeenCalledWith(keys);
  });

  it('has a line with what came of it, and the run that an accepted request has become', async () => {
    await invoke({}, () => ({ runId: 'churn--0123456789', reason: 'run accepted' }));
    expect(info.mock.calls).toEqual([['run accepted', { runId: 'churn--0123456789' }]]);
    expect(error).not.toHaveBeenCalled();
  });

  it('has a line also where nothing is said', async () => {
    await invoke({}, () => ({ action: 'ignored' }));
    await invoke({});
    expect(info.mock.calls).toEqual([
      ['done', {}],
      ['done', {}],
    ]);
  });

  it('has a line with the error of one that failed, which is thrown on', async () => {
    const failure = new TypeError('torn');
    await expect(invoke({}, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(error.mock.calls).toEqual([['failed', failure]]);
    expect(info).not.toHaveBeenCalled();
  });

  it('forgets the run before the next, and only after the last line about it', async () => {
    const reset = jest.spyOn(logger, 'resetKeys');
    await invoke({ runId: 'churn--0123456789' });
    const [written = Number.POSITIVE_INFINITY] = info.mock.invocationCallOrder;
    expect(reset.mock.invocationCallOrder.at(-1)).toBeGreaterThan(written);
  });
});
