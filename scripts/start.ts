import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { StartError } from '@peekaboo/shared/errors';
import { createLogger } from '@peekaboo/shared/log';
import type { CameraState } from '@peekaboo/shared/room';
import { loadSfuConfig } from '../apps/sfu/src/config.ts';
import { loadSignalConfig, type SignalConfig } from '../apps/signal/src/config.ts';
import { openIssuer } from '../apps/signal/src/identity/issuer.ts';
import { renewSfuPass, writeSfuCredentials } from '../apps/signal/src/identity/sfu-credentials.ts';
import { openStore } from '../apps/signal/src/store/open-store.ts';
import { buildViewer } from './build-viewer.ts';
import { firstSentence } from './first-sentence.ts';
import { isLocal, pageUrl, tellPageUrl } from './operator-config.ts';
import { guardianLink, isAdministered, staffLink } from './operator-links.ts';
import { Supervised } from './supervise.ts';

/*
 * `npm start`: signal and one SFU on this machine, with the links that open them. Standard output carries what a person or a
 * program asked for; everything else goes to standard error.
 */

const example = fileURLToPath(new URL('../examples/peekaboo.yaml', import.meta.url));

type Status = { linked: boolean; cameras: Record<string, CameraState>; details: Record<string, string | undefined> };

const programs: Supervised[] = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => exit(0));
process.on('disconnect', () => exit(0)); // a program that started this one, and is gone
try {
  await start();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(`peekaboo: ${error.message}`);
  await exit(2);
}

async function start(): Promise<void> {
  const { json, config: configPath } = readArguments();
  const env: NodeJS.ProcessEnv = { LOG_LEVEL: 'warn', ...process.env, PEEKABOO_CONFIG: resolve(configPath) };
  env.PEEKABOO_DATA = resolve(env.PEEKABOO_DATA || 'data');
  const config = loadSignalConfig(env);
  const { sfuId, withoutSecrets } = checkSfuConfig(env);
  await buildViewer();

  const issuer = await openIssuer(config.dataFolder);
  const { dataFolder: folder, nursery, periods } = config;
  const sfu = { folder, sfu: sfuId, nursery: nursery.id, validForMs: periods.pass.sfuValidForMs };
  const passFile = await writeSfuCredentials(issuer, sfu, Date.now());
  renewSfuPass(issuer, sfu, Date.now(), (error) => console.error(`peekaboo: the pass of the SFU could not be renewed (${error.message})`));

  const signal = startSignal(withoutSecrets);
  const port = await signal.port;
  const { tls } = config;
  const url = pageUrl(config, port);
  tellPageUrl(config, url);
  const isExample = resolve(configPath) === example;
  const links = await makeLinks(config, config.publicUrls[0] ?? url, { guardian: json || isExample, staffAlways: json || isExample });
  if (!json) tellLinks(config, links);

  const sfuUrl = `${tls ? 'https' : 'http'}://${isLocal(config.host) ? '127.0.0.1' : config.host}:${port}`;
  const toSignal = { PEEKABOO_SIGNAL_URLS: sfuUrl, PEEKABOO_SFU_PASS_FILE: passFile, PEEKABOO_SIGNAL_CERTIFICATE: tls?.certificate };
  const { cameras, details } = await startSfu({ ...env, REDIS_URL: undefined, ...toSignal }, json);
  await signal.confirmsCuts;
  const camerasNow = Object.fromEntries(Object.entries(cameras).map(([id, state]) => [id, { state, detail: details[id] }]));
  if (json) return console.log(JSON.stringify({ ready: true, url, ...links, cameras: camerasNow }));
  const away = Object.keys(cameras).filter((id) => cameras[id] !== 'live');
  const without = away.length > 0 ? ` without ${away.join(', ')}; what is away is tried again by itself` : '';
  console.log(`\nReady${without}. Ctrl-C stops everything.`);
}

function readArguments(): { json: boolean; config: string } {
  try {
    const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, config: { type: 'string', default: example } } });
    return values;
  } catch (error) {
    throw new StartError(`${firstSentence(error)}. Usage: npm start -- [--config FILE] [--json]`);
  }
}

