import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigFile, parseConfig, readConfigFile } from '@peekaboo/shared/config-file';
import { followConfig } from '@peekaboo/shared/follow-config';
import { createLogger } from '@peekaboo/shared/log';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const room = (id: string) => `  - { id: ${id}, name: ${id}, hours: { weekly: {} } }\n`;
const nursery = 'nursery: { id: willow, name: Willow, timeZone: UTC }\n';
const lookMs = 1_000;

let folder: string;
let path: string;
let stop: () => void;
const taken: ConfigFile[] = [];
const roomsTaken = () => taken.map(({ rooms }) => rooms?.map(({ id }) => id).join());

beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), 'peekaboo-test-'));
  path = join(folder, 'peekaboo.yaml');
  writeFileSync(path, `${nursery}rooms:\n${room('sun')}${room('sky')}`);
  taken.length = 0;
  const started = readConfigFile(path);
  stop = followConfig({ path, started, fixed: ['periods'], take: (file) => taken.push(file), log: createLogger('test', 'silent') });
  vi.advanceTimersByTime(3 * lookMs);
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

test('a file that is half written when it is looked at is taken only once it is whole', () => {
  writeFileSync(path, `${nursery}rooms:\n${room('sun')}`); // so far a configuration without the other rooms
  vi.advanceTimersByTime(lookMs);
  appendFileSync(path, room('sky') + room('moon'));
  vi.advanceTimersByTime(lookMs);
  expect(roomsTaken()).toEqual(['sun,sky']);
  vi.advanceTimersByTime(3 * lookMs);
  expect(roomsTaken()).toEqual(['sun,sky', 'sun,sky,moon']);
});

test('a file that is broken, and then as it was before, changes nothing', () => {
  writeFileSync(path, 'rooms: [');
  vi.advanceTimersByTime(lookMs);
  writeFileSync(path, `${nursery}rooms:\n${room('sun')}${room('sky')}`);
  vi.advanceTimersByTime(3 * lookMs);
  expect(roomsTaken()).toEqual(['sun,sky']);
});

test('what is taken is what was judged, whatever the file says by then', () => {
  stop();
  const texts: (string | undefined)[] = [];
  stop = followConfig({
    path,
    started: readConfigFile(path),
    fixed: [],
    take: (file) => {
      writeFileSync(path, nursery);
      texts.push(file.rooms?.map(({ id }) => id).join());
    },
    log: createLogger('test', 'silent'),
  });
  vi.advanceTimersByTime(lookMs);
  expect(texts).toEqual(['sun,sky']);
});

test('what counts after a restart only is said of a change soon after the start, too', () => {
  stop();
  const log = createLogger('test', 'silent');
  const warn = vi.spyOn(log, 'warn');
  const text = readFileSync(path, 'utf8');
  stop = followConfig({ path, started: parseConfig(text, path), fixed: ['viewsPerGuardian'], take: () => undefined, log });
  writeFileSync(path, `${text}viewsPerGuardian: 3\n`);
  vi.advanceTimersByTime(3 * lookMs);
  expect(warn).toHaveBeenCalledExactlyOnceWith(`${path}: viewsPerGuardian changed; that counts after a restart only`);
});
