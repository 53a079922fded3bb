// A completed run has exactly one version in the registry, or one visible rejection; any other run has no version, and no
// more has one of a pipeline that registers nothing.
import { MODEL_REGISTERED, MODEL_REJECTED } from '../../../domain/events.ts';
import type { Checker } from '../world-record.ts';

const promise = 'a completed run is registered once, or visibly rejected';

export const registeredOnce: Checker = ({ runs, versions, modelEvents }) =>
  runs.flatMap(({ runId, history, registration }) => {
    // Of a sweep's trials one is registered, and the sweep says which.
    if (history.run.sweep !== undefined) return [];
    const count = versions.filter((id) => id === runId).length;
    const events = (type: string): number =>
      modelEvents.filter((event) => event.type === type && event.runId === runId).length;
    if (history.end?.status !== 'SUCCEEDED')
      return count === 0 ? [] : [{ promise, what: `${runId} ended ${history.end?.status} and has ${count} versions` }];
    if (history.run.registration === undefined)
      return count === 0 ? [] : [{ promise, what: `${runId} has ${count} versions, and its pipeline registers none` }];
    const registered = count === 1 && registration?.status === 'registered' && events(MODEL_REGISTERED) > 0;
    const rejected = count === 0 && registration?.status === 'rejected' && events(MODEL_REJECTED) > 0;
    if (registered || rejected) return [];
    const what = `${runId} has ${count} versions, its record says ${registration?.status ?? 'nothing'}, the bus heard ${events(MODEL_REGISTERED)} registrations and ${events(MODEL_REJECTED)} rejections`;
    return [{ promise, what }];
  });
