import { availableParallelism, networkInterfaces } from 'node:os';
import { type CameraConfig, type ConfigFile, readConfigFile } from '@peekaboo/shared/config-file';
import { StartError } from '@peekaboo/shared/errors';
import type { Periods } from '@peekaboo/shared/periods';
import type { IceServers } from '@peekaboo/shared/wire';

/** Where a camera's picture comes from. `password` is in memory only; it is never logged, sent or put in an argument. */
export type CameraSource =
  | { kind: 'test-picture'; label: string; kbps: number }
  | { kind: 'rtsp'; address: string; username: string | undefined; password: string | undefined; sound: boolean };

export type SfuConfig = {
  /** The YAML file that all of this was read from. */
  path: string;
  /** What it said then. */
  file: ConfigFile;
  id: string;
  nursery: string;
  timeZone: string;
  workers: number;
  /** First UDP and TCP port for media; worker n uses port + n. Undefined: free ports. */
  port: number | undefined;
  /** Addresses of this machine that browsers send to, and what they are told instead where that differs. */
  listen: { address: string; announcedAddress: string | undefined }[];
  iceServers: IceServers;
  cameras: { id: string; room: string; source: CameraSource }[];
  signalUrls: string[];
  /** The one certificate that signal may show, where no authority vouches for its address; a file in PEM. */
  signalCertificate: string | undefined;
  passFile: string;
  periods: Periods;
};

/**
 * Puts the SFU's configuration together from `PEEKABOO_CONFIG` (a YAML file), `PEEKABOO_SIGNAL_URLS` (comma separated),
 * `PEEKABOO_SIGNAL_CERTIFICATE`, `PEEKABOO_SFU_PASS_FILE` and the variables that the file names. The one place in this app that reads the environment.
 * @param read what the YAML file says, for those who have read it already.
 * @throws StartError with one line that names the cause.
 */
export function loadSfuConfig(env: NodeJS.ProcessEnv, read?: ConfigFile): SfuConfig {
  const path = require('PEEKABOO_CONFIG', 'the YAML file');
  const file = read ?? readConfigFile(path);
  if (!file.nursery) throw new StartError(`${path}: nursery: is missing`);
  if (!file.cameras) throw new StartError(`${path}: cameras: is missing; an SFU has cameras`);

  const secretVariables = new Set<string>();
  const config: SfuConfig = {
    path,
    file,
    id: file.sfu.id,
    nursery: file.nursery.id,
    timeZone: file.nursery.timeZone,
    workers: file.sfu.workers ?? availableParallelism(),
    port: file.sfu.port,
    listen: (file.sfu.listenAddresses ?? ownAddresses()).map((address) => ({ address, announcedAddress: file.sfu.announcedAddress })),
    iceServers: file.sfu.iceServers.map(({ urls, username, credentialVariable }) => ({
      urls,
      ...(username !== undefined && { username }),
      ...(credentialVariable !== undefined && { credential: secret(credentialVariable, `the TURN server ${urls}`) }),
    })),
    cameras: file.cameras.map((camera) => ({ id: camera.id, room: camera.room, source: sourceOf(camera, roomName(camera.room)) })),
    signalUrls: require('PEEKABOO_SIGNAL_URLS', "signal's address").split(','),
    signalCertificate: env.PEEKABOO_SIGNAL_CERTIFICATE || undefined,
    passFile: require('PEEKABOO_SFU_PASS_FILE', "the file with this SFU's pass"),
    periods: file.periods,
  };
  for (const variable of secretVariables) delete env[variable]; // no process started from here on inherits a password
  return config;

  function sourceOf(camera: CameraConfig, room: string): CameraSource {
    switch (camera.kind) {
      case 'test-picture':
        return { kind: 'test-picture', label: camera.label ?? room, kbps: camera.kbps };
      case 'rtsp': {
        const { address, username, sound, passwordVariable } = camera;
        const password = passwordVariable === undefined ? undefined : secret(passwordVariable, `camera "${camera.id}"`);
        return { kind: 'rtsp', address, username, password, sound };
      }
      default:
        return camera satisfies never;
    }
  }

  function roomName(id: string): string {
    return file.rooms?.find((room) => room.id === id)?.name ?? id;
  }

  function secret(variable: string, owner: string): string {
    const value = env[variable];
    secretVariables.add(variable);
    if (!value)
      throw new StartError(`${path}: the password of ${owner} is to be in the environment variable ${variable}, which is not set`);
    if (/[\r\n\0]/.test(value)) throw new StartError(`${variable}: the password of ${owner} holds a line break; remove it`);
    return value;
  }

  function require(variable: string, what: string): string {
    const value = env[variable];
    if (!value) throw new StartError(`${variable} is not set; it names ${what}`);
    return value;
  }
}

/** Loopback for a browser on this machine, and the addresses by which the local network reaches it. */
function ownAddresses(): string[] {
  const outside = Object.values(networkInterfaces())
    .flat()
    .filter((item) => item !== undefined && !item.internal && item.family === 'IPv4')
    .map((item) => (item as { address: string }).address);
  return ['127.0.0.1', ...outside.slice(0, 4)];
}
