import type { ChildProcess } from 'node:child_process';
import { cameraNiceness, niceness, setNiceness } from '@peekaboo/shared/priority';
import { type RtpOutput, startFfmpeg } from '../../../apps/sfu/src/cameras/ffmpeg.ts';
import { testPicture } from '../../../apps/sfu/src/cameras/picture.ts';

/**
 * The one picture that every contender shows: a test picture as Peekaboo makes it, 640x360, 15 frames and 1 keyframe a second, 400 kbit/s; with
 * the label that it has there, since another one looks different and takes other packets.
 */
export const stream = testPicture({ kind: 'test-picture', label: 'room-1', kbps: 400 });

export function sendStream(outputs: RtpOutput[]): ChildProcess {
  const child = startFfmpeg({ input: stream.input, outputs });
  if (child.pid !== undefined) setNiceness(child.pid, cameraNiceness(niceness.timely)); // as Peekaboo's own
  return child;
}
