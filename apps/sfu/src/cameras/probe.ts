import { spawn } from 'node:child_process';
import { parseProfileLevelId } from 'h264-profile-level-id';
import { z } from 'zod';
import type { CameraSource } from '../config.ts';
import { dyingWithUs, ffmpegEnvironment, rtspInput } from './ffmpeg.ts';
import { CameraTrouble, explain, redact } from './trouble.ts';

/** How a camera's streams go on to viewers. */
export type StreamPlan = {
  video: { action: 'copy'; profileLevelId: string } | { action: 'transcode'; because: string };
  sound: boolean;
};

const probeReport = z.object({
  streams: z.array(
    z.object({
      codec_type: z.string().optional(),
      codec_name: z.string().optional(),
      pix_fmt: z.string().optional(),
      field_order: z.string().optional(),
      has_b_frames: z.int().optional(),
      extradata: z.string().optional(),
    }),
  ),
});
type ProbedStream = z.infer<typeof probeReport>['streams'][number];

/**
 * Asks an RTSP camera what it sends and decides what to do with it.
 * @throws CameraTrouble when it cannot be reached or sends no video.
 */
export async function probe(source: Extract<CameraSource, { kind: 'rtsp' }>, signal: AbortSignal): Promise<StreamPlan> {
  const { stdout, stderr } = await runProbe(source, signal);
  const streams = parseReport(stdout);
  const video = streams.find(({ codec_type }) => codec_type === 'video');
  if (!video) throw new CameraTrouble(explain(redact(stderr, source), 'the camera answers but sends no video'));
  return { video: planVideo(video), sound: source.sound && streams.some(({ codec_type }) => codec_type === 'audio') };
}

/** H.264 goes through untouched when browsers can show it as it is: no B-frames, progressive, 8-bit 4:2:0, a profile they know. */
export function planVideo(stream: ProbedStream): StreamPlan['video'] {
  if (stream.codec_name !== 'h264')
    return { action: 'transcode', because: `it is ${stream.codec_name ?? 'of an unknown codec'}, not H.264` };
  if (stream.has_b_frames !== 0) return { action: 'transcode', because: 'it has B-frames' };
  if (stream.pix_fmt !== 'yuv420p' && stream.pix_fmt !== 'yuvj420p') return { action: 'transcode', because: 'it is not 8-bit 4:2:0' };
  if (stream.field_order !== 'progressive' && stream.field_order !== 'unknown') return { action: 'transcode', because: 'it is interlaced' };
  const profileLevelId = readProfileLevelId(parseHexDump(stream.extradata ?? ''));
  if (!profileLevelId) return { action: 'transcode', because: 'its profile is not one that browsers know' };
  return { action: 'copy', profileLevelId };
}

/**
 * The profile-level-id (RFC 6184 section 8.1) from the sequence parameter set in Annex B bytes: the three bytes after its
 * NAL header (ITU-T H.264 section 7.3.2.1.1). Undefined when there is none or WebRTC has no such profile.
 */
export function readProfileLevelId(annexB: Uint8Array): string | undefined {
  for (let at = 0; at + 6 < annexB.length; at += 1) {
    const startCode = annexB[at] === 0 && annexB[at + 1] === 0 && annexB[at + 2] === 1;
    if (!startCode || ((annexB[at + 3] ?? 0) & 0x1f) !== 7) continue;
    const profileLevelId = Buffer.from(annexB.subarray(at + 4, at + 7)).toString('hex');
    return parseProfileLevelId(profileLevelId) ? profileLevelId : undefined;
  }
  return undefined;
}

/** Bytes of ffprobe's `-show_data` dump: lines of an offset, eight groups of four hex digits, two spaces, and text. */
function parseHexDump(dump: string): Uint8Array {
  const hex = dump
    .split('\n')
    .map((line) => (/^[0-9a-f]+: ((?:[0-9a-f]{2,4} )+)/.exec(line)?.[1] ?? '').replaceAll(' ', ''))
    .join('');
  return Buffer.from(hex, 'hex');
}

function parseReport(stdout: string): ProbedStream[] {
  try {
    return probeReport.parse(JSON.parse(stdout)).streams;
  } catch {
    return [];
  }
}

function runProbe(source: Extract<CameraSource, { kind: 'rtsp' }>, signal: AbortSignal): Promise<{ stdout: string; stderr: string }> {
  const input = rtspInput(source);
  const [command, args] = dyingWithUs('ffprobe', ['-v', 'error', '-show_streams', '-show_data', '-of', 'json', ...input.args]);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(20_000)]);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: ffmpegEnvironment(), signal: limited, killSignal: 'SIGKILL', stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    // First: where no more files can be opened, there is a child without pipes, and this is all that it says.
    child.on('error', () =>
      reject(new CameraTrouble(limited.aborted ? 'the camera does not answer' : 'ffprobe cannot be started; install ffmpeg')),
    );
    child.on('close', () => resolve({ stdout, stderr }));
    child.stdout?.on('data', (chunk) => (stdout += chunk));
    child.stderr?.on('data', (chunk) => (stderr += chunk));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input.stdin);
  });
}
