import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InviteRequest, inviteRequest } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import { createLogger } from '@peekaboo/shared/log';
import type { Credentials } from '@peekaboo/shared/proof';
import { loadSignalConfig } from '../../apps/signal/src/config.ts';
import { newEntitlement, newInvite } from '../../apps/signal/src/identity/invites.ts';
import { type Issuer, openIssuer, type PassRequest } from '../../apps/signal/src/identity/issuer.ts';
import { mintCredentials } from '../../apps/signal/src/identity/mint.ts';
import { writeSfuCredentials } from '../../apps/signal/src/identity/sfu-credentials.ts';
import { openStore } from '../../apps/signal/src/store/open-store.ts';
import { certificateIn, makeCertificate, trust } from './certificate.ts';
import type { LossyLink } from './lossy-link.ts';
import { nurseryConfig } from './nursery-config.ts';
import { Program } from './program.ts';
import type { RedisServer } from './redis-server.ts';

export type SystemOptions = {
  config?: object;
  env?: NodeJS.ProcessEnv;
  /** Cameras that are not to be waited for. */
  expectOffline?: string[];
  dataFolder?: string;
  /** The store, if it is not to be SQLite. */
  redis?: RedisServer;
  /** The SFU lives at the far end of it. */
  link?: LossyLink;
  /** More for the SFU alone, such as the password of a camera. */
  sfuEnv?: NodeJS.ProcessEnv;
  /** Signal speaks TLS, with a certificate that signs itself; this process is made to trust it. */
  tls?: boolean;
  /** How long the pass lasts that the SFU starts with; a day, if not said. */
  sfuPassMs?: number;
  /** Stands between signal and SFU: is given signal's address, and returns the one that the SFU is to dial. */
  between?: (signalUrl: string) => string;
};

/** One signal and one SFU, as separate processes on free ports, with a data folder of their own. */
export class System {
  readonly issuer: Issuer;
  readonly dataFolder: string;
  readonly #options: SystemOptions;
  readonly #sfuPassFile: string;
  readonly env: NodeJS.ProcessEnv;
  #signal: Program;
  #sfu: Program | undefined;
  #confirmsCuts: Promise<unknown> | undefined;
  #port = '0';

  private constructor(issuer: Issuer, dataFolder: string, options: SystemOptions, sfuPassFile: string) {
    this.issuer = issuer;
    this.dataFolder = dataFolder;
    this.#options = options;
    this.#sfuPassFile = sfuPassFile;
    const { env, redis, link } = options;
    const files = options.tls ? makeCertificate(dataFolder) : undefined;
    if (files) trust(files.certificate);
    const config = { ...(options.config ?? nurseryConfig()), ...(files && { tls: files }) };
    const more = { ...env, ...(redis && { REDIS_URL: redis.url }), ...(link && { HOST: link.signalAddress }) };
    this.env = systemEnv(dataFolder, config, more);
    this.#signal = this.#newSignal();
  }

