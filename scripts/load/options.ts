import { parseArgs } from 'node:util';
import { StartError } from '@peekaboo/shared/errors';
import { type Assertion, parseAssertion } from './assertion.ts';
import { type Profile, profiles } from './schedule.ts';

export type LoadOptions = {
  profile: Profile;
  families: number;
  rooms: number;
  /** Of each room's test picture; undefined is what the system has by itself. */
  kbps: number | undefined;
  rampMs: number;
  holdMs: number;
  /** Families with a real browser, beside the others. */
  browsers: number;
  /** Whether families open invites, as parents do, instead of being given passes signed with the system's key. */
  invite: boolean;
  cut: boolean;
  json: boolean;
  /** Folder for report.json and report.html. */
  report: string | undefined;
  assertions: Assertion[];
  /** A running system, with its configuration and data folder; one is started when this is undefined. */
  running: { url: string; config: string; data: string } | undefined;
};

const usage = `usage: npm run load -- [--families N] [--rooms R] [--profile ${Object.keys(profiles).join('|')}] [--kbps K] [--ramp 10s] [--hold 30s]
       [--cut] [--browsers N] [--invite] [--report DIR] [--json] [--assert 'cut.maxMs<=20' ...] [--url URL --config FILE --data DIR]`;

/** @throws StartError that names the mistake. */
export function readOptions(args: string[]): LoadOptions {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        ...{ profile: { ...text, default: 'steady' }, families: { ...text, default: '100' }, rooms: { ...text, default: '2' } },
        ...{
          browsers: { ...text, default: '0' },
          invite: flag,
          kbps: text,
          ramp: text,
          hold: text,
          cut: flag,
          json: flag,
          report: text,
          assert: { ...text, multiple: true, default: [] as string[] },
        },
        ...{ url: text, config: text, data: text },
      },
    });
    const profile = values.profile as Profile;
    if (!Object.hasOwn(profiles, profile)) throw new Error(`there is no profile "${profile}"`);
    const { url, config, data } = values;
    if (url !== undefined && (config === undefined || data === undefined))
      throw new Error('--url needs --config and --data, of the system that runs there');
    if (url !== undefined && values.kbps !== undefined)
      throw new Error('--kbps is for a system of our own; that of --url has its own pictures');
    return {
      profile,
      families: count('--families', values.families),
      rooms: count('--rooms', values.rooms),
      browsers: count('--browsers', values.browsers, 0),
      invite: values.invite,
      kbps: values.kbps === undefined ? undefined : count('--kbps', values.kbps, 50),
      rampMs: durationMs('--ramp', values.ramp ?? profiles[profile].ramp),
      holdMs: durationMs('--hold', values.hold ?? profiles[profile].hold),
      ...{ cut: values.cut, json: values.json, report: values.report, assertions: values.assert.map(parseAssertion) },
      running: url === undefined ? undefined : { url, config: config ?? '', data: data ?? '' },
    };
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`);
  }
}

function count(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`${option} ${text}: write a whole number from ${least} on`);
  return value;
}

function durationMs(option: string, text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`${option} ${text}: write a time such as 500ms, 10s or 2m`);
  return Number(digits) * { ms: 1, s: 1_000, m: 60_000 }[unit as 'ms' | 's' | 'm'];
}
