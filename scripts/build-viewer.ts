import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../apps/viewer', import.meta.url));
const shared = fileURLToPath(new URL('../packages/shared/src', import.meta.url));
const built = join(root, 'dist', 'index.html');

/** Builds the pages, unless nothing they are made of has changed since the last time. */
export async function buildViewer(): Promise<void> {
  const newest = Math.max(newestIn(root), newestIn(shared));
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  console.error('Building the pages …');
  await build({ root, logLevel: 'warn' });
  const now = new Date();
  utimesSync(built, now, now);
}

function newestIn(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== 'dist' && name !== 'node_modules');
  return Math.max(
    0,
    ...entries.map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs;
    }),
  );
}
