import type { SweepAccount } from '../../../domain/sweep/account.ts';
import type { TrialKey } from '../../../domain/sweep/trial.ts';
import { createAdmitTrial } from '../../../lambdas/admit-trial/admit-trial.ts';
import type { SweepLedger } from '../../../lambdas/sweep-ports.ts';
import type { DrawnSweep } from '../../../simulator/vopr/drawn-world.ts';
import { aDrawnSweep, type DrawnOverrides } from '../drawn.ts';
import { historyOf, inPlaceOf, type Answer, type PlantedBug } from '../planting.ts';

const HOUR = 3_600;

const worldOf = (changes: Partial<DrawnSweep['request']> = {}, sweep: Partial<DrawnSweep> = {}): DrawnOverrides => ({
  runs: [],
  script: { metrics: { accuracy: 0.9 } },
  sweep: aDrawnSweep(5, changes, sweep),
});

export const SOUND_WITH_SWEEPS: readonly DrawnOverrides[] = [
  worldOf({ halving: { hyperParameter: 'epochs', minimum: 10, maximum: 90, factor: 3 } }),
  worldOf({}, { stopsAt: 2 * HOUR, redrivesAt: [4 * HOUR] }),
];

/** The gate, which believes another account of the sweep than there is. */
const admittingBy = (believed: Partial<SweepAccount>) =>
  inPlaceOf('AdmitTrial', async (_invoke, event, { ledger, sagemaker, clock, sweeps }) => {
    const lying: SweepLedger = {
      ...sweeps,
      readSweep: async (sweepId) => {
        const kept = await sweeps.readSweep(sweepId);
        return kept === undefined ? undefined : { ...kept, account: { ...kept.account, ...believed } };
      },
      startTrial: async (key, propose) => sweeps.startTrial(key, (account) => propose({ ...account, ...believed })),
    };
    return createAdmitTrial({ ledger, jobs: sagemaker, clock, sweeps: lying })(event);
  });

export const IN_SWEEPS: readonly PlantedBug[] = [
  {
    what: 'a sweep that admits more trials than are allowed',
    drawn: worldOf(),
    plant: () => {
      const believing = admittingBy({ live: 0, places: {} });
      const wider = inPlaceOf('AcceptSweep', async (invoke, event) => ({
        ...((await invoke(event)) as Answer),
        maxConcurrency: 5,
      }));
      return { double: (name, invoke, world) => believing.double(name, wider.double(name, invoke, world), world) };
    },
    noticedBy: {
      sweepsHold: ['a sweep ends once, with each of its trials', 'no more trials are under way than is allowed'],
    },
  },
  {
    what: 'a sweep that spends what others have reserved',
    drawn: { ...worldOf({ budget: { billedHours: 3.4 }, maxConcurrency: 5 }), spotPriceRatio: 1 },
    plant: () => {
      const nothing = { usd: 0, billableSeconds: 0 };
      return admittingBy({ spent: nothing, reserved: nothing });
    },
    noticedBy: { sweepsHold: ["a sweep's budget is never exceeded"] },
  },
  {
    what: 'a trial that is never settled',
    drawn: worldOf({ maxConcurrency: 5 }),
    plant: () =>
      inPlaceOf('SettleTrial', async (invoke, event, world) => {
        const answer = await invoke(event);
        await world.sweeps.updateAccount((event['key'] as TrialKey).sweepId, (account) => ({
          ...account,
          live: account.live + 1,
        }));
        return answer;
      }),
    noticedBy: { sweepsHold: ['a sweep ends once, with each of its trials'] },
  },
  {
    what: 'a sweep that registers another model than the best',
    drawn: worldOf(),
    plant: () =>
      inPlaceOf('PrepareRegistration', async (invoke, event, world) => {
        const { detail } = event as { readonly detail: { readonly runId: string; readonly sweepId?: string } };
        const { sweepId = '' } = detail;
        const results = await world.sweeps.readTrialResults(sweepId);
        const other = results.find(({ runId }) => runId !== undefined && runId !== detail.runId)?.runId;
        const { run } = await historyOf(world, other);
        const plan = (await invoke(event)) as { readonly request: { readonly CustomerMetadataProperties: Answer } };
        const CustomerMetadataProperties = { ...plan.request.CustomerMetadataProperties, 'spotrelay-run': run.runId };
        return { ...plan, request: { ...plan.request, CustomerMetadataProperties } };
      }),
    noticedBy: { sweepsHold: ['a sweep registers its best model, and no other'] },
  },
];
