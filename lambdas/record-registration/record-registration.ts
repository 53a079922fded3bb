// Writes into the ledger what became of a run's model; the first word stands.
import { RecordRegistrationInput, RecordRegistrationOutput } from '../contracts.ts';
import { defineFunction } from '../define-function.ts';
import type { Clock, Ledger } from '../ports.ts';

export const createRecordRegistration = ({ ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock }) =>
  defineFunction('record-registration', { input: RecordRegistrationInput, output: RecordRegistrationOutput })(
    async (registration) => {
      const { runId, status } = await ledger.recordRegistration({ ...registration, at: clock.now() });
      return { runId, status };
    },
  );
