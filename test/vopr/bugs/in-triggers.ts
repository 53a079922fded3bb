import type { DrawnTriggers } from '../../../simulator/vopr/drawn-world.ts';
import type { DrawnOverrides } from '../drawn.ts';
import { inPlaceOf, type PlantedBug } from '../planting.ts';

const upload = (at: number, part: number) => ({ at, key: `vopr/uploads/part-${part}.csv` });
const uploads = [upload(7_200, 1), upload(9_000, 2)];
const schedule = { name: 'nightly', everySeconds: 3_600, times: 3, request: { spotPatience: '1h' } };

const uploading = (overlap: DrawnTriggers['overlap'], quiet: Pick<DrawnTriggers, 'quietSeconds'> = {}) => ({
  triggers: { overlap, uploads, ...quiet },
});
const scheduled = (overlap: DrawnTriggers['overlap']) => ({ triggers: { overlap, uploads: [], schedule } });

export const SOUND_WITH_TRIGGERS: readonly DrawnOverrides[] = [
  uploading('skip'),
  uploading('queue'),
  uploading('queue', { quietSeconds: 900 }),
  scheduled('skip'),
  scheduled('queue'),
];

/** A door for triggers that starts a further run each time it is called. */
function startingEachTime() {
  let deliveries = 0;
  return inPlaceOf('StartRun', async (invoke, event, world) => {
    const answer = (await invoke(event)) as { readonly executionName: string };
    deliveries += 1;
    world.startRun({}, `${answer.executionName}-${deliveries}`);
    return answer;
  });
}

const ignoring = () => inPlaceOf('StartRun', async () => ({ action: 'ignored', reason: 'not now' }));

const notLooking = () =>
  inPlaceOf('StartRun', async (_invoke, event, world) => {
    const { object } = event['detail'] as { readonly object: { readonly key: string } };
    const executionName = `upload-${object.key.split('/').at(-1)?.replace('.', '-')}`;
    world.startRun({ trigger: { kind: 'upload', bucket: 'data', key: object.key } }, executionName);
    return { action: 'started', executionName, reason: 'uploaded' };
  });

export const IN_TRIGGERS: readonly PlantedBug[] = [
  {
    what: 'an upload that starts a run each time it is delivered',
    drawn: uploading('allow'),
    plant: startingEachTime,
    noticedBy: { triggersStartOnce: ['an upload starts one run, and none is dropped silently'] },
  },
  {
    what: 'an upload that is dropped without a word',
    drawn: uploading('allow'),
    plant: ignoring,
    noticedBy: { triggersStartOnce: ['an upload starts one run, and none is dropped silently'] },
  },
  {
    what: 'an upload to a batch that is dropped without a word',
    drawn: uploading('allow', { quietSeconds: 900 }),
    plant: ignoring,
    noticedBy: { triggersStartOnce: ['an upload starts one run, and none is dropped silently'] },
  },
  {
    what: 'a trigger that does not look whether a run is going on, where others are skipped',
    drawn: uploading('skip'),
    plant: notLooking,
    noticedBy: { runsOverlapAsAllowed: ['runs of a pipeline overlap only where it allows that'] },
  },
  {
    what: 'a trigger that does not look whether a run is going on, where others wait',
    drawn: uploading('queue'),
    plant: notLooking,
    noticedBy: { runsOverlapAsAllowed: ['runs of a pipeline overlap only where it allows that'] },
  },
  {
    what: 'a scheduled time that starts a run each time it is delivered',
    drawn: scheduled('allow'),
    plant: startingEachTime,
    noticedBy: { triggersStartOnce: ['a scheduled time starts one run, and none is dropped silently'] },
  },
  {
    what: 'a scheduled time that is dropped without a word',
    drawn: scheduled('allow'),
    plant: ignoring,
    noticedBy: { triggersStartOnce: ['a scheduled time starts one run, and none is dropped silently'] },
  },
];
