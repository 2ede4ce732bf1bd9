import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { KeyframeWatch, type VideoCodec, videoCodecsOf } from '@peekaboo/headless-viewer/keyframe';
import { describe, expect, test } from 'vitest';

const payloadType = 96;
const frames = 60;
const framesEach = 15;
const encoders: Record<VideoCodec, string[]> = {
  VP8: ['-c:v', 'libvpx', '-deadline', 'realtime', '-g', `${framesEach}`, '-b:v', '1M'],
  H264: ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', `${framesEach}`, '-pix_fmt', 'yuv420p'],
};

/** What ffmpeg sends of a moving test picture: 60 frames, of which every fifteenth is a keyframe of several packets. */
async function packetsOf(codec: VideoCodec): Promise<Buffer[]> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 << 20);
  const packets: Buffer[] = [];
  socket.on('message', (packet) => packets.push(packet));
  const { port } = socket.address();
  const picture = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=640x360:rate=60', '-frames:v', `${frames}`];
  const output = ['-payload_type', `${payloadType}`, '-f', 'rtp', `rtp://127.0.0.1:${port}?pkt_size=400`];
  const ffmpeg = spawn('ffmpeg', ['-loglevel', 'error', ...picture, ...encoders[codec], ...output], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(ffmpeg, 'exit');
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.close();
  return packets.filter((packet) => ((packet[1] ?? 0) & 0x7f) === payloadType); // no RTCP
}

const countKeyframes = (packets: Buffer[], codec: VideoCodec) => {
  const watch = new KeyframeWatch(new Map([[payloadType, codec]]));
  return packets.filter((packet) => watch.received(packet)).length;
};

describe('whole keyframes in a real stream', () => {
  test.for(['H264', 'VP8'] as const)('of %s are counted, unless a packet of them is lost', async (codec) => {
    const packets = await packetsOf(codec);
    expect(new Set(packets.map((packet) => packet.readUInt32BE(4))).size).toBe(frames);
    expect(countKeyframes(packets, codec)).toBe(frames / framesEach);

    const timestamps = packets.map((packet) => packet.readUInt32BE(4));
    const second = [...new Set(timestamps)][framesEach];
    const [begins, ends] = [timestamps.indexOf(second ?? 0), timestamps.lastIndexOf(second ?? 0)];
    expect(ends - begins).toBeGreaterThan(3);
    for (const lost of [begins, begins + 1, ends])
      expect([
        lost,
        countKeyframes(
          packets.filter((_, index) => index !== lost),
          codec,
        ),
      ]).toEqual([lost, frames / framesEach - 1]);
  });

  test('are those of the payload types that the offer names', () => {
    const offer = 'a=rtpmap:100 opus/48000/2\r\na=rtpmap:101 VP8/90000\r\na=rtpmap:102 rtx/90000\r\na=rtpmap:103 H264/90000\r\n';
    expect([...videoCodecsOf(offer)]).toEqual([
      [101, 'VP8'],
      [103, 'H264'],
    ]);
  });
});
