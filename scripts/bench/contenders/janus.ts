import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { niceness, setNiceness } from '@peekaboo/shared/priority';
import { dyingWithUs } from '../../../apps/sfu/src/cameras/ffmpeg.ts';
import { openIssuer } from '../../../apps/signal/src/identity/issuer.ts';
import { makeScratchFolder } from '../../load/scratch-folder.ts';
import type { Contender } from './contender.ts';
import { freePorts } from './free-ports.ts';
import { JanusControl } from './janus-control.ts';
import { sendStream, stream } from './stream.ts';

const mountpoint = 1;
const payloadType = 101;
const readyWithinMs = 10_000;
/** Janus takes a port for each viewer; above those that systems hand out by themselves. */
const mediaPorts = { from: 61_000, to: 64_999 };

/** The version of Janus that is installed; undefined when none is. */
export function janusVersion(): string | undefined {
  try {
    return /version: \d+ \((.+?)\)/.exec(execFileSync('janus', ['--help'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Janus with its streaming plugin: the same picture, encrypted on its way in as well, the latest keyframe kept for those who come. With full
 * trickle, as it checks connectivity sooner then: else our DTLS client speaks before Janus listens, and tries again only after 1 s.
 */
export async function startJanus(): Promise<Contender> {
  const { path: folder, remove } = makeScratchFolder('peekaboo-bench-');
  const [ws, http, rtpPort, rtcpPort, fromRtp, fromRtcp] = await freePorts();
  await openIssuer(folder);
  writeConfiguration(folder, { ws, http });
  const args = ['--configs-folder', folder, '--debug-level', '2', '--session-timeout', '0', '--full-trickle'];
  const more = ['--rtp-port-range', `${mediaPorts.from}-${mediaPorts.to}`, '--ice-enforce-list', ownAddress()];
  const server = spawn(...dyingWithUs('janus', [...args, ...more]), { detached: true, stdio: 'ignore' });
  if (server.pid !== undefined) setNiceness(server.pid, niceness.timely); // as Peekaboo's own
  const ended = once(server, 'exit');
  const keyBase64 = randomBytes(30).toString('base64');
  const local = { rtpPort: fromRtp, rtcpPort: fromRtcp };
  const [track] = stream.tracks;
  const ffmpeg = sendStream([{ codecArgs: track?.codecArgs ?? [], payloadType, ssrc: 1, remote: { rtpPort, rtcpPort }, local, keyBase64 }]);
  const stop = async () => {
    ffmpeg.kill('SIGKILL');
    server.kill('SIGTERM');
    const overdue = setTimeout(() => server.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(overdue);
    remove();
  };
  const show = (control: JanusControl) =>
    control.tell({
      ...{ request: 'create', type: 'rtp', id: mountpoint, description: 'bench', audio: false, video: true },
      ...{ videoport: rtpPort, videortcpport: rtcpPort, videopt: payloadType, videocodec: 'h264', videobufferkf: true },
      ...{ videofmtp: 'profile-level-id=42e01f;packetization-mode=1', srtpsuite: 80, srtpcrypto: keyBase64 },
    });
  try {
    const control = await Promise.race([
      JanusControl.open(http, readyWithinMs),
      ended.then(() => Promise.reject(new Error('Janus ended'))),
    ]);
    await show(control);
    await delay(1_500); // until it has seen a keyframe
    return {
      target: { url: `ws://127.0.0.1:${ws}`, dataFolder: folder, nursery: 'bench', rooms: [String(mountpoint)], protocol: 'janus' },
      processes: [
        { pid: server.pid as number, part: 'worker' },
        { pid: ffmpeg.pid as number, part: 'camera' },
      ],
      mediaPorts,
      cut: {
        give: async () => {
          const viewers = await control.viewers(mountpoint);
          await control.tell({ request: 'destroy', id: mountpoint });
          return { viewers, confirmed: true };
        },
        orders: { ordersTo: http },
        isOrder: ({ payload }) => payload.includes('"destroy"'),
      },
      reopen: async () => void (await show(control)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writeConfiguration(folder: string, { ws, http }: { ws: number; http: number }): void {
  const write = (name: string, text: string) => writeFileSync(join(folder, `${name}.jcfg`), text);
  const others = [
    'audiobridge',
    'duktape',
    'echotest',
    'lua',
    'nosip',
    'recordplay',
    'sip',
    'textroom',
    'videocall',
    'videoroom',
    'voicemail',
  ];
  const disabled = others.map((name) => `libjanus_${name}.so`).join(',');
  write(
    'janus',
    `plugins: { disable = "${disabled}" }\ntransports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }\n`,
  );
  write('janus.plugin.streaming', 'general: { }\n');
  write('janus.transport.websockets', `general: { json = "compact" ws = true ws_port = ${ws} ws_ip = "127.0.0.1" wss = false }\n`);
  write(
    'janus.transport.http',
    `general: { json = "compact" base_path = "/janus" http = true port = ${http} ip = "127.0.0.1" https = false }\n`,
  );
}

/** Janus does without loopback; packets to an address of this machine's own go that way all the same. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  const own = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!own) throw new Error('Janus needs a network interface other than loopback');
  return own.address;
}
