import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { connected, connectWith } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import { type Credentials, makeHandshake } from '@peekaboo/shared/proof';
import { guardianAsks } from '@peekaboo/shared/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Capture, type CapturedPacket, canCapture, isMedia } from '../support/capture.ts';
import { mediaPorts } from '../support/media-ports.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const times = 1_000;
/** No replay is to be refused merely for being one of many. */
const most = 100_000;
const unlimited = {
  connectionsOfGuardian: most,
  signInsOfGuardianPerMinute: most,
  asksOfGuardianPer10Seconds: most,
  messagesOfConnectionPerSecond: most,
};
const atOnce = 8;

type Answer = { view: string; sdp: string; proof: string };

/** Everything that was seen before a cut is presented again after it, a thousand times each. */
describe.skipIf(!canCapture())('after a cut', { timeout: 120_000 }, () => {
  const ports = mediaPorts();
  let system: System;
  let staff: StaffPage;
  /** One keeps its connection open, one is gone, whose place somebody else takes. */
  let staying: HeadlessViewer;
  let gone: { credentials: Credentials; handshake: object; session: string; datagrams: CapturedPacket[] };
  const answers: Answer[] = [];
  let hold: string;
  let capture: Capture;

  beforeAll(async () => {
    system = await System.start({ config: nurseryConfig({ sfu: { port: ports[0] }, limits: unlimited }) });
    staff = await StaffPage.connect(system.url, await system.pass('staff'));
    staying = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await watch(staying);

    const credentials = await system.pass('guardian');
    const leaving = await HeadlessViewer.connect(system.url, credentials);
    const joining = await Capture.start(ports, { bothWays: true, whole: true });
    await watch(leaving);
    await until('there is some media', () => leaving.packets > 200);
    const handshake = await makeHandshake(credentials, `${system.url}/guardian`, Date.now());
    await connect(handshake);

    const receipt = await staff.confirmed(staff.cutRoom('sunflowers'));
    expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: 2 });
    hold = receipt.hold.id;
    const packets = await joining.stop();
    const { from, to } = packets.find(({ to }) => to === portOf(leaving)) as CapturedPacket;
    const datagrams = packets.filter((each) => (each.from === from && each.to === to) || (each.from === to && each.to === from));
    gone = { credentials, handshake, session: leaving.socket.io.engine.id, datagrams };
    leaving.close();
    capture = await Capture.start(ports);
  });

  /** No view came of all this, not one packet left; and it was the hold that refused, since without it everything works. */
  afterAll(async () => {
    expect((await capture.stop()).filter(isMedia)).toEqual([]);
    expect(staff.viewersIn('sunflowers')).toBe(0);
    await staff.lift(hold);
    await watch(staying);
    staying.close();
    staff.close();
    await system.stop();
  });

  /** Watches as a page does, and keeps the answer that it sent. */
  async function watch(viewer: HeadlessViewer): Promise<void> {
    viewer.socket.onAnyOutgoing((name, request) => name === 'answer' && answers.push(request));
    await viewer.watch('sunflowers');
    await viewer.picture();
    viewer.socket.offAnyOutgoing();
  }

  async function connect(handshake: object): Promise<void> {
    const socket = connectWith(system.url, 'guardian', () => handshake);
    await connected(socket).finally(() => socket.disconnect());
  }

  /** Takes the place of an open connection, as Engine.IO lets a client change its transport. */
  async function resume(session: string): Promise<void> {
    const socket = new WebSocket(`${system.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=${session}`);
    const failed = once(socket, 'error').then(() => {
      throw new Error('the connection was refused');
    });
    await Promise.race([once(socket, 'open'), failed]);
    socket.send('2probe');
    await Promise.race([once(socket, 'message'), failed]);
    socket.send('5');
    socket.close();
  }

  /** Replays so many times and counts what came back. */
  async function outcomes(replay: () => Promise<unknown>): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    let left = times;
    const inTurn = async () => {
      while (left > 0) {
        left -= 1;
        const outcome = await replay().then(
          () => 'accepted',
          (error) => error.code ?? error.data?.code ?? error.message,
        );
        counts[outcome] = (counts[outcome] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, inTurn));
    return counts;
  }

  test('an open connection watches nothing', async () => {
    const again = () => ask(staying.socket, guardianAsks, 'watch', { room: 'sunflowers' }, 8_000);
    expect(await outcomes(again)).toEqual({ HELD: times });
  });

  test('an old view takes no answer, neither as it was sent nor with a new proof, and cannot be left', async () => {
    for (const { view, sdp, proof } of answers) {
      const answer = (request: Answer) => ask(staying.socket, guardianAsks, 'answer', request, 8_000);
      expect(await outcomes(() => answer({ view, sdp, proof }))).toEqual({ VIEW_UNKNOWN: times });
      expect(await outcomes(async () => answer(await staying.signed(view, sdp)))).toEqual({ VIEW_UNKNOWN: times });
      expect(await outcomes(() => ask(staying.socket, guardianAsks, 'leave', { view }, 8_000))).toEqual({ VIEW_UNKNOWN: times });
    }
  });

  test('a handshake that was used is refused; a pass with a new proof, on a new connection, watches nothing', async () => {
    expect(await outcomes(() => connect(gone.handshake))).toEqual({ PROOF_REPLAYED: times });
    const passes = [gone.credentials, staying.credentials]; // by turns: signal remembers 1,000 proofs of one key, and takes no more
    let next = 0;
    const replay = async () => {
      next += 1;
      const viewer = await HeadlessViewer.connect(system.url, passes[next % 2] as Credentials);
      await viewer.watch('sunflowers').finally(() => viewer.close());
    };
    expect(await outcomes(replay)).toEqual({ HELD: times });
  });

  test('the session of a connection, closed or open, is not resumed by another', async () => {
    for (const session of [gone.session, staying.socket.io.engine.id]) {
      expect(await outcomes(() => resume(session))).toEqual({ 'the connection was refused': times });
    }
    expect(staying.socket.connected).toBe(true);
  });

  test('datagrams of an old peer, and those it received, sent again from its port, are not even answered', async () => {
    const { from, to } = gone.datagrams[0] as CapturedPacket;
    const kinds = Map.groupBy(gone.datagrams, (packet) => `${packet.from === from ? 'sent' : 'received'} ${kindOf(packet)}`);
    for (const kind of ['sent STUN', 'sent DTLS', 'received media']) expect([...kinds.keys()]).toContain(kind);
    const replies: Buffer[] = [];
    const socket = createSocket('udp4', (datagram) => replies.push(datagram));
    socket.bind(from, '127.0.0.1');
    await once(socket, 'listening');
    for (let round = 0; round < times; round += 1) {
      for (const datagrams of kinds.values()) {
        const { payload } = datagrams[round % datagrams.length] as CapturedPacket;
        await new Promise((resolve) => socket.send(payload, to, '127.0.0.1', resolve));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200)); // silence is what is to be seen
    socket.close();
    expect(replies).toEqual([]);
  });
});

/** The SFU's port in the offer that this viewer got. */
function portOf({ offer }: HeadlessViewer): number {
  return Number(/ udp \d+ 127\.0\.0\.1 (\d+)/.exec(offer)?.[1]);
}

/** By its first byte (RFC 7983). */
function kindOf(packet: CapturedPacket): string {
  if (isMedia(packet)) return 'media';
  return (packet.payload[0] ?? 0) < 4 ? 'STUN' : 'DTLS';
}
