/**
 * Proves that a mediasoup-worker binary carries encrypted media on this machine. Plain RTP goes in, crosses an SRTP pipe
 * between two routers (the worker encrypts, then decrypts), leaves over DTLS-SRTP, and an independent WebRTC stack must give
 * back the very bytes that went in. That a worker starts proves little: one built wrongly dies in its first DTLS flight.
 *
 * Run as `node scripts/worker/smoke-test.ts <binary>`. Exit code 0: it works. 1: it does not, and stderr says why.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createWorker, type types } from 'mediasoup';
import { PeerConnection, type Track } from 'node-datachannel';

const LIMIT_MS = 8_000;
const SEND_EVERY_MS = 20;
const LOOPBACK = '127.0.0.1';
const SSRC = 0x5eeb_a500;
const PAYLOAD_TYPE = 100;
const OPUS = { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, preferredPayloadType: PAYLOAD_TYPE } as const;
// Long enough that it cannot turn up by chance in a packet that was not decrypted.
const payload = randomBytes(32);
// node-datachannel closes a peer, and silences a track, as soon as the garbage collector finds nothing that refers to it.
const held: (PeerConnection | Track)[] = [];

const binary = process.argv[2];
if (binary === undefined) fail('usage: node smoke-test.ts <path of a mediasoup-worker binary>');
setTimeout(() => fail(`no decrypted media packet reached the peer within ${LIMIT_MS / 1_000} s`), LIMIT_MS);

try {
  const worker = await createWorker({ workerBin: binary, logLevel: 'none' });
  worker.on('died', (error) => fail(`the worker died (${error.message})`));
  const { ingest, producerId, viewingRouter } = await openPipe(worker);
  const viewer = await viewingRouter.createWebRtcTransport({ listenInfos: [{ protocol: 'udp', ip: LOOPBACK }] });
  const consumer = await viewer.consume({ producerId, rtpCapabilities: viewingRouter.rtpCapabilities, enableRtx: false });

  const peer = new PeerConnection('smoke-test', { iceServers: [] });
  held.push(peer);
  peer.onTrack((track) => {
    held.push(track);
    track.onMessage((packet) => packet.includes(payload) && process.exit(0));
  });
  peer.onLocalDescription((answer) => {
    const fingerprint = answer.match(/^a=fingerprint:sha-256 (.+)\r$/m)?.[1];
    if (fingerprint === undefined) fail('the test peer gave no DTLS fingerprint');
    // The peer answers `actpass` as the active side, so it is the DTLS client.
    void viewer.connect({ dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] } });
  });
  peer.setRemoteDescription(offer(viewer, consumer), 'offer');
  sendRtp(ingest.tuple.localPort);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

async function openPipe(worker: types.Worker) {
  const ingestRouter = await worker.createRouter({ mediaCodecs: [OPUS] });
  const viewingRouter = await worker.createRouter({ mediaCodecs: [OPUS] });
  const ingest = await ingestRouter.createPlainTransport({ listenInfo: { protocol: 'udp', ip: LOOPBACK }, comedia: true });
  const codec = { mimeType: OPUS.mimeType, clockRate: OPUS.clockRate, channels: OPUS.channels, payloadType: PAYLOAD_TYPE };
  const producer = await ingest.produce({ kind: 'audio', rtpParameters: { codecs: [codec], encodings: [{ ssrc: SSRC }] } });
  // Ids are unique within a worker, so a pipe between two of its routers needs an id of its own.
  const { pipeProducer } = await ingestRouter.pipeToRouter({
    producerId: producer.id,
    router: viewingRouter,
    enableSrtp: true,
    keepId: false,
  });
  if (pipeProducer === undefined) throw new Error('the pipe between two routers gave no producer');
  return { ingest, producerId: pipeProducer.id, viewingRouter };
}

/** A complete offer for one Opus track: ICE-lite with its candidate inline, so that no trickling is needed. */
function offer(transport: types.WebRtcTransport, consumer: types.Consumer): string {
  const { iceParameters, iceCandidates, dtlsParameters } = transport;
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  const candidate = iceCandidates[0];
  const ssrc = consumer.rtpParameters.encodings?.[0]?.ssrc;
  const payloadType = consumer.rtpParameters.codecs[0]?.payloadType;
  if (!fingerprint || !candidate || !ssrc || !payloadType) throw new Error('the worker described its transport incompletely');
  const lines = [
    'v=0',
    `o=- 1 1 IN IP4 ${LOOPBACK}`,
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    `m=audio ${candidate.port} UDP/TLS/RTP/SAVPF ${payloadType}`,
    `c=IN IP4 ${candidate.address}`,
    'a=mid:0',
    'a=sendonly',
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} opus/48000/2`,
    `a=ssrc:${ssrc} cname:smoke-test`,
    'a=setup:actpass',
    `a=fingerprint:sha-256 ${fingerprint.value}`,
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=candidate:${candidate.foundation} 1 udp ${candidate.priority} ${candidate.address} ${candidate.port} typ host`,
    'a=end-of-candidates',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Sends one RTP packet (RFC 3550, section 5.1) every 20 ms, for packets sent before the DTLS handshake are lost. */
function sendRtp(port: number): void {
  const socket = createSocket('udp4');
  const packet = Buffer.alloc(12 + payload.length);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(PAYLOAD_TYPE, 1);
  packet.writeUInt32BE(SSRC, 8);
  payload.copy(packet, 12);
  let sequence = 0;
  setInterval(() => {
    packet.writeUInt16BE(sequence & 0xffff, 2);
    packet.writeUInt32BE(sequence * 960, 4);
    sequence += 1;
    socket.send(packet, port, LOOPBACK);
  }, SEND_EVERY_MS);
}

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