  /** Resolves when the SFU is linked and all cameras are live, or all but those named in `expectOffline`. */
  static async start(options: SystemOptions = {}): Promise<System> {
    const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'peekaboo-test-'));
    mkdirSync(dataFolder, { recursive: true });
    const issuer = await openIssuer(dataFolder);
    const sfuPass = { folder: dataFolder, sfu: 'sfu-1', nursery: 'willow-house', validForMs: options.sfuPassMs ?? 86_400_000 };
    const system = new System(issuer, dataFolder, options, await writeSfuCredentials(issuer, sfuPass, Date.now()));
    try {
      await system.#signalListens();
      const confirms = system.signal.reported('signal confirms cuts', ({ confirmsCuts }) => confirmsCuts === true);
      system.#confirmsCuts = confirms.catch(() => undefined); // a test may end it before
      await system.startSfu();
    } catch (error) {
      await system.stop();
      throw error;
    }
    return system;
  }

  get signal(): Program {
    return this.#signal;
  }

  get sfu(): Program {
    if (!this.#sfu) throw new Error('the SFU was not started');
    return this.#sfu;
  }

  /** What both have written so far: why an expectation may not have come true. */
  get words(): string {
    return `signal:\n${this.signal.output}\nsfu:\n${this.sfu.output}`;
  }

  get url(): string {
    return `${this.#options.tls ? 'https' : 'http'}://${this.env.HOST ?? '127.0.0.1'}:${this.#port}`;
  }

  /** Starts signal again once it has ended, on the same port and with what is on its disk. */
  async startSignal(): Promise<void> {
    this.#signal = this.#newSignal();
    await this.#signalListens();
  }

  /** Starts the SFU, again once it has ended. Resolves as `start` does. */
  async startSfu(): Promise<void> {
    const { between, link, expectOffline } = this.#options;
    const more = { PEEKABOO_SIGNAL_URLS: between?.(this.url) ?? this.url, PEEKABOO_SFU_PASS_FILE: this.#sfuPassFile };
    const pinned = this.#options.tls ? { PEEKABOO_SIGNAL_CERTIFICATE: certificateIn(this.dataFolder) } : {};
    this.#sfu = new Program('apps/sfu/src/main.ts', { ...this.env, ...more, ...pinned, ...this.#options.sfuEnv }, link?.namespace);
    await this.camerasLive(expectOffline);
  }

  #newSignal(): Program {
    return new Program('apps/signal/src/main.ts', { ...this.env, PORT: this.#port });
  }

  async #signalListens(): Promise<void> {
    await this.signal.reported('signal listens', ({ port }) => typeof port === 'number');
    this.#port = String(this.signal.report.port);
  }

  async camerasLive(expectOffline: string[] = []): Promise<void> {
    await this.sfu.reported('the cameras are live', ({ linked, cameras = {} }) => {
      const expected = Object.entries(cameras as object).map(([id, state]) => state === (expectOffline.includes(id) ? 'offline' : 'live'));
      return linked === true && expected.length > 0 && expected.every(Boolean);
    });
  }

  /**
   * A pass for both rooms unless told otherwise, and the key of its own that it is bound to. Made by the issuer directly: no invite, no entitlement.
   * For staff it comes once a cut would be confirmed at once.
   */
  async pass(role: 'guardian' | 'staff' | 'sfu', request: Partial<PassRequest> = {}): Promise<Credentials> {
    if (role === 'staff') await this.#confirmsCuts;
    const sub = newId(role === 'staff' ? 'staff' : 'guardian');
    const right = role === 'staff' ? { right: 'administer' as const } : {};
    const claims = { sub, role, nursery: 'willow-house', rooms: ['sunflowers', 'bluebells'], ...right, validForSeconds: 600, ...request };
    return mintCredentials(this.issuer, claims, Date.now());
  }

  /**
   * A link for a browser, as staff would send it: for both rooms, and for staff to administer, unless told otherwise. Put into the store directly.
   * For staff it comes once a cut would be confirmed at once.
   */
  async link(
    role: 'guardian' | 'staff',
    { id, expiresInMs = 600_000, ...request }: Partial<InviteRequest> & { id?: string; expiresInMs?: number } = {},
  ): Promise<string> {
    if (role === 'staff') await this.#confirmsCuts;
    const facts = { rooms: ['sunflowers', 'bluebells'], ...request };
    const whole = inviteRequest.parse(role === 'guardian' ? { role, ...facts } : { role, right: 'administer', ...facts });
    const now = Date.now();
    const entitlement = { ...newEntitlement(whole, { nursery: 'willow-house', by: 'operator', now }), ...(id && { id }) };
    const { invite, path } = newInvite(entitlement, now + expiresInMs);
    const config = loadSignalConfig(this.env);
    const store = await openStore(config, createLogger('test', 'silent'));
    await store.entitlements.add(entitlement);
    await store.entitlements.invite(invite, 0);
    await store.close();
    return `${this.url}${path}`;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#sfu?.stop(), this.signal.stop()]);
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
