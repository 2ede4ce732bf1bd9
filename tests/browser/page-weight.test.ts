import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../../apps/viewer/dist', import.meta.url));
const budgetBytes = 70_000;

test('the scripts of the guardian’s page fit into 70 kB', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const scripts = [...new Set([...page.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(([, path = '']) => path))];
  const bytes = scripts.map((path) => gzipSync(readFileSync(join(dist, path)), { level: 9 }).length).reduce((sum, each) => sum + each, 0);
  console.log(`the guardian's page: ${scripts.length} scripts, ${bytes} bytes gzipped`);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(budgetBytes);
});

test('the scripts use nothing that browsers of 2022 lack', () => {
  const later =
    /\.(toSorted|toReversed|toSpliced|toWellFormed|isWellFormed)\(|\b(Object|Map)\.groupBy\(|Promise\.(withResolvers|try)\(|Array\.fromAsync\(|\bTemporal\./g;
  const assets = join(dist, 'assets');
  const found = readdirSync(assets).flatMap((name) => [...readFileSync(join(assets, name), 'utf8').matchAll(later)].map(([use]) => use));
  expect(found).toEqual([]);
});
