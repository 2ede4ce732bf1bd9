import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { canCapture } from '../support/capture.ts';

const scan = fileURLToPath(new URL('../../scripts/pii-scan.ts', import.meta.url));

test.runIf(canCapture())('a scan of two families finds what was planted in every place, and nothing else', { timeout: 180_000 }, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [scan, '--families', '2'], { encoding: 'utf8' });
  expect(stdout.match(/^0 hits$/gm), stdout + stderr).toHaveLength(2);
  expect(stdout).not.toContain('NOT FOUND');
  expect(status).toBe(0);
});
