import { readFile } from 'node:fs/promises';

/** In every worker that was built with scripts/worker/patches/src/handles/TcpConnectionHandle.cpp.patch. */
const saysSo = 'peekaboo: closing a TCP connection resets it';

/**
 * Whether this media worker throws away what still waits on a TCP connection that it closes. Upstream's own goes on sending it: up to
 * megabytes, to a viewer on a slow line, after a cut was confirmed. A program that cannot be read does not.
 */
export async function resetsTcp(workerBin: string): Promise<boolean> {
  return (await readFile(workerBin).catch(() => Buffer.alloc(0))).includes(saysSo);
}