/** Finds mistakes in the SFU's part before anything is started; also the environment for signal, which is to know no camera's login. */
function checkSfuConfig(env: NodeJS.ProcessEnv): { sfuId: string; withoutSecrets: NodeJS.ProcessEnv } {
  const withoutSecrets = { ...env, PEEKABOO_SIGNAL_URLS: 'unknown yet', PEEKABOO_SFU_PASS_FILE: 'unknown yet' };
  return { sfuId: loadSfuConfig(withoutSecrets).id, withoutSecrets }; // it takes out what it has read
}

type Links = { guardian?: string; staff?: string };

/** One-time links: for staff while nobody administers yet, and for a guardian to try it with. None when the store is not there yet. */
async function makeLinks(config: SignalConfig, url: string, wanted: { guardian: boolean; staffAlways: boolean }): Promise<Links> {
  const opened = await openStore(config, createLogger('start'));
  const place = { store: opened.entitlements, config, now: Date.now() };
  try {
    return {
      ...(wanted.guardian && { guardian: url + (await guardianLink(place)) }),
      ...((wanted.staffAlways || !(await isAdministered(place))) && { staff: url + (await staffLink(place)) }),
    };
  } catch {
    console.error(`peekaboo: the store does not answer, so there are no links yet; later: ${staffLinkCommand(config)}`);
    return {};
  } finally {
    await opened.close();
  }
}

function tellLinks(config: SignalConfig, { guardian, staff }: Links): void {
  const { nursery, periods } = config;
  const lines = [`\nPeekaboo · ${nursery.name}\n`];
  if (guardian) lines.push(`  Guardian  ${guardian}\n`);
  lines.push(staff ? `  Staff     ${staff}\n` : `  Staff     is signed in; another link: ${staffLinkCommand(config)}\n`);
  if (staff) lines.push(`Each link works once, on one device, within ${Math.round(periods.pass.inviteForMs / 3_600_000)} hours.\n`);
  console.log(lines.join('\n'));
}

function staffLinkCommand({ path }: SignalConfig): string {
  return `npm run staff-link -- --config ${path}`;
}

type StartingSignal = { port: Promise<number>; confirmsCuts: Promise<void> };

/** Tells the port once signal listens, and when a cut would be confirmed at once. Should it be started again later, it takes the same port. */
function startSignal(env: NodeJS.ProcessEnv): StartingSignal {
  const listens = Promise.withResolvers<number>();
  const confirms = Promise.withResolvers<void>();
  let port: number | undefined;
  const program = {
    name: 'signal',
    main: 'apps/signal/src/main.ts',
    env: () => ({ ...env, ...(port !== undefined && { PORT: String(port) }) }),
    onReport: (report: unknown) => {
      const now = report as { port: number; confirmsCuts: boolean };
      port ??= now.port;
      listens.resolve(port);
      if (now.confirmsCuts) confirms.resolve();
    },
    onRefused: exit,
  };
  programs.push(new Supervised(program));
  return { port: listens.promise, confirmsCuts: confirms.promise };
}

/** Resolves once the SFU is linked to signal and every camera was tried; tells of each camera as its state changes. */
function startSfu(env: NodeJS.ProcessEnv, quiet: boolean): Promise<Status> {
  const { promise, resolve } = Promise.withResolvers<Status>();
  let shown: Status['cameras'] = {};
  const tried: Status['cameras'] = {};
  const onReport = (report: unknown) => {
    const { linked, cameras, details } = report as Status;
    for (const [id, state] of Object.entries(cameras)) {
      if (state !== 'starting') tried[id] = state;
      if (!quiet && shown[id] !== state)
        console.log(`  camera ${id}: ${state}${state !== 'live' && details[id] ? ` (${details[id]})` : ''}`);
    }
    shown = cameras;
    // One that failed and is starting again counts as what became of it.
    if (linked && Object.keys(cameras).every((id) => tried[id])) resolve({ linked, cameras: { ...tried }, details });
  };
  programs.push(new Supervised({ name: 'sfu', main: 'apps/sfu/src/main.ts', env: () => env, onReport, onRefused: exit }));
  return promise;
}

async function exit(code: number): Promise<void> {
  process.exitCode = code;
  await Promise.all(programs.map((program) => program.stop()));
  process.exit(code);
}
