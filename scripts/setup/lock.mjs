import { mkdirSync, readFileSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.mjs';

const BEAT_MS = 2_000;
const STALE_MS = 30_000;
const POLL_MS = 300;
const REMIND_MS = 30_000;

/** @type {Set<string>} */
const held = new Set();
process.on('exit', () => {
  for (const file of held) rmSync(file, { force: true });
});

/**
 * Runs `action` while no other process runs one under the same lock file; waits for it otherwise. The holder touches the file
 * every two seconds: a lock whose holder is gone, or has not touched it for 30 s, is taken over.
 * @template T
 * @param {string} file
 * @param {string} waitingFor completes "another set-up is ..."
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(file, waitingFor, action) {
  mkdirSync(dirname(file), { recursive: true });
  let saidAt = Number.NEGATIVE_INFINITY;
  while (!take(file)) {
    if (performance.now() - saidAt > REMIND_MS) {
      say(`another set-up is ${waitingFor}; waiting for it`);
      saidAt = performance.now();
    }
    await sleep(POLL_MS);
  }
  held.add(file);
  const beat = setInterval(() => touch(file), BEAT_MS);
  try {
    return await action();
  } finally {
    clearInterval(beat);
    held.delete(file);
    rmSync(file, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {boolean} whether the lock is ours now
 */
function take(file) {
  if (create(file)) return true;
  if (!isStale(file)) return false;
  // Of several that see the same stale lock only one may remove it, or the second would remove the first one's fresh lock.
  const guard = `${file}.takeover`;
  try {
    mkdirSync(guard);
  } catch {
    if (ageMs(guard) > STALE_MS) rmdirSync(guard);
    return false;
  }
  try {
    if (isStale(file)) rmSync(file, { force: true });
  } finally {
    rmdirSync(guard);
  }
  return create(file);
}

/** @param {string} file */
function create(file) {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file */
function isStale(file) {
  const age = ageMs(file);
  if (age > STALE_MS) return true;
  try {
    const { pid, host } = JSON.parse(readFileSync(file, 'utf8'));
    return host === hostname() && !isAlive(pid);
  } catch {
    // Gone meanwhile, or its holder has created it and not written to it yet.
    return false;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} file */
function ageMs(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs;
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Whoever took it for stale has removed it; what we make is put in place by a rename, so nothing breaks.
  }
}
