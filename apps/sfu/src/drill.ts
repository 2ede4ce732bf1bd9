import { newId } from '@peekaboo/shared/ids';
import { sfuOrders } from '@peekaboo/shared/wire';
import type { types } from 'mediasoup';
import { mediaCodecs, viewerCapabilities } from './codecs.ts';

const sound: types.ProducerOptions = {
  kind: 'audio',
  rtpParameters: {
    codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
    encodings: [{ ssrc: 1 }],
  },
};

/** Does all that a cut asks of a media worker, once, with a view that nobody has: code is compiled when it is first run, and the first cut is not to wait for that. */
export async function drill({ worker, webRtcServer }: { worker: types.Worker; webRtcServer: types.WebRtcServer }): Promise<void> {
  sfuOrders.cut.request.parse({
    hold: { id: newId('hold'), scope: { kind: 'room', nursery: 'drill', room: 'drill' }, reason: 'drill', by: newId('staff'), at: 0 },
  });
  const router = await worker.createRouter({ mediaCodecs });
  const source = await router.createDirectTransport();
  const producer = await source.produce(sound);
  const transport = await router.createWebRtcTransport({ webRtcServer });
  await transport.consume({ producerId: producer.id, rtpCapabilities: viewerCapabilities(router.rtpCapabilities, producer) });
  await producer.pause();
  router.close();
  await worker.getResourceUsage();
}
