import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('lossy-link.py', import.meta.url));

/** What becomes of packets in one direction: shares from 0 to 1, and a delay drawn anew for each packet. */
export type Fate = { loss?: number; jitterMs?: number; duplicates?: number };

/** Network namespaces and TUN devices are Linux's, and the administrator's to make. */
export const canMakeLinks = process.getuid?.() === 0 && existsSync('/dev/net/tun') && existsSync('/usr/sbin/ip');

/**
 * A network namespace for the SFU, and two ways into it: a control line by which it reaches signal, whose packets this process
 * group carries and can lose, delay, repeat and reorder; and a healthy one for media.
 */
export class LossyLink {
  readonly namespace: string;
  /** All addresses of all links. */
  readonly network = '198.18.0.0/15';
  /** Of this machine, at the near end of the control line: signal listens here. */
  readonly signalAddress: string;
  /** Of the namespace, at the far end of the media line: the SFU sends from here. */
  readonly mediaAddress: string;
  /** The near end of the media line: packets can be captured here. */
  readonly mediaInterface: string;
  readonly #wire: ChildProcessByStdio<Writable, Readable, null>;

  private constructor(namespace: string, index: number, wire: ChildProcessByStdio<Writable, Readable, null>) {
    this.namespace = namespace;
    this.signalAddress = `198.18.${index}.1`;
    this.mediaAddress = `198.19.${index}.2`;
    this.mediaInterface = `pkm${index}`;
    this.#wire = wire;
  }

  /**
   * @param options the longest packet that the media line takes, in bytes with its IP header; and how much it carries from the SFU, in kbit/s,
   * if that is to be little.
   */
  static async start({ mediaMtu = 1_500, mediaKbps }: { mediaMtu?: number; mediaKbps?: number } = {}): Promise<LossyLink> {
    const { namespace, index } = makeNamespace();
    const [near, far] = [`pkc${index}`, `pkc${index}far`];
    const wire = spawn('/usr/bin/python3', [script, near, far], { stdio: ['pipe', 'pipe', 'inherit'] });
    const link = new LossyLink(namespace, index, wire);
    await once(wire.stdout, 'data');
    // Addresses of RFC 2544, which are for tests of networks.
    ip(`link set ${far} netns ${namespace}`);
    ip(`address add 198.18.${index}.1 peer 198.18.${index}.2 dev ${near}`);
    ip(`-n ${namespace} address add 198.18.${index}.2 peer 198.18.${index}.1 dev ${far}`);
    ip(`link add pkm${index} mtu ${mediaMtu} type veth peer name media mtu ${mediaMtu} netns ${namespace}`);
    ip(`address add 198.19.${index}.1/30 dev pkm${index}`);
    ip(`-n ${namespace} address add 198.19.${index}.2/30 dev media`);
    for (const device of [near, `pkm${index}`]) ip(`link set ${device} up`);
    for (const device of ['lo', far, 'media']) ip(`-n ${namespace} link set ${device} up`);
    // It loses nothing by itself: what it does not carry yet waits, for as long as it takes.
    if (mediaKbps) ip(`netns exec ${namespace} tc qdisc add dev media root tbf rate ${mediaKbps}kbit burst 32kb latency 60s`);
    return link;
  }

  /** Once this has resolved, packets of the control line fare like this. */
  async set({ toSfu = {}, toSignal = {} }: { toSfu?: Fate; toSignal?: Fate }): Promise<void> {
    const done = once(this.#wire.stdout, 'data');
    this.#wire.stdin.write(`${JSON.stringify({ aToB: toSfu, bToA: toSignal })}\n`);
    await done;
  }

  /** Once no process lives in the namespace any more. */
  async close(): Promise<void> {
    const gone = once(this.#wire, 'exit');
    this.#wire.stdin.end();
    await gone;
    ip(`netns delete ${this.namespace}`);
  }
}

/** The first of 250 that nobody has yet; several runs may be under way on this machine. */
function makeNamespace(): { namespace: string; index: number } {
  for (let index = 1; index <= 250; index += 1) {
    const namespace = `peekaboo-${index}`;
    if (existsSync(`/run/netns/${namespace}`)) continue;
    try {
      ip(`netns add ${namespace}`);
      return { namespace, index };
    } catch {
      // somebody else was faster
    }
  }
  throw new Error('250 network namespaces are in use; "ip netns delete" those that were left behind');
}

function ip(words: string): void {
  execFileSync('/usr/sbin/ip', words.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });
}
