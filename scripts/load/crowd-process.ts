import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { openInvite } from '@peekaboo/headless-viewer/invite';
import { PeekabooError, wireError } from '@peekaboo/shared/errors';
import { newId } from '@peekaboo/shared/ids';
import type { Credentials } from '@peekaboo/shared/proof';
import { openIssuer } from '../../apps/signal/src/identity/issuer.ts';
import { mintCredentials } from '../../apps/signal/src/identity/mint.ts';
import { JanusViewer } from '../bench/janus-viewer.ts';
import type { CrowdNews, CrowdOrder, Family } from './crowd-messages.ts';
import { GapWatch } from './gap-watch.ts';
import { onLostView } from './lost-view.ts';

/* One process of the generator: a part of the families, each a real viewer without a screen. */

const pictureWithinMs = 10_000;
const comesBackAfterMs = 1_000;
const passLastsSeconds = 6 * 3_600;
/** Passes by invite last a quarter of an hour, and are renewed as a page does. */
const renewEveryMs = 5 * 60_000;
const rehearsals = 10;
/** Node looks this often whether its loop still turns, and counts the time between two looks into the delay. */
const lagResolutionMs = 10;

type Visitor = { family: Family; credentials: Credentials };

type Viewer = HeadlessViewer | JanusViewer;

const watching = new Set<Viewer>();
/** Of those, the ones whose view was closed, or whose connection is gone. */
const lost = new WeakSet<Viewer>();
let connect: (credentials: Credentials) => Promise<Viewer> = () => Promise.reject(new Error('not prepared'));
let visitors: Visitor[] = [];
const ofThoseGone = { packets: 0, bytes: 0 };
let startAt = 0;
let settled = false;
let stopping = false;

const lag = monitorEventLoopDelay({ resolution: lagResolutionMs });
lag.enable();
const gaps = new GapWatch(performance.now());
gaps.start();
process.on('message', (order: CrowdOrder) => obey(order));
process.on('disconnect', () => process.exit(0));
setInterval(() => {
  const sum = (what: 'packets' | 'bytes') => [...watching].reduce((total, viewer) => total + viewer[what], ofThoseGone[what]);
  const received = { packets: sum('packets'), bytes: sum('bytes') };
  const at = performance.timeOrigin + performance.now();
  tell({
    news: 'sample',
    watching: watching.size,
    at,
    ...received,
    lagMs: Math.max(0, lag.percentile(99) / 1e6 - lagResolutionMs),
    gapMs: gaps.worstMs,
  });
  lag.reset();
  gaps.worstMs = 0;
}, 1_000);

function obey(order: CrowdOrder): void {
  switch (order.order) {
    case 'prepare':
      void prepare(order).then(
        () => tell({ news: 'ready' }),
        (error: Error) => tell({ news: 'not-ready', why: whyOf(error) }),
      );
      return;
    case 'run':
      startAt = order.startAt;
      for (const visitor of visitors) void visit(visitor);
      return;
    case 'settle':
      settle();
      return;
    case 'tell-last-packets':
      tell({ news: 'last-packets', at: lastPackets() });
      return;
    case 'stop':
      stopping = true;
      for (const viewer of watching) viewer.close();
      process.exit(0);
      break;
    default:
      order satisfies never;
  }
}

async function prepare(order: Extract<CrowdOrder, { order: 'prepare' }>): Promise<void> {
  const { url, protocol } = order;
  connect = (credentials) => (protocol === 'janus' ? JanusViewer.connect(url) : HeadlessViewer.connect(url, credentials));
  const issuer = await openIssuer(order.dataFolder);
  const { nursery, rooms } = order;
  visitors = await Promise.all(
    order.families.map(async (family) => {
      if (family.invite !== undefined) return { family, credentials: await openInvite(family.invite) };
      const claims = { sub: newId('guardian'), role: 'guardian', nursery, rooms, validForSeconds: passLastsSeconds } as const;
      return { family, credentials: await mintCredentials(issuer, claims, Date.now()) };
    }),
  );
  if (protocol === 'peekaboo') await rehearse();
}

/** Some connect and leave before anybody comes, so that what signal compiles for that is not taken for what a family costs. */
async function rehearse(): Promise<void> {
  const some = visitors.slice(0, rehearsals).map(async ({ credentials }) => (await connect(credentials)).close());
  await Promise.all(some);
}

