import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openInvite } from '@peekaboo/headless-viewer/invite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../apps/signal/src/audit/entry.ts';
import { StaffPage } from '../support/staff-page.ts';
import { until } from '../support/until.ts';
import { WatchedSystem } from '../support/watched-system.ts';

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));
const run = (script: string, args: string[], env: NodeJS.ProcessEnv) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [`${scripts}${script}.ts`, ...args], { encoding: 'utf8', env });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
};

describe('npm run sfu-pass', () => {
  let watched: WatchedSystem;
  let staff: StaffPage;
  /** Short enough to be nearly over, long enough to be linked before. */
  const lastsMs = 25_000;

  beforeAll(async () => {
    watched = await WatchedSystem.start({ sfuPassMs: lastsMs });
    staff = await StaffPage.connect(watched.system.url, await watched.system.pass('staff'));
  });
  afterAll(async () => {
    staff?.close();
    await watched?.stop();
  });

  const renew = (more: string[] = ['--sfu', 'sfu-1']) => {
    const { env, dataFolder } = watched.system;
    return run('sfu-pass', ['--config', `${dataFolder}/peekaboo.yaml`, '--to', dataFolder, ...more], env);
  };
  const kinds = () => {
    const lines = readFileSync(join(watched.system.dataFolder, 'ledger.jsonl'), 'utf8').trim().split('\n');
    return lines.map((line) => (JSON.parse(line) as Entry).kind);
  };

  test('is asked for by an alarm before the pass of an SFU ends; a linked SFU takes the new one over, and whoever watches notices nothing', {
    timeout: 60_000,
  }, async () => {
    const alarms = () => staff.nursery?.alarms.map(({ kind }) => kind);
    await until('the alarm is raised', () => alarms()?.includes('sfu-pass-ending'), lastsMs);
    watched.viewer.longestGapMs = 0;
    expect(renew()).toMatchObject({ status: 0, stderr: '' });
    await until('the alarm is over', () => alarms()?.length === 0, 5_000);
    await new Promise((resolve) => setTimeout(resolve, lastsMs / 10 + 2_000)); // beyond the end of the first
    expect(watched.viewer.closed).toEqual([]);
    expect(watched.viewer.longestGapMs).toBeLessThan(3_000); // this process stood still while the command ran
    expect(kinds()).not.toContain('sfu.lost');
    expect(watched.system.signal.output).toMatch(/"alarm":"sfu-pass-ending".*"endsAt":\d+.*ALARM: the pass of an SFU/);
  });

  test('for another SFU than the one that is linked is refused by signal, and the link goes on', async () => {
    expect(renew(['--sfu', 'sfu-2'])).toMatchObject({ status: 0 });
    await until('the SFU says so', () => watched.system.sfu.output.includes('has not taken the new pass'));
    expect(watched.system.sfu.output).toContain('ROLE_NOT_ALLOWED');
    expect(kinds()).not.toContain('sfu.lost');
  });

  test('needs the configuration, the id and the folder', () => {
    expect(renew(['--sfu', 'Not An Id'])).toMatchObject({ status: 2, stderr: expect.stringContaining('"sfu.id"') });
    expect(run('sfu-pass', [], watched.system.env)).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage:') });
  });
});

test('a data folder is its owner’s alone, file by file, but for the public keys', async () => {
  const { system, ...watched } = await WatchedSystem.start();
  try {
    const open = readdirSync(system.dataFolder).filter((name) => (statSync(join(system.dataFolder, name)).mode & 0o077) !== 0);
    expect(open.sort()).toEqual(['jwks.json', 'peekaboo.yaml']); // the second is the nursery's own, put there by this test
  } finally {
    watched.viewer.close();
    await system.stop();
  }
});

describe('npm run staff-link', () => {
  let watched: WatchedSystem;
  let elsewhere: string;
  beforeAll(async () => {
    elsewhere = mkdtempSync(join(tmpdir(), 'peekaboo-elsewhere-'));
    watched = await WatchedSystem.start();
  });
  afterAll(async () => {
    await watched?.stop();
    rmSync(elsewhere, { recursive: true });
  });
  const link = (args: string[], env: NodeJS.ProcessEnv = {}) => run('staff-link', args, { ...watched.system.env, ...env });
  const config = () => ['--config', `${watched.system.dataFolder}/peekaboo.yaml`];

  test('makes a link to somebody who administers, while signal runs', async () => {
    const { status, stdout, stderr } = link([...config(), '--url', watched.system.url]);
    expect([status, stderr]).toEqual([0, '']);
    const page = await StaffPage.connect(watched.system.url, await openInvite(stdout));
    await until('the nursery is shown', () => page.nursery?.right === 'administer');
    page.close();
  });

  test('leads to where signal listens', () => {
    expect(link(config(), { PORT: '8443' }).stdout).toMatch(/^http:\/\/localhost:8443\/staff#invite=/);
    expect(link(config(), { PORT: '0' })).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/--url/) });
  });

  test('is refused for a nursery that was not named, and in a folder where none is', () => {
    expect(link([])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/Usage: .*--config FILE/) });
    const refused = link(config(), { PEEKABOO_DATA: elsewhere, PORT: '8443' });
    expect(refused).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/peekaboo\.sqlite is not there; set PEEKABOO_DATA/),
    });
    expect(existsSync(join(elsewhere, 'peekaboo.sqlite'))).toBe(false);
  });
});
