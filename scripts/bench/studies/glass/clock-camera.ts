import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { dyingWithUs } from '../../../../apps/sfu/src/cameras/ffmpeg.ts';
import { freePort } from '../../../../tests/support/rtsp-camera.ts';

const script = fileURLToPath(new URL('clock-camera.py', import.meta.url));
const keyframeEveryFrames = 60;

/** An RTSP camera whose picture tells when each frame was taken; see clock-camera.py. */
export async function startClockCamera(): Promise<{ address: string; stop: () => Promise<void> }> {
  const port = await freePort();
  // Debian's GStreamer bindings belong to Debian's own Python. It ends with this process, however that ends.
  const [command, args] = dyingWithUs('/usr/bin/python3', [script, `${port}`, `${keyframeEveryFrames}`]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  const refused = gone.then(() => Promise.reject(new Error('the camera did not start; its own words are above')));
  await Promise.race([once(child.stdout, 'data'), refused]);
  refused.catch(() => undefined);
  const stop = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  return { address: `rtsp://127.0.0.1:${port}/clock`, stop };
}
