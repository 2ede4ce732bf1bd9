import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cameraNiceness, setNiceness } from '@peekaboo/shared/priority';
import type { CameraSource } from '../config.ts';

/** What ffmpeg is told on its standard input and must not be told on its command line, which every user of a machine can read. */
export type SecretInput = { args: string[]; stdin: string };

/** The whole environment of ffmpeg: no variable of ours, and so no password, reaches it. */
export function ffmpegEnvironment(timeZone?: string): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, LANG: 'C.UTF-8', ...(timeZone && { TZ: timeZone }) };
}

/**
 * Input arguments for an RTSP camera. The address with its login is written to standard input as an ffconcat script, the one
 * way in which ffmpeg takes an address other than as an argument.
 */
export function rtspInput({ address, username, password }: Extract<CameraSource, { kind: 'rtsp' }>): SecretInput {
  const url = new URL(address);
  if (username !== undefined) url.username = encodeURIComponent(username);
  if (password !== undefined) url.password = encodeURIComponent(password);
  const quoted = url.href.replaceAll("'", '%27');
  return {
    args: ['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'pipe,rtsp,rtp,tcp,udp,tls', '-i', 'pipe:0'],
    stdin: `ffconcat version 1.0\nfile '${quoted}'\noption rtsp_transport tcp\noption timeout 5000000\n`,
  };
}

/** One RTP stream that ffmpeg sends, encrypted (RFC 3711), to a plain transport on this machine. */
export type RtpOutput = {
  /** Which stream, and how it is coded: `-map 0:v:0 -c:v copy …`. */
  codecArgs: string[];
  payloadType: number;
  ssrc: number;
  /** Where the plain transport listens, and the local ports from which alone it accepts packets. */
  remote: { rtpPort: number; rtcpPort: number };
  local: { rtpPort: number; rtcpPort: number };
  /** SRTP master key and salt, AES_CM_128_HMAC_SHA1_80, base64 of 30 bytes. */
  keyBase64: string;
};

/** Starts ffmpeg on one input and some outputs. The caller owns the process and ends it. Its stderr is readable. */
export function startFfmpeg(options: { input: SecretInput; outputs: RtpOutput[]; timeZone?: string }): ChildProcess {
  // An SRTP key may not be an argument either; ffmpeg reads it from a preset file: one without a name, passed as a descriptor.
  const presets = options.outputs.map(({ keyBase64 }) =>
    openUnnamed(`srtp_out_suite=AES_CM_128_HMAC_SHA1_80\nsrtp_out_params=${keyBase64}\n`),
  );
  const args = [
    ...['-hide_banner', '-nostats', '-loglevel', 'warning', '-fflags', 'nobuffer', '-flags', 'low_delay'],
    ...options.input.args,
    ...options.outputs.flatMap((output, index) => outputArgs(output, 3 + index)),
  ];
  const [command, commandArgs] = dyingWithUs('ffmpeg', args);
  try {
    const env = ffmpegEnvironment(options.timeZone);
    const child = spawn(command, commandArgs, { env, detached: true, stdio: ['pipe', 'ignore', 'pipe', ...presets] });
    if (child.pid !== undefined) setNiceness(child.pid, cameraNiceness());
    child.stdin?.on('error', () => undefined); // it ended before it read; its exit tells
    child.stdin?.end(options.input.stdin);
    return child;
  } finally {
    for (const preset of presets) closeSync(preset);
  }
}

/** On Linux: ffmpeg is killed by the kernel when this process ends in any way, so that no camera login stays connected. */
export function dyingWithUs(command: string, args: string[]): [string, string[]] {
  return platform() === 'linux' ? ['setpriv', ['--pdeathsig', 'KILL', command, ...args]] : [command, args];
}

function outputArgs(output: RtpOutput, presetDescriptor: number): string[] {
  const { remote, local } = output;
  const ports = `rtcpport=${remote.rtcpPort}&localrtpport=${local.rtpPort}&localrtcpport=${local.rtcpPort}`;
  return [
    ...output.codecArgs,
    ...['-fpre', `/dev/fd/${presetDescriptor}`, '-f', 'rtp', '-payload_type', `${output.payloadType}`, '-ssrc', `${output.ssrc}`],
    `srtp://127.0.0.1:${remote.rtpPort}?${ports}&localaddr=127.0.0.1&pkt_size=1200`,
  ];
}

/** A readable file that has no name any more and goes when it is closed. */
function openUnnamed(content: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-'));
  try {
    const descriptor = openSync(join(folder, 'preset'), 'w+', 0o600);
    try {
      writeSync(descriptor, Buffer.from(content), 0, content.length, 0); // positional: the child must read from the start
    } catch (error) {
      closeSync(descriptor); // a full disk is tried again and again
      throw error;
    }
    return descriptor;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
