import { RtspCamera } from '../support/rtsp-camera.ts';
import { type Fault, partsOf } from './fault.ts';
import { freezing, killing } from './processes.ts';

const login = { user: 'garden', password: 'of a camera in a test' };

/** What brings the picture in ends or stops, and comes back. */
export const cameraFaults: Fault[] = [
  killing('ffmpeg', 'ffmpeg'),
  freezing('ffmpeg', (system) => partsOf(system, 'ffmpeg')),
  {
    name: 'camera stalls',
    async arm() {
      const camera = await RtspCamera.start({ ...login, encoding: 'baseline' });
      return {
        options: { env: { CAMERA_PASSWORD: login.password } },
        camera: { kind: 'rtsp', address: camera.address, username: login.user, passwordVariable: 'CAMERA_PASSWORD' },
        inject: () => camera.freeze(),
        end: () => camera.resume(),
        close: () => camera.stop(),
      };
    },
  },
];
