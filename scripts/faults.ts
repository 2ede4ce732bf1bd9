import { parseArgs } from 'node:util';
import { faults } from '../tests/faults/faults.ts';
import { boundMs, trial, type When, whens } from '../tests/faults/trial.ts';
import { canCapture } from '../tests/support/capture.ts';
import { buildViewer } from './build-viewer.ts';

/*
 * `npm run faults [-- --runs N] [--only TEXT]`: every fault before, during and after a cut, with a packet capture as the judge.
 * Prints a table; exit code 1 when a row is outside its bound.
 */

const limitMs = 45 * 60_000;
const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, only: { type: 'string', default: '' } } });
if (!canCapture()) {
  console.error('peekaboo faults: packets cannot be captured here; it takes tcpdump, and root');
  process.exit(2);
}
await buildViewer();

const startedAt = performance.now();
let failures = 0;
console.log('| fault | when | last media packet, ms (max of runs) | runs | |');
console.log('|---|---|---|---|---|');
for (const fault of faults.filter(({ name }) => name.includes(values.only))) {
  for (const when of whens) await row(fault.name, when);
}
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(0);
console.log(`\n${failures === 0 ? 'Every row is inside its bound' : `${failures} rows are outside their bounds`}, in ${minutes} minutes.`);
console.log('before, during: after the order, at most 2500. after: past the acknowledgement, none (0).');
process.exit(failures === 0 ? 0 : 1);

async function row(name: string, when: When): Promise<void> {
  const fault = faults.find((each) => each.name === name);
  const results: number[] = [];
  let trouble = '';
  for (let run = 0; run < Number(values.runs) && fault; run += 1) {
    if (performance.now() - startedAt > limitMs) {
      trouble = 'out of time';
      break;
    }
    await trial(fault, when).then(
      (lastMs) => results.push(lastMs),
      (error: Error) => {
        trouble = error.message.split('\n')[0] ?? 'failed';
      },
    );
  }
  const worst = Math.max(...results);
  const good = trouble === '' && worst <= boundMs[when];
  if (!good) failures += 1;
  const shown = results.length > 0 ? worst.toFixed(0) : '';
  console.log(`| ${name} | ${when} | ${shown} | ${results.length} | ${good ? 'pass' : `FAIL ${trouble}`} |`);
}
