import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { StartError } from '@peekaboo/shared/errors';
import { createLogger } from '@peekaboo/shared/log';
import { openIssuer } from '../apps/signal/src/identity/issuer.ts';
import { Canary, type Result } from './canary/canary.ts';
import { CanaryMetrics } from './canary/metrics.ts';
import { firstSentence } from './first-sentence.ts';

/*
 * `npm run canary`: tries again and again to watch with passes that must be refused. One that gets in is an alarm, and the
 * room is cut. Runs on signal's machine, since it makes its passes with the issuer's key.
 */

const usage = `usage: npm run canary -- [--url URL] [--config FILE] [--data DIR] [--every SECONDS] [--metrics-port PORT] [--once] [--json]
with the config and the data folder of the signal at URL (default: http://127.0.0.1:8080)`;
/** Exit codes of --once. */
const exitCodes = { refused: 0, alarm: 1, misused: 2, inconclusive: 3 };
const example = fileURLToPath(new URL('../examples/peekaboo.yaml', import.meta.url));

try {
  await main();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(`peekaboo canary: ${error.message}`);
  process.exit(exitCodes.misused);
}

async function main(): Promise<void> {
  const options = readArguments();
  const dataFolder = resolve(options.data ?? (process.env.PEEKABOO_DATA || 'data'));
  if (!existsSync(join(dataFolder, 'issuer.jwk')))
    throw new StartError(`${dataFolder}: there is no key of an issuer here; --data names the data folder of signal`);
  const env = { ...process.env, PEEKABOO_CONFIG: resolve(options.config), PEEKABOO_DATA: dataFolder };
  const metrics = new CanaryMetrics();
  const canary = new Canary({ url: options.url, env, issuer: await openIssuer(dataFolder), metrics, log: createLogger('canary') });

  if (options.once) {
    const results = await canary.round(Date.now());
    console.log(options.json ? JSON.stringify({ outcome: worstOf(results), results }) : results.map(asLine).join('\n'));
    process.exit(exitCodes[worstOf(results)]);
  }
  await metrics.serve(options.metricsPort);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
  let shown = '';
  for (;;) {
    const results = await canary.round(Date.now());
    const news = results.map(asLine).join('\n');
    if (options.json) console.log(JSON.stringify({ at: new Date().toISOString(), outcome: worstOf(results), results }));
    else if (news !== shown) console.log(`${new Date().toISOString()}\n${news}`);
    shown = news;
    await delay(options.everyMs);
  }
}

function worstOf(results: Result[]): 'refused' | 'alarm' | 'inconclusive' {
  if (results.some(({ state }) => state === 'let-in')) return 'alarm';
  return results.every(({ state }) => state === 'refused') ? 'refused' : 'inconclusive';
}

function asLine(result: Result): string {
  const what = `${result.kind.padEnd(12)} ${result.room.padEnd(16)}`;
  switch (result.state) {
    case 'refused':
      return `${what} refused: ${result.code}`;
    case 'inconclusive':
      return `${what} inconclusive: ${result.why}`;
    case 'let-in':
      return `${what} ALARM: let in, ${result.packets} media packets`;
    default:
      return result satisfies never;
  }
}

function readArguments() {
  const flag = { type: 'boolean', default: false } as const;
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  try {
    const { values } = parseArgs({
      options: {
        ...{ url: text('http://127.0.0.1:8080'), config: text(example), data: { type: 'string' } as const },
        ...{ every: text('10'), 'metrics-port': text('9465'), once: flag, json: flag },
      },
    });
    const { every, 'metrics-port': port, ...rest } = values;
    if (!URL.canParse(rest.url)) throw new Error(`--url ${rest.url} is not an address.`);
    return { ...rest, everyMs: positive('--every', every) * 1_000, metricsPort: portOf(port) };
  } catch (error) {
    throw new StartError(`${firstSentence(error)}\n${usage}`);
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option} ${text} is not a number above 0.`);
  return value;
}

function portOf(text: string): number {
  const port = positive('--metrics-port', text);
  if (!Number.isInteger(port) || port > 65_535) throw new Error(`--metrics-port ${text} is no port; write a number from 1 to 65535.`);
  return port;
}
