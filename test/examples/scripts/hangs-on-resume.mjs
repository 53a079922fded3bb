// A training script that takes a lock in its checkpoint folder, and waits for ever when a killed one has left it there.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const checkpoints = process.env.SPOTRELAY_CHECKPOINT_DIR;
const lock = join(checkpoints, 'lock');
while (existsSync(lock)) await setTimeout(50);
writeFileSync(lock, String(process.pid));
for (let epoch = 1; epoch <= 20; epoch += 1) {
  await setTimeout(50);
  console.log(`epoch=${epoch}`);
  writeFileSync(join(checkpoints, `epoch-${epoch}.json`), JSON.stringify({ epoch }));
}
mkdirSync(process.env.SM_MODEL_DIR, { recursive: true });
writeFileSync(join(process.env.SM_MODEL_DIR, 'model.json'), '{}');
