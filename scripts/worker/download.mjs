import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

const LIMIT_MS = 10_000;
// The variable is upstream's own, for mirrors.
const RELEASES = process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL || 'https://github.com/versatica/mediasoup/releases/download';

/**
 * Fetches the binary that upstream publishes for this system, in ten seconds or not at all.
 * @param {string} version of mediasoup
 * @param {string} folder to unpack into
 * @returns {Promise<{ok: true, binary: string} | {ok: false, reason: string}>} `binary` is unpacked but not tried out yet
 */
export async function downloadWorker(version, folder) {
  try {
    const response = await fetch(`${RELEASES}/${version}/${archiveName(version)}`, { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!response.ok)
      return { ok: false, reason: response.status === 404 ? 'upstream has none for this system' : `status ${response.status}` };
    const archive = join(folder, 'prebuilt.tgz');
    writeFileSync(archive, Buffer.from(await response.arrayBuffer()));
    execFileSync('tar', ['-xzf', archive, '-C', folder, 'mediasoup-worker'], { stdio: 'ignore' });
    const binary = join(folder, 'mediasoup-worker');
    if (!existsSync(binary)) return { ok: false, reason: 'the archive holds no mediasoup-worker' };
    chmodSync(binary, 0o755);
    return { ok: true, binary };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}

/**
 * As upstream's npm-scripts.mjs names it.
 * @param {string} version
 */
function archiveName(version) {
  const kernel = process.platform === 'linux' ? `-kernel${Number.parseInt(release(), 10)}` : '';
  return `mediasoup-worker-${version}-${process.platform}-${process.arch}${kernel}.tgz`;
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${LIMIT_MS / 1_000} s`;
  // fetch() says no more than "fetch failed" itself.
  const cause = /** @type {NodeJS.ErrnoException | undefined} */ (error.cause);
  return cause?.code ?? cause?.message ?? error.message;
}
