import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@peekaboo/shared/ids';
import type { Credentials } from '@peekaboo/shared/proof';
import { type Issuer, openIssuer, type PassRequest } from '../../apps/signal/src/identity/issuer.ts';
import { mintCredentials } from '../../apps/signal/src/identity/mint.ts';
import { writeSfuCredentials } from '../../apps/signal/src/identity/sfu-credentials.ts';
import { nurseryConfig } from './nursery-config.ts';
import { Program } from './program.ts';
import type { RedisServer } from './redis-server.ts';

/** One signal and one SFU, as separate processes on free ports, with a data folder of their own. */
export class System {
  readonly url: string;
  readonly signal: Program;
  readonly sfu: Program;
  readonly issuer: Issuer;
  readonly dataFolder: string;

  private constructor(parts: { url: string; signal: Program; sfu: Program; issuer: Issuer; dataFolder: string }) {
    this.url = parts.url;
    this.signal = parts.signal;
    this.sfu = parts.sfu;
    this.issuer = parts.issuer;
    this.dataFolder = parts.dataFolder;
  }

  /** Resolves when the SFU is linked and all cameras are live, or all but those named in `expectOffline`. The store is SQLite, unless `redis` is given. */
  static async start(
    options: { config?: object; env?: NodeJS.ProcessEnv; expectOffline?: string[]; dataFolder?: string; redis?: RedisServer } = {},
  ): Promise<System> {
    const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'peekaboo-test-'));
    const env = systemEnv(dataFolder, options.config ?? nurseryConfig(), {
      ...options.env,
      ...(options.redis && { REDIS_URL: options.redis.url }),
    });
    const issuer = await openIssuer(dataFolder);
    const signal = new Program('apps/signal/src/main.ts', env);
    await signal.reported('signal listens', ({ port }) => typeof port === 'number');
    const url = `http://127.0.0.1:${signal.report.port}`;

    const sfuPass = { folder: dataFolder, sfu: 'sfu-1', nursery: 'willow-house', validForSeconds: 3_600, now: Date.now() };
    const passFile = await writeSfuCredentials(issuer, sfuPass);
    const sfu = new Program('apps/sfu/src/main.ts', { ...env, PEEKABOO_SIGNAL_URLS: url, PEEKABOO_SFU_PASS_FILE: passFile });
    const system = new System({ url, signal, sfu, issuer, dataFolder });
    await system.camerasLive(options.expectOffline).catch(async (error) => {
      await system.stop();
      throw error;
    });
    return system;
  }

  async camerasLive(expectOffline: string[] = []): Promise<void> {
    await this.sfu.reported('the cameras are live', ({ linked, cameras = {} }) => {
      const expected = Object.entries(cameras as object).map(([id, state]) => state === (expectOffline.includes(id) ? 'offline' : 'live'));
      return linked === true && expected.length > 0 && expected.every(Boolean);
    });
  }

  /** A pass for both rooms unless told otherwise, and the key of its own that it is bound to. Made by the issuer directly: no invite, no entitlement. */
  pass(role: 'guardian' | 'staff' | 'sfu', request: Partial<PassRequest> = {}): Promise<Credentials> {
    const sub = newId(role === 'staff' ? 'staff' : 'guardian');
    const claims = { sub, role, nursery: 'willow-house', rooms: ['sunflowers', 'bluebells'], validForSeconds: 600, ...request };
    return mintCredentials(this.issuer, claims, Date.now());
  }

  /** As pages still need it. */
  async linkPass(role: 'guardian' | 'staff', request: Partial<PassRequest> = {}): Promise<string> {
    const claims = {
      sub: newId(role),
      role,
      nursery: 'willow-house',
      rooms: ['sunflowers', 'bluebells'],
      validForSeconds: 600,
      ...request,
    };
    return this.issuer.issue(claims, Date.now());
  }

  async stop(): Promise<void> {
    await Promise.all([this.sfu.stop(), this.signal.stop()]);
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}

/** The environment of a process under test: nothing of the caller's but what it needs. */
export function systemEnv(dataFolder: string, config: object, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const configPath = join(dataFolder, 'peekaboo.yaml');
  writeFileSync(configPath, JSON.stringify(config));
  const { PATH, HOME, MEDIASOUP_WORKER_BIN } = process.env;
  return {
    ...{ PATH, HOME, PEEKABOO_CONFIG: configPath, PEEKABOO_DATA: dataFolder, PORT: '0', LOG_LEVEL: 'info' },
    ...(MEDIASOUP_WORKER_BIN && { MEDIASOUP_WORKER_BIN }),
    ...more,
  };
}
