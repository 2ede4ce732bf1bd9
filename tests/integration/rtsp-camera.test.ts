import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { cameraNiceness } from '@peekaboo/shared/priority';
import { afterEach, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { childrenOf } from '../support/processes.ts';
import { type Encoding, RtspCamera } from '../support/rtsp-camera.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const user = 'garden';
const password = 's3cret\' :/@%#"x';

describe('an RTSP camera', () => {
  const started: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of started.splice(0).reverse()) await each.stop();
  });

  const startCamera = async (encoding: Encoding) => {
    const camera = await RtspCamera.start({ user, password, encoding });
    started.push(camera);
    return camera;
  };
  const startSystem = async (camera: object, expectOffline: string[] = []) => {
    const cameras = [{ id: 'gate', room: 'sunflowers', kind: 'rtsp', username: user, passwordVariable: 'GATE_PASSWORD', ...camera }];
    const system = await System.start({
      config: nurseryConfig({ cameras }),
      env: { GATE_PASSWORD: password, LOG_LEVEL: 'debug' },
      expectOffline,
    });
    started.push(system);
    return system;
  };
  const watch = async (system: System) => {
    const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    started.push({ stop: async () => viewer.close() });
    await viewer.watch('sunflowers');
    await viewer.picture();
    return viewer;
  };

  test.for([
    { encoding: 'baseline', offered: /profile-level-id=42[ce]0(?!1f)/, action: 'copy' },
    { encoding: 'main', offered: /profile-level-id=4d[04]0/, action: 'copy' },
    { encoding: 'high', offered: /profile-level-id=6400/, action: 'copy' },
    { encoding: 'b-frames', offered: /profile-level-id=42e01f/, action: 'transcode' },
    { encoding: 'mjpeg', offered: /profile-level-id=42e01f/, action: 'transcode' },
  ] as const)('that sends $encoding is shown by $action, with its AAC sound as Opus', async ({ encoding, offered, action }) => {
    const camera = await startCamera(encoding);
    const system = await startSystem({ address: camera.address });
    const viewer = await watch(system);
    await until('sound arrives', () => viewer.soundPackets > 20);
    expect(viewer.offer).toMatch(offered);
    expect(viewer.offer).toContain('opus/48000/2');
    expect(system.sfu.output).toContain(`"action":"${action}"`);
  });

  test('keeps its login to itself: in no argument, no environment of a child, no log, no message', async () => {
    const camera = await startCamera('baseline');
    const system = await startSystem({ address: camera.address });
    const viewer = await watch(system);
    const secrets = [password, encodeURIComponent(password), `:${camera.port}/`, user];
    const processes = childrenOf(system.sfu.pid);
    const cameras = processes.filter(({ command }) => command.startsWith('ffmpeg'));
    const ofSfu = getPriority(system.sfu.pid);
    expect(cameras.map(({ pid }) => getPriority(pid))).toEqual([cameraNiceness(ofSfu)]); // pictures wait for control, not the other way round
    expect(cameraNiceness(ofSfu)).toBeGreaterThan(ofSfu);
    expect(processes.map(({ command }) => command).join()).toMatch(/ffmpeg.*mediasoup-worker|mediasoup-worker.*ffmpeg/s);
    const exposed = [
      ...processes.map(({ command }) => command),
      ...processes.map(({ pid }) => readFileSync(`/proc/${pid}/environ`, 'utf8')),
      viewer.offer,
      JSON.stringify(viewer.rooms),
      system.signal.output,
      system.sfu.output,
      ...readdirSync(system.dataFolder)
        .filter((name) => name !== 'peekaboo.yaml')
        .map((name) => readFileSync(`${system.dataFolder}/${name}`, 'latin1')),
    ];
    for (const secret of secrets) expect(exposed.filter((text) => text.includes(secret))).toEqual([]);
  });

  test('that is frozen counts as stalled, then offline; when it is back, so is the picture', { timeout: 90_000 }, async () => {
    const camera = await startCamera('baseline');
    const system = await startSystem({ address: camera.address });
    const viewer = await watch(system);
    camera.freeze();
    const cameraState = (state: string) => () => (system.sfu.report.cameras as Record<string, string>).gate === state;
    await until('it is stalled', cameraState('stalled'), 8_000);
    await until('it is offline', cameraState('offline'), 20_000);
    await until(
      'the guardian is told',
      () => viewer.closed[0]?.reason === 'camera-changed' && viewer.stateOf('sunflowers') === 'camera-not-live',
    );
    camera.resume();
    await until('it is live', cameraState('live'), 40_000);
    await until('the room is open', () => viewer.stateOf('sunflowers') === 'open');
    await viewer.watch('sunflowers');
    await viewer.picture();
  });

  test.for([
    {
      fault: 'a wrong password',
      camera: async () => ({ address: (await startCamera('baseline')).address, username: 'nobody' }),
      sentence: /refused the user name or the password/,
    },
    {
      fault: 'a wrong path',
      camera: async () => ({ address: (await startCamera('baseline')).address.replace('room1', 'room9') }),
      sentence: /no stream at this path/,
    },
    {
      fault: 'nobody at the address',
      camera: async () => ({ address: 'rtsp://127.0.0.1:9/room1' }),
      sentence: /nothing answers at this address/,
    },
  ])('with $fault is offline, and staff read why in plain words', async ({ camera, sentence }) => {
    const system = await startSystem(await camera(), ['gate']);
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    started.push({ stop: async () => staff.close() });
    const detail = () => staff.nursery?.rooms[0]?.cameras[0]?.detail;
    await until('staff are told', detail);
    expect(detail()).toMatch(sentence);
  });
});
