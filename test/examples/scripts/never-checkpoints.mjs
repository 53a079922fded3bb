// A training script that saves nothing before its end: each interruption throws all of its work away.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const root = process.env.SPOTRELAY_ML_ROOT ?? '/opt/ml';
const model = process.env.SM_MODEL_DIR ?? join(root, 'model');
const settings = JSON.parse(readFileSync(join(root, 'input/config/hyperparameters.json'), 'utf8'));
const epochs = Number(settings.epochs ?? 480);

for (let epoch = 1; epoch <= epochs; epoch += 1) {
  await setTimeout(Number(settings.epoch_milliseconds ?? 25));
  console.log(`epoch=${epoch}`);
}
mkdirSync(model, { recursive: true });
writeFileSync(join(model, 'model.json'), `${JSON.stringify({ epochs })}\n`);
