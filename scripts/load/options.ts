import { parseArgs } from 'node:util';
import { StartError } from '@peekaboo/shared/errors';
import { type Assertion, parseAssertion } from './assertion.ts';
import { isFigure } from './report-keys.ts';
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

const defaults = { families: '100', rooms: '2' };

/** How it is called. */
const usage = `usage: npm run load -- [--families N] [--rooms R] [--profile ${Object.keys(profiles).join('|')}] [--kbps K] [--ramp 10s] [--hold 30s]
       [--cut] [--browsers N] [--invite] [--report DIR] [--json] [--assert 'cut.maxMs<=20' ...] [--url URL --config FILE --data DIR]`;

/** What each of them does, for whoever asks. */
export const help = `${usage}

  --families N       ${defaults.families} by default
  --rooms R          of a system of our own; ${defaults.rooms} by default
  --profile P        how families come: ${Object.keys(profiles).join(', ')}; steady by default
  --kbps K           bit rate of each picture, from 50 on
  --ramp T           how long it takes until all have come, such as 500ms, 10s or 2m
  --hold T           how long they stay then
  --cut              cuts the nursery after that, watches, and lifts the cut
  --browsers N       so many more families with a real Chromium
  --invite           families open invites, as parents do
  --report DIR       writes report.json and report.html there
  --json             one line of JSON instead of the summary
  --assert BOUND     such as 'cut.maxMs<=20', with any key of the report; exit code 1 when it does not hold
  --url URL          a system that runs on this machine, with
  --config FILE        its configuration and
  --data DIR           its data folder
  --help             this

docs/performance.md has the keys of the report.`;

/** @throws StartError that names the mistake. */
export function readOptions(args: string[]): LoadOptions {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        ...{ profile: { ...text, default: 'steady' }, families: { ...text, default: defaults.families }, rooms: text },
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
    if (url === undefined && (config !== undefined || data !== undefined))
      throw new Error('--config and --data are for --url; a system of our own has its own');
    if (url !== undefined && values.rooms !== undefined)
      throw new Error('--rooms is for a system of our own; that of --url has its own rooms');
    if (url !== undefined && values.kbps !== undefined)
      throw new Error('--kbps is for a system of our own; that of --url has its own pictures');
    return {
      profile,
      families: count('--families', values.families),
      rooms: count('--rooms', values.rooms ?? defaults.rooms),
      browsers: count('--browsers', values.browsers, 0),
      invite: values.invite,
      kbps: values.kbps === undefined ? undefined : count('--kbps', values.kbps, 50),
      rampMs: durationMs('--ramp', values.ramp ?? profiles[profile].ramp),
      holdMs: durationMs('--hold', values.hold ?? profiles[profile].hold),
      ...{ cut: values.cut, json: values.json, report: values.report, assertions: values.assert.map(assertionOf) },
      running: url === undefined ? undefined : { url, config: config ?? '', data: data ?? '' },
    };
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`);
  }
}

function assertionOf(text: string): Assertion {
  const assertion = parseAssertion(text);
  if (!isFigure(assertion.path)) throw new Error(`--assert ${text}: there is no figure "${assertion.path.join('.')}" in the report`);
  return assertion;
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
