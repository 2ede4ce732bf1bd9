import type { CameraSource } from '../config.ts';

/** Why a camera shows nothing, in one sentence for whoever installs it. Holds no address and no login. */
export class CameraTrouble extends Error {
  override readonly name = 'CameraTrouble';
}

/** A status counts only where ffmpeg tells of one: in addresses, ports and pointers any number may stand. */
const causes: [RegExp, string][] = [
  [/(failed: |returned )401\b|unauthorized|authorization failed/i, 'the camera refused the user name or the password'],
  [/(failed: |returned )403\b|forbidden/i, 'the camera does not allow this user to see this stream'],
  [/(failed: |returned )404\b|stream not found/i, 'the camera has no stream at this path; check the end of its address'],
  [/connection refused/i, 'nothing answers at this address and port; check both, and that RTSP is switched on'],
  [
    /no route|unreachable|name or service not known|failed to resolve|could not resolve/i,
    'the camera cannot be reached; check its address and the network',
  ],
  [/timed? ?out/i, 'the camera does not answer; check its address and the network'],
  [/address already in use/i, 'a local port was taken in the same moment; trying another'],
  [/invalid data|could not find codec|no such file|end of file/i, 'the camera sends nothing that can be read as video'],
  [
    /unknown encoder|no such filter|unrecognized option/i,
    'this ffmpeg lacks a feature that Peekaboo needs; install version 5 or later with libx264, libopus and drawtext',
  ],
];

/** Turns ffmpeg's last words, without the address, into a sentence; what it cannot place is not passed on, since it may quote the address. */
export function explain(stderr: string, otherwise: string): string {
  return causes.find(([pattern]) => pattern.test(stderr))?.[1] ?? otherwise;
}

/** Blanks a camera's address and login in a text that goes to the log. */
export function redact(text: string, source: CameraSource): string {
  if (source.kind !== 'rtsp') return text;
  const { address, username = '', password = '' } = source;
  const secrets = [address, new URL(address).host, password, encodeURIComponent(password), username, encodeURIComponent(username)];
  return secrets
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
    .replace(/rtsps?:\/\/\S+/g, '[redacted]');
}
