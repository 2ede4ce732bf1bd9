import { execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Capture, type CapturedPacket, canCapture, isMedia, isRtcp } from '../support/capture.ts';
import { makeCertificate } from '../support/certificate.ts';
import { DtlsClient, isAnsweredByDtls } from '../support/dtls.ts';
import { SrtpViewer } from '../support/srtp-viewer.ts';
import { stun } from '../support/stun.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const spoof = fileURLToPath(new URL('../support/spoof.py', import.meta.url));
const local = '127.0.0.1';

if (!canCapture())
  console.warn('NOT TESTED: what a stranger sends to the media port, since packets can be captured and made up by root alone');

describe.runIf(canCapture())('a stranger at the media port', () => {
  let scene: Scene;
  let stranger: Socket;
  /** The worker's port, the bystander's, and what the two said to each other for some seconds: a check of consent (RFC 7675) is among it. */
  let port: number;
  let viewerPort: number;
  let overheard: CapturedPacket[];
  const answers: Buffer[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-udp-'));
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    scene = await Scene.set();
    const ports = [...scene.bystander.offer.matchAll(/ udp \d+ 127\.0\.0\.1 (\d+)/g)].map(([, text]) => Number(text));
    port = ports[0] as number;
    const capture = await Capture.start(ports, { bothWays: true, whole: true });
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    overheard = await capture.stop();
    viewerPort = overheard.find((packet) => packet.from === port && isMedia(packet))?.to as number;
    stranger = createSocket('udp4');
    await new Promise<void>((resolve) => stranger.bind(0, local, resolve));
    stranger.on('message', (message) => answers.push(message));
  });
  afterEach(async () => {
    await scene.undisturbed();
    answers.length = 0;
  });
  afterAll(async () => {
    stranger?.close();
    for (const each of open) each.close();
    await scene?.end();
    rmSync(folder, { recursive: true });
  });

  const settle = (ms = 1_500) => new Promise((resolve) => setTimeout(resolve, ms));
  const send = async (datagrams: Buffer[]) => {
    for (const [index, datagram] of datagrams.entries()) {
      stranger.send(datagram, port, local);
      if (index % 200 === 199) await settle(10);
    }
  };
  /** As if it came from the bystander's own address and port. */
  const sendAsViewer = (datagrams: Buffer[]) =>
    execFileSync('/usr/bin/python3', [spoof], {
      input: datagrams.map((each) => `${local} ${viewerPort} ${local} ${port} ${each.toString('hex')}\n`).join(''),
    });
  const fromViewer = () => overheard.filter(({ from, to }) => from === viewerPort && to === port);
  const mediaToViewer = () =>
    overheard.filter((packet) => packet.from === port && packet.to === viewerPort && isMedia(packet) && !isRtcp(packet));
  const flipped = (payload: Buffer, at: number) => {
    const copy = Buffer.from(payload);
    copy[at % copy.length] = (copy[at % copy.length] as number) ^ (1 << (at % 8));
    return copy;
  };
  const username = () => {
    const ufrag = /^a=ice-ufrag:(\S+)/m.exec(scene.bystander.offer)?.[1];
    return Buffer.from(`${ufrag}:abcd`);
  };
  const flippedBit = (payload: Buffer, bit: number) => {
    const copy = Buffer.from(payload);
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (0x80 >> (bit & 7));
    return copy;
  };
  /** RTCP that says it has so many words, and so many parts, and has as many bytes behind its SSRC (RFC 3550 section 6.4). */
  const report = (type: number, count: number, words: number, bytes: number) => {
    const packet = Buffer.concat([Buffer.alloc(8), randomBytes(bytes)]);
    packet.writeUInt8(0x80 | count, 0);
    packet.writeUInt8(type, 1);
    packet.writeUInt16BE(words, 2);
    return packet;
  };
  const mediaAnswers = () => answers.filter((payload) => (payload[0] ?? 0) >= 128 && (payload[0] ?? 0) <= 191);

  test('overheard what it needs: media and checks of a real view', () => {
    expect(mediaToViewer().length).toBeGreaterThan(30);
    expect(fromViewer().filter(({ payload }) => (payload[0] ?? 255) < 4).length).toBeGreaterThan(0);
  });

  test('that sends STUN cut off at every length, or with lengths that lie, gets nothing', async () => {
    const whole = stun([
      [0x0006, username()],
      [0x0008, randomBytes(20)],
      [0x8028, randomBytes(4)],
    ]);
    const lies = [0, 1, 3, 0xfffc, 0xffff].flatMap((length) =>
      [2, 22].map((at) => {
        const copy = Buffer.from(whole);
        copy.writeUInt16BE(length, at);
        return copy;
      }),
    );
    await send([...Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length)), ...lies]);
    await settle();
    expect(mediaAnswers()).toEqual([]);
  });

  test('that knows the name of a view but not its password is not let in, and the picture does not move to it', async () => {
    const forged = Array.from({ length: 300 }, () =>
      stun([
        [0x0006, username()],
        [0x0025, Buffer.alloc(0)],
        [0x0008, randomBytes(20)],
      ]),
    );
    const request = stun([
      [0x0006, username()],
      [0x0025, Buffer.alloc(0)],
    ]);
    const withKey = Buffer.concat([request, Buffer.from([0, 8, 0, 20]), createHmac('sha1', 'guessed').update(request).digest()]);
    withKey.writeUInt16BE(withKey.length - 20, 2);
    await send([...forged, withKey, stun([[0x0006, username()]])]);
    await settle();
    for (const answer of answers) expect(answer.readUInt16BE(0)).toBe(0x0111); // an error response, if anything
  });

  test('that begins a DTLS handshake without a check before gets no answer', async () => {
    const files = makeCertificate(folder);
    let hello: Buffer | undefined;
    const client = await DtlsClient.start(files, (datagram) => {
      hello ??= datagram;
    });
    await until('there is a hello', () => hello !== undefined).finally(() => client.close());
    if (!hello) throw new Error('there is no hello');
    expect(await isAnsweredByDtls(hello, files)).toBe(true); // it is one that would be answered
    await send(Array.from({ length: 100 }, () => hello as Buffer));
    sendAsViewer([hello, Buffer.from('15fefd000000000000000100020100', 'hex')]); // and an alert that says goodbye, in the viewer's name
    await settle();
    expect(answers).toEqual([]);
  });

  test("that sends the viewer's own checks, or its pictures, again, whole or with any bit turned, changes nothing", async () => {
    const checks = fromViewer().map(({ payload }) => payload); // it sends no reports: see the viewer with keys below
    const media = mediaToViewer()
      .slice(0, 200)
      .map(({ payload }) => payload);
    const turned = checks.flatMap((payload) => Array.from({ length: payload.length }, (_, at) => flipped(payload, at)));
    sendAsViewer([...checks, ...turned, ...media, ...media.map(flipped)]);
    await send([...media, ...media.map(flipped)]);
    await settle();
    expect(mediaAnswers()).toEqual([]);
  });

  test('that sends RTCP nobody encrypted, with lengths that lie, changes nothing', async () => {
    const rtcp = (type: number, words: number, length: number) => {
      const packet = Buffer.alloc(4 + words * 4, 0xff);
      packet.writeUInt8(0x9f, 0);
      packet.writeUInt8(type, 1);
      packet.writeUInt16BE(length, 2);
      return packet;
    };
    const malformed = [200, 201, 202, 203, 204, 205, 206, 207].flatMap((type) =>
      [0, 1, 7, 0xffff].flatMap((length) => [0, 1, 7, 300].map((words) => rtcp(type, words, length))),
    );
    sendAsViewer(malformed);
    await send(malformed);
    await settle();
    expect(mediaAnswers()).toEqual([]);
  });

  test('that floods the port with 50,000 datagrams of anything, each from another port in its turn, disturbs nobody', {
    timeout: 60_000,
  }, async () => {
    const first = [0, 1, 20, 22, 63, 64, 128, 144, 191, 192, 255];
    const datagrams = Array.from({ length: 50_000 }, (_, index) =>
      Buffer.concat([Buffer.from([first[index % first.length] as number]), randomBytes(index % 1_200)]),
    );
    const input = datagrams.slice(0, 10_000).map((each, index) => `127.0.0.9 ${1_024 + index} ${local} ${port} ${each.toString('hex')}\n`);
    const began = performance.now();
    execFileSync('/usr/bin/python3', [spoof], { input: input.join('') });
    await send(datagrams.slice(10_000));
    console.log(`${datagrams.length} datagrams in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    await settle();
    expect(mediaAnswers()).toEqual([]);
  });

  describe('that has the keys of a view', () => {
    let viewer: SrtpViewer;
    beforeAll(async () => {
      const { viewer: guardian } = await scene.guardian();
      open.push(guardian);
      viewer = await SrtpViewer.watch(guardian, 'bluebells', makeCertificate(folder));
    });
    afterAll(() => viewer?.close());

    /** How many packets the SFU sends once more for these datagrams. It does so by what it has decrypted alone. */
    const resentFor = async (datagrams: Buffer[]) => {
      await settle(300); // the same packet is not sent twice within a round trip
      const before = viewer.resent;
      await viewer.send(datagrams);
      await settle(500);
      return viewer.resent - before;
    };

    test('is answered once for each encrypted report, and for none that is replayed or has any bit turned', async () => {
      const report = viewer.nack();
      expect(await resentFor([report])).toBe(1);
      expect(await resentFor(Array.from({ length: 200 }, () => report))).toBe(0);
      const fresh = viewer.nack();
      expect(await resentFor(Array.from({ length: fresh.length * 8 }, (_, bit) => flippedBit(fresh, bit)))).toBe(0);
      expect(await resentFor([fresh])).toBe(1); // whose turned copies have used nothing up
      expect(await resentFor([report, fresh])).toBe(0);
    });

    test('sends malformed reports, well encrypted, and whoever watches, it too, goes on', async () => {
      const types = [192, 193, 200, 201, 202, 203, 204, 205, 206, 207, 223];
      const malformed = types.flatMap((type) =>
        [0, 1, 15, 31].flatMap((count) =>
          [0, 1, 2, 7, 0x7fff, 0xffff].flatMap((length) => [0, 4, 5, 28, 1_000].map((bytes) => report(type, count, length, bytes))),
        ),
      );
      await viewer.send(malformed.map((each) => viewer.protect(each)));
      await viewer.send(malformed.map((each) => viewer.protect(Buffer.concat([report(201, 0, 1, 0), each])))); // behind one that is well formed
      await settle();
      expect(await resentFor([viewer.nack()])).toBe(1);
    });
  });

  // Last, since it does disturb. ICE has no defence against who can read the packets on their way and repeat a check (RFC 8445 section 19.2).
  test('that overheard a check and repeats it may draw the encrypted packets to itself, until the next check of the viewer', {
    timeout: 90_000,
  }, async () => {
    await send(
      fromViewer()
        .filter(({ payload }) => (payload[0] ?? 255) < 4)
        .map(({ payload }) => payload),
    );
    await settle(3_000);
    const drawn = mediaAnswers().length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await scene.bystander.picture(60_000);
    answers.length = 0;
    await settle();
    console.log(`${drawn} encrypted packets were drawn away`);
    expect(mediaAnswers()).toEqual([]);
    expect(scene.bystander.closed).toEqual([]);
    scene.bystander.longestGapMs = 0;
  });
});
