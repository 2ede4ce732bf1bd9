import type { CameraSource } from '../config.ts';
import { rtspInput, type SecretInput } from './ffmpeg.ts';
import type { StreamPlan } from './probe.ts';

/** Constrained baseline, level 3.1: what every browser shows, and what we encode. */
const encodedProfileLevelId = '42e01f';
const framesPerSecond = 15;

/** One media track of a camera: how ffmpeg makes it, and what it is on the wire. */
export type Track = { codecArgs: string[] } & ({ kind: 'video'; profileLevelId: string } | { kind: 'audio' });

/** ffmpeg's input and the tracks that it sends, for any kind of camera. */
export type Picture = { input: SecretInput; tracks: Track[] };

/** The picture of an RTSP camera, copied or transcoded as planned. */
export function rtspPicture(source: Extract<CameraSource, { kind: 'rtsp' }>, plan: StreamPlan): Picture {
  const tracks: Track[] = [];
  if (plan.video.action === 'copy') {
    // Cameras often send their parameter sets only in the session description; a viewer needs them before each keyframe.
    const codecArgs = ['-map', '0:v:0', '-c:v', 'copy', '-bsf:v', 'dump_extra=freq=keyframe'];
    tracks.push({ kind: 'video', profileLevelId: plan.video.profileLevelId, codecArgs });
  } else {
    const fit = ['-vf', `scale='min(1280,iw)':-2,fps='min(25,source_fps)',format=yuv420p`];
    tracks.push({ kind: 'video', profileLevelId: encodedProfileLevelId, codecArgs: ['-map', '0:v:0', ...fit, ...encode('1500k', 25)] });
  }
  if (plan.sound) {
    const opus = ['-c:a', 'libopus', '-b:a', '32k', '-ar', '48000', '-ac', '2', '-application', 'lowdelay'];
    tracks.push({ kind: 'audio', codecArgs: ['-map', '0:a:0', ...opus] });
  }
  return { input: rtspInput(source), tracks };
}

/** A made-up picture that moves, with the room's name and a running clock, at one keyframe a second: the same one for the same label. */
export function testPicture({ label, kbps }: Extract<CameraSource, { kind: 'test-picture' }>): Picture {
  const text = label.replace(/[^\p{L}\p{N} .-]/gu, ' ');
  const caption = 'fontcolor=white:shadowcolor=black@0.6:shadowx=2:shadowy=2:x=(w-text_w)/2';
  const filter = [
    `gradients=s=640x360:r=${framesPerSecond}:n=3:speed=0.02:seed=${seedOf(label, 0)}:c0=${colour(label, 0)}:c1=${colour(label, 1)}:c2=${colour(label, 2)}`,
    `drawtext=text='${text}':fontsize=52:y=h/2-64:${caption}`,
    `drawtext=text='%{localtime\\:%H\\\\\\:%M\\\\\\:%S}':fontsize=44:y=h/2+16:${caption}`,
    'format=yuv420p',
  ].join(',');
  // From this frame on there is a keyframe a second: cameras do not have theirs in the same moment, and neither have these.
  const phase = ['-force_key_frames', `expr:eq(n,${(seedOf(label, 0) * 4) % framesPerSecond})`];
  return {
    input: { args: ['-re', '-f', 'lavfi', '-i', filter], stdin: '' },
    tracks: [{ kind: 'video', profileLevelId: encodedProfileLevelId, codecArgs: [...encode(`${kbps}k`, framesPerSecond), ...phase] }],
  };
}

function encode(bitrate: string, keyframeInterval: number): string[] {
  const x264 = ['-c:v', 'libx264', '-profile:v', 'baseline', '-level', '3.1', '-preset', 'ultrafast', '-tune', 'zerolatency'];
  return [...x264, '-g', `${keyframeInterval}`, '-b:v', bitrate, '-maxrate', bitrate, '-bufsize', bitrate];
}

/** A soft colour that differs from label to label and stays the same for one. */
function colour(label: string, index: number): string {
  const seed = seedOf(label, index);
  const channel = (offset: number) => (70 + ((seed * (offset + 3)) % 130)).toString(16).padStart(2, '0');
  return `0x${channel(0)}${channel(5)}${channel(11)}`;
}

function seedOf(label: string, index: number): number {
  return [...label].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 997, 7 + index * 131);
}
