import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/*
 * `npm run fuzz [-- --cases N] [-- --seed N]`: everything that is read from strangers, tried with so many cases each; 100,000 unless
 * told otherwise. Prints the seed, with which the same cases come again.
 */

const { values } = parseArgs({ options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string' } } });
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));
console.log(`peekaboo fuzz: ${values.cases} cases of each kind, seed ${seed}`);
const env = { ...process.env, FUZZ_CASES: values.cases, FUZZ_SEED: seed };
const { status } = spawnSync('vitest', ['run', '--project', 'fuzz', '--reporter=verbose'], { stdio: 'inherit', env });
process.exit(status ?? 1);
