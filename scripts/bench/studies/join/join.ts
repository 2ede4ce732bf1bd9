import { setTimeout as delay } from 'node:timers/promises';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { newId } from '@peekaboo/shared/ids';
import { openIssuer } from '../../../../apps/signal/src/identity/issuer.ts';
import { mintCredentials } from '../../../../apps/signal/src/identity/mint.ts';
import { mediaPorts } from '../../../../tests/support/media-ports.ts';
import { quantile } from '../../../load/quantile.ts';
import { startOwn, type Target } from '../../../load/target.ts';
import { FarAway, proxyAddress, type Seen, serverAddress } from './far-away.ts';

/** The test picture's. */
const frameMs = 1_000 / 15;
const pictureWithinMs = 10_000;
const restMs = 150;

/**
 * One join, in milliseconds after the click, as the viewer saw it: its first check for a way (ICE), the first that was answered, the first
 * and the last word of the handshake (DTLS), the first media packet, and the last packet of the first keyframe.
 */
type Step = 'check' | 'checked' | 'hello' | 'handshaken' | 'media' | 'keyframe';
type Steps = Record<Step, number>;
type Join = { steps: Steps; roundTrips: number };

export type Joins = {
  rttMs: number;
  frameMs: number;
  joins: number;
  failed: number;
  firstKeyframeMs: { p50: number; p95: number; max: number };
  /** Medians. */
  steps: Steps;
  /** How often signalling asked and was answered, one after the other, before the first check left: the most of any join. */
  signallingRoundTrips: number;
};

/** Viewers with a warm socket click, one after another, far from the server. */
export async function measureJoins({ joins, rttMs }: { joins: number; rttMs: number }, say: (line: string) => void): Promise<Joins> {
  const ports = mediaPorts();
  const sfu = { id: 'sfu-1', listenAddresses: [serverAddress], port: ports[0], workers: ports.length, announcedAddress: proxyAddress };
  const target = await startOwn(1, { changes: { sfu } });
  const port = Number(new URL(target.url).port);
  const far = await FarAway.start(rttMs / 2, { tcp: port, udp: ports });
  const all: Join[] = [];
  let failed = 0;
  try {
    for (let count = 0; count < joins + 2; count += 1) {
      const joined = await join(target, `http://${proxyAddress}:${port}`, far).catch((error: Error) => say(`join: ${error.message}`));
      if (count < 2) continue; // the first makes the room's viewing router, the second that of the other worker
      if (joined) all.push(joined);
      else failed += 1;
    }
  } finally {
    far.close();
    await target.stop();
  }
  if (all.length === 0) throw new Error('no join succeeded');
  const of = (step: Step, share: number) =>
    quantile(
      all.map(({ steps }) => steps[step]),
      share,
    );
  const names = Object.keys(all[0]?.steps ?? {}) as Step[];
  return {
    ...{ rttMs, frameMs, joins: all.length, failed },
    firstKeyframeMs: { p50: of('keyframe', 0.5), p95: of('keyframe', 0.95), max: of('keyframe', 1) },
    steps: Object.fromEntries(names.map((name) => [name, of(name, 0.5)])) as Steps,
    signallingRoundTrips: Math.max(0, ...all.map((each) => each.roundTrips)),
  };
}

async function join(target: Target, url: string, far: FarAway): Promise<Join> {
  const issuer = await openIssuer(target.dataFolder);
  const claims = { sub: newId('guardian'), role: 'guardian', nursery: target.nursery, rooms: target.rooms, validForSeconds: 600 } as const;
  const viewer = await HeadlessViewer.connect(url, await mintCredentials(issuer, claims, Date.now()));
  const seen: Seen[] = [];
  far.onSeen = (each) => seen.push(each);
  try {
    await delay(restMs); // whatever came with the connection is over
    const clickedAt = performance.now();
    const picture = viewer.picture(pictureWithinMs).then(() => performance.now());
    picture.catch(() => undefined);
    await viewer.watch(target.rooms[0] as string);
    const keyframe = (await picture) - clickedAt;
    const times = (kind: Seen['kind'], towards: Seen['towards']) =>
      seen.filter((each) => each.at >= clickedAt && each.kind === kind && each.towards === towards).map(({ at }) => at - clickedAt);
    const first = (kind: Seen['kind'], towards: Seen['towards']) => times(kind, towards)[0] ?? Number.NaN;
    const steps = {
      ...{ check: first('stun', 'server'), checked: first('stun', 'viewer') },
      ...{ hello: first('dtls', 'server'), handshaken: times('dtls', 'viewer').at(-1) ?? Number.NaN },
      ...{ media: first('media', 'viewer'), keyframe },
    };
    const before = seen.filter(({ kind, at }) => kind === 'signalling' && at >= clickedAt && at < clickedAt + steps.check);
    const roundTrips = before.filter(({ towards }, index) => towards === 'viewer' && before[index - 1]?.towards === 'server').length;
    return { steps, roundTrips };
  } finally {
    viewer.close();
    await delay(restMs); // its view is closed
  }
}
