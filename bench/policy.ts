// npm run bench:policy [-- --starts 24] [-- --synthetic] [-- --chart file.svg]: what the capacity policy costs, and how
// often it is late, beside the policies it could be instead and the best that hindsight could do. docs/policy-benchmark.md
// explains the tables.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DELAY_NAMES } from './policy/grid.ts';
import { syntheticMarkets } from '../simulator/markets/synthetic.ts';
import { chart } from './policy/chart.ts';
import { reportDelay, reportSlack } from './policy/reports/delays.ts';
import { reportHandOvers, reportReturns } from './policy/reports/hand-overs.ts';
import { reportLadder, reportMarkets, reportZones } from './policy/reports/pools.ts';
import { print } from './policy/reports/print.ts';
import { reportEstimates, reportLooks, reportNews } from './policy/reports/sensitivity.ts';
import { Session } from './policy/session.ts';
import { findTraceFolder, readTraces } from './policy/traces.ts';

const SEED = 1;

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '24' },
    synthetic: { type: 'boolean', default: false },
    chart: { type: 'string' },
  },
});
const startCount = Number(values.starts);
if (!Number.isInteger(startCount) || startCount < 1) {
  process.stderr.write(`--starts ${values.starts}: give a whole number of starts per trace, such as 24\n`);
  process.exit(2);
}
const folder = values.synthetic ? undefined : findTraceFolder();
const session = new Session(folder === undefined ? syntheticMarkets(SEED) : readTraces(folder), startCount);
const heading = folder === undefined ? `Synthetic markets, seed ${SEED}` : 'Spot traces for tuning (us, 2022 and 2023)';

const beganAt = performance.now();
reportMarkets(session, heading);
for (const delay of DELAY_NAMES) reportDelay(session, delay);
reportSlack(session);
reportHandOvers(session);
reportReturns(session);
reportNews(session);
reportLooks(session);
reportEstimates(session);
reportZones(session);
reportLadder(session);
if (values.chart !== undefined) writeFileSync(values.chart, chart(session, heading));
const seconds = ((performance.now() - beganAt) / 1_000).toFixed(1);
print(`\n${session.runCount.toLocaleString('en-US')} runs in ${seconds} s`);
