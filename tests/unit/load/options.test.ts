import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { help, readOptions } from '../../../scripts/load/options.ts';
import { portOf } from '../../../scripts/load/port-of.ts';
import { makeReportFolder } from '../../../scripts/load/report-folder.ts';
import { requireSameIssuer } from '../../../scripts/load/same-issuer.ts';

const running = ['--url', 'http://127.0.0.1:1', '--config', 'peekaboo.yaml', '--data', 'data'];

describe('the options of the load tool', () => {
  test.for([
    [['--assert', 'joins.foo==0'], /there is no figure "joins.foo"/],
    [['--assert', 'joins==0'], /there is no figure "joins"/],
    [['--assert', 'profile==0'], /there is no figure "profile"/],
    [['--assert', 'cut.constructor==0'], /there is no figure "cut.constructor"/],
    [['--config', 'peekaboo.yaml'], /--config and --data are for --url/],
    [['--data', 'data'], /--config and --data are for --url/],
    [[...running, '--rooms', '2'], /--rooms is for a system of our own/],
  ] as const)('%j is refused', ([args, says]) => {
    expect(() => readOptions([...args])).toThrow(says);
  });

  test.for([
    'joins.failed==0',
    'cut.maxMs<=20',
    'cut.confirmed==1',
    'browsers.freezes==0',
    'dueMs.p99<=9',
    'growth.sfu.rssMb<=1',
    'failures.BUSY<=3',
  ])('there is a figure for %s', (assertion) => {
    expect(readOptions(['--assert', assertion]).assertions).toHaveLength(1);
  });

  test('have two rooms and a hundred families by default', () => {
    expect(readOptions([])).toMatchObject({ families: 100, rooms: 2, running: undefined });
    expect(readOptions(running).running).toMatchObject({ data: 'data' });
  });

  test('are all in the help', () => {
    for (const option of help.match(/--[a-z]+/g) ?? []) expect(help).toMatch(new RegExp(`^ +${option} `, 'm'));
  });
});

test('the port of an address is that of its protocol when it is not written', () => {
  expect(['http://a:8080', 'http://a', 'https://a', 'https://a:8443/'].map(portOf)).toEqual([8080, 80, 443, 8443]);
});

/** One that gives everybody this answer. */
async function serve(answer: string): Promise<{ url: string; close: () => Promise<unknown> }> {
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    return once(server.close(), 'close');
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

describe('with folders of other people', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'peekaboo-load-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('a report folder is made, and left empty', () => {
    makeReportFolder(join(folder, 'a', 'b'));
    makeReportFolder(join(folder, 'a', 'b'));
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual([]);
  });

  test('a report folder that cannot be made is refused', () => {
    writeFileSync(join(folder, 'file'), '');
    for (const path of ['/proc/peekaboo/report', '/proc', join(folder, 'file'), join(folder, 'file', 'below')])
      expect(() => makeReportFolder(path)).toThrow(/--report .*: cannot be written to \(E/);
  });

  test.for([
    ['<!doctype html>', /no signal of Peekaboo/],
    ['{"keys":[{"kid":"another"}]}', /not the data folder of the signal/],
    ['{"keys":[{"kid":"ours"}]}', undefined],
  ] as const)('who answers %s is known by its key', async ([answer, says]) => {
    writeFileSync(join(folder, 'issuer.jwk'), JSON.stringify({ kid: 'ours' }));
    const { url, close } = await serve(answer);
    const known = requireSameIssuer(url, folder);
    await (says ? expect(known).rejects.toThrow(says) : known);
    await close();
    expect(readdirSync(folder)).toEqual(['issuer.jwk']);
  });

  test('a dead address is told in one line, and the data folder left as it is', async () => {
    await expect(requireSameIssuer('http://127.0.0.1:1', folder)).rejects.toThrow(/there is no key of an issuer/);
    writeFileSync(join(folder, 'issuer.jwk'), JSON.stringify({ kid: 'ours' }));
    const { url, close } = await serve('{}');
    await close();
    await expect(requireSameIssuer(url, folder)).rejects.toThrow(/nothing answers there \(ECONNREFUSED\)/);
    expect(readdirSync(folder)).toEqual(['issuer.jwk']);
  });
});
