import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { newId } from '@peekaboo/shared/ids';
import { niceness, setNiceness } from '@peekaboo/shared/priority';
import { namespaces } from '@peekaboo/shared/wire';
import { createWorker, type types } from 'mediasoup';
import { Server } from 'socket.io';
import { openIngest } from '../../apps/sfu/src/cameras/ingest.ts';
import { mediaCodecs, viewerCapabilities } from '../../apps/sfu/src/codecs.ts';
import { readAnswer } from '../../apps/sfu/src/sdp/answer.ts';
import { writeOffer } from '../../apps/sfu/src/sdp/offer.ts';
import { sendStream, stream } from './contenders/stream.ts';

/*
 * The least that mediasoup needs around it to be watched: the same worker and the same picture as Peekaboo, and nothing else. Whoever asks
 * is offered the picture; there is no pass, no lease, no hold, no record. `--untuned` leaves mediasoup's bandwidth estimation on.
 * A line on its control port closes all that is watched. It ends when its parent does.
 */

const untuned = process.argv.includes('--untuned');
const camera = 'bench-camera';

type Place = {
  worker: types.Worker;
  webRtcServer: types.WebRtcServer;
  viewing: Promise<{ router: types.Router; producer: types.Producer }>;
};

const transports = new Map<string, types.WebRtcTransport>();
const workers = await Promise.all(Array.from({ length: availableParallelism() }, () => createWorker({ logLevel: 'warn' })));
for (const { pid } of workers) setNiceness(pid, niceness.media);
const [home] = workers as [types.Worker];
const track = stream.tracks[0];
if (!track) throw new Error('the picture has no track');
const { producer, router: ingestRouter, output } = await openIngest(await home.createRouter({ mediaCodecs }), track, false);
const ffmpeg = sendStream([output]);
const places: Place[] = await Promise.all(
  workers.map(async (worker) => {
    const listenInfos = (['udp', 'tcp'] as const).map((protocol) => ({ protocol, ip: '127.0.0.1' }));
    return { worker, webRtcServer: await worker.createWebRtcServer({ listenInfos }), viewing: openViewing(worker) };
  }),
);
let joined = 0;

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.of(namespaces.guardian).on('connection', (socket) => {
  socket.on('watch', async (_, acknowledge) => acknowledge({ ok: true, value: await offer() }));
  socket.on('answer', async ({ view, sdp }, acknowledge) => {
    await transports.get(view)?.connect({ dtlsParameters: readAnswer(sdp, 1) });
    acknowledge({ ok: true, value: {} });
  });
});
http.listen(0, '127.0.0.1');
const control = createTcpServer((socket) => {
  socket.setNoDelay(true).on('data', async () => socket.write(`${await cut()}\n`));
}).listen(0, '127.0.0.1');
await Promise.all([once(http, 'listening'), once(control, 'listening'), ...places.map(({ viewing }) => viewing)]);
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
process.on('disconnect', () => {
  ffmpeg.kill('SIGKILL');
  process.exit(0);
});
process.send?.({ port: portOf(http), controlPort: portOf(control), workers: workers.map(({ pid }) => pid), camera: ffmpeg.pid });

async function openViewing(worker: types.Worker) {
  const router = await worker.createRouter({ mediaCodecs });
  const { pipeProducer } = await ingestRouter.pipeToRouter({ producerId: producer.id, router, keepId: false, enableSctp: false });
  if (!pipeProducer) throw new Error('the picture could not be piped');
  return { router, producer: pipeProducer };
}

async function offer() {
  const { webRtcServer, viewing } = places[joined++ % places.length] as Place;
  const { router, producer: source } = await viewing;
  const transport = await router.createWebRtcTransport({ webRtcServer, preferUdp: true });
  const rtpCapabilities = untuned ? router.rtpCapabilities : viewerCapabilities(router.rtpCapabilities, source);
  const { kind, rtpParameters } = await transport.consume({ producerId: source.id, rtpCapabilities });
  const view = newId('view');
  transports.set(view, transport);
  transport.observer.once('close', () => transports.delete(view));
  transport.on('icestatechange', (state) => state === 'disconnected' && transport.close());
  transport.on('dtlsstatechange', (state) => state === 'closed' && transport.close());
  const { iceParameters, iceCandidates, dtlsParameters } = transport;
  const tracks = [{ camera, kind, rtpParameters }];
  const sdp = writeOffer({ iceParameters, iceCandidates, fingerprints: dtlsParameters.fingerprints, tracks });
  return { view, offer: sdp, iceServers: [], validUntil: Number.MAX_SAFE_INTEGER };
}

/** By its viewing routers, one request a worker, however many watch. Returns how many watched, once the workers have carried it out. */
async function cut(): Promise<number> {
  const count = transports.size;
  for (const { router } of await Promise.all(places.map(({ viewing }) => viewing))) router.close();
  await Promise.all(workers.map((worker) => worker.getResourceUsage()));
  for (const place of places) place.viewing = openViewing(place.worker);
  await Promise.all(places.map(({ viewing }) => viewing));
  return count;
}