/** Who is there stays; a stream that is silent now has a gap as well. */
function settle(): void {
  settled = true;
  const now = performance.now();
  const open = [...watching].filter((viewer) => !lost.has(viewer));
  for (const viewer of open) {
    viewer.onGap = undefined;
    for (const at of viewer.lastPacketsAt) gaps.note(at, now);
  }
  const lostPackets = open.reduce((sum, viewer) => sum + viewer.lostPackets, 0);
  tell({ news: 'settled', watching: open.length, gaps: gaps.sum, lostPackets });
}

function lastPackets(): number[] {
  const some = [...watching].filter(({ packets }) => packets > 0);
  const zero = Date.now() - performance.now(); // now, as clocks are set meanwhile
  return some.map(({ lastPacketAt }) => zero + lastPacketAt);
}

/** Comes, watches and, if it is one of those who do, leaves and comes back until all are to stay where they are. */
async function visit(visitor: Visitor): Promise<void> {
  const { room, joinAtMs, staysMs, visits = Number.POSITIVE_INFINITY } = visitor.family;
  await delay(Math.max(0, joinAtMs - sinceStart()));
  let dueAtMs = joinAtMs;
  for (let visited = 0; visited < visits; visited += 1) {
    const viewer = await join(visitor.credentials, room, dueAtMs);
    if (viewer instanceof HeadlessViewer && visitor.family.invite !== undefined) renewSometimes(visitor, viewer);
    if (staysMs === undefined) return;
    await delay(staysMs);
    if (settled || stopping) return;
    if (viewer) leave(viewer);
    dueAtMs = sinceStart() + comesBackAfterMs;
    await delay(comesBackAfterMs);
  }
}

/** @param dueAtMs after the start: whatever keeps it from clicking then, in this process or at the door, is a wait for the family. */
async function join(credentials: Credentials, room: string, dueAtMs: number): Promise<Viewer | undefined> {
  tell({ news: 'attempted' });
  let viewer: Viewer | undefined;
  try {
    viewer = await connect(credentials);
    const clickedAt = performance.now();
    const picture = viewer.picture(pictureWithinMs);
    picture.catch(() => undefined); // awaited below, unless joining fails first
    await viewer.watch(room);
    watching.add(viewer);
    if (!settled) viewer.onGap = (from, to) => gaps.note(from, to);
    const ports = [...viewer.offer.matchAll(/^a=candidate:\S+ \d udp \d+ \S+ (\d+) /gim)].map(([, port]) => Number(port));
    const atMs = sinceStart();
    tell({ news: 'joined', atMs, joinMs: performance.now() - clickedAt, dueMs: atMs - dueAtMs, ports });
    if (viewer instanceof HeadlessViewer) followUntilLost(viewer);
    await picture;
    tell({ news: 'picture', atMs: sinceStart(), firstFrameMs: performance.now() - clickedAt });
    return viewer;
  } catch (error) {
    if (!stopping) tell({ news: 'failed', atMs: sinceStart(), why: whyOf(error as Error) });
    if (viewer) leave(viewer);
    return undefined;
  }
}

function followUntilLost(viewer: HeadlessViewer): void {
  onLostView(viewer.socket, (reason) => {
    lost.add(viewer);
    tell({ news: 'closed', atMs: sinceStart(), reason });
  });
}

function renewSometimes(visitor: Visitor, viewer: HeadlessViewer): void {
  const timer = setInterval(async () => {
    if (!watching.has(viewer)) return clearInterval(timer);
    await viewer.renew().catch((error: Error) => tell({ news: 'not-renewed', atMs: sinceStart(), why: `renewal: ${whyOf(error)}` }));
    visitor.credentials = viewer.credentials;
  }, renewEveryMs);
}

function leave(viewer: Viewer): void {
  viewer.close();
  if (!watching.delete(viewer)) return;
  ofThoseGone.packets += viewer.packets;
  ofThoseGone.bytes += viewer.bytes;
}

function whyOf(error: Error & { data?: unknown }): string {
  const refusal = wireError.safeParse(error.data);
  return error instanceof PeekabooError ? error.code : refusal.success ? refusal.data.code : error.message;
}

function sinceStart(): number {
  return performance.timeOrigin + performance.now() - startAt;
}

function tell(news: CrowdNews): void {
  process.send?.(news, undefined, undefined, () => undefined);
}
