// Ctrl-C in the midst of trainings: nothing is left running, and whoever pressed it is told what is kept.
import { killAllGroups } from '../../simulator/executors/process-groups.ts';
import { EXIT } from '../exit-codes.ts';
import { shown } from './report.ts';

export function killOnSignals(folder: string): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      killAllGroups();
      console.error(`\nspotrelay: interrupted; nothing is left running, everything so far is kept in ${shown(folder)}`);
      process.exit(EXIT.interrupted);
    });
  }
}
