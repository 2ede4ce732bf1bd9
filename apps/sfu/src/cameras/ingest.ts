import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { types } from 'mediasoup';
import type { RtpOutput } from './ffmpeg.ts';
import type { Track } from './picture.ts';

const cryptoSuite = 'AES_CM_128_HMAC_SHA1_80';
const payloadTypes = { video: 101, audio: 111 } as const;

/** One track's way into the SFU: a plain transport that takes SRTP from one local address only, and its producer. */
export type Ingest = { router: types.Router; transport: types.PlainTransport; producer: types.Producer; output: RtpOutput };

/** Opens the way for one track of a camera. Closing the transport closes it all. */
export async function openIngest(router: types.Router, track: Track, paused: boolean): Promise<Ingest> {
  const transport = await router.createPlainTransport({
    listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
    rtcpMux: false,
    comedia: false,
    enableSrtp: true,
    srtpCryptoSuite: cryptoSuite,
  });
  try {
    const local = await freePortPair();
    const keyBase64 = randomBytes(30).toString('base64');
    await transport.connect({ ip: '127.0.0.1', port: local.rtpPort, rtcpPort: local.rtcpPort, srtpParameters: { cryptoSuite, keyBase64 } });

    const ssrc = randomInt(1, 2 ** 31);
    const payloadType = payloadTypes[track.kind];
    const rtpParameters = { codecs: [codecOf(track)], encodings: [{ ssrc }] };
    const producer = await transport.produce({ kind: track.kind, rtpParameters, paused });
    const rtcpPort = transport.rtcpTuple?.localPort;
    if (rtcpPort === undefined) throw new Error('the plain transport has no RTCP port');
    const remote = { rtpPort: transport.tuple.localPort, rtcpPort };
    return { router, transport, producer, output: { codecArgs: track.codecArgs, payloadType, ssrc, remote, local, keyBase64 } };
  } catch (error) {
    transport.close();
    throw error;
  }
}

function codecOf(track: Track): types.RtpCodecParameters {
  if (track.kind === 'audio') {
    return { mimeType: 'audio/opus', payloadType: payloadTypes.audio, clockRate: 48_000, channels: 2, parameters: { 'sprop-stereo': 1 } };
  }
  const parameters = { 'packetization-mode': 1, 'profile-level-id': track.profileLevelId, 'level-asymmetry-allowed': 1 };
  return { mimeType: 'video/H264', payloadType: payloadTypes.video, clockRate: 90_000, parameters };
}

/** Two free local UDP ports for ffmpeg to send from. Should another program take one first, ffmpeg fails and the camera starts again. */
async function freePortPair(): Promise<{ rtpPort: number; rtcpPort: number }> {
  const sockets = [createSocket('udp4'), createSocket('udp4')];
  try {
    const [rtpPort, rtcpPort] = await Promise.all(
      sockets.map(
        (socket) =>
          new Promise<number>((resolve, reject) => {
            socket.once('error', reject);
            socket.bind(0, '127.0.0.1', () => resolve(socket.address().port));
          }),
      ),
    );
    return { rtpPort: rtpPort as number, rtcpPort: rtcpPort as number };
  } finally {
    for (const socket of sockets) socket.close();
  }
}
