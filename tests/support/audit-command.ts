import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs `npm run audit -- …` as a person would, and returns its exit code and what it wrote. */
export function audit(dataFolder: string, ...words: string[]): { code: number | null; output: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${root}scripts/audit.ts`, ...words, '--data', dataFolder], {
    encoding: 'utf8',
  });
  return { code: status, output: stdout, errors: stderr };
}
