// spotrelay sweep: many trials on spot, first on this machine, then for real.
import type { Command } from 'commander';
import { addCancel } from './sweep/cancel.ts';
import { addConvert } from './sweep/convert.ts';
import { addLook } from './sweep/look.ts';
import { addRedrive } from './sweep/redrive.ts';
import { addRehearse } from './sweep/rehearse.ts';
import { addSimulate } from './sweep/simulate.ts';
import { addStart } from './sweep/start.ts';

export function addSweep(program: Command): void {
  const sweep = program
    .command('sweep')
    .description('search hyperparameters with many trials on spot: one command, one receipt');
  addRehearse(sweep);
  addSimulate(sweep);
  addConvert(sweep);
  addStart(sweep);
  addLook(sweep);
  addCancel(sweep);
  addRedrive(sweep);
}
