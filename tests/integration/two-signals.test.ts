import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { expect, test } from 'vitest';
import { openIssuer } from '../../apps/signal/src/identity/issuer.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { Program } from '../support/program.ts';
import { RedisServer } from '../support/redis-server.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System, systemEnv } from '../support/system.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';

test('a cut that its signal could not write before it died becomes known to the other, which the SFU was linked to all the while, and can be lifted there', async () => {
  await using closing = new AsyncDisposableStack();
  const redis = await RedisServer.start();
  closing.defer(() => redis.stop());
  const relay = await TcpRelay.start(Number(new URL(redis.url).port)); // between the first signal and Redis
  closing.defer(() => relay.close());

  const [dataFolder, secondFolder] = [newFolder(), newFolder()];
  closing.defer(() => rmSync(secondFolder, { recursive: true }));
  await openIssuer(dataFolder);
  copyFileSync(join(dataFolder, 'issuer.jwk'), join(secondFolder, 'issuer.jwk'));
  const second = new Program('apps/signal/src/main.ts', { ...systemEnv(secondFolder, nurseryConfig()), REDIS_URL: redis.url });
  closing.defer(() => second.stop());
  await second.reported('signal listens', ({ port }) => port !== undefined);
  const secondUrl = `http://127.0.0.1:${second.report.port}`;
  const env = { REDIS_URL: `redis://127.0.0.1:${relay.port}` };
  const system = await System.start({ dataFolder, env, between: (url) => `${url},${secondUrl}` });
  closing.defer(() => system.stop());

  const staffAt = async (url: string) => {
    const page = await StaffPage.connect(url, await system.pass('staff'));
    closing.defer(() => page.close());
    return page;
  };
  const [staff, staffAtSecond] = [await staffAt(system.url), await staffAt(secondUrl)];
  const viewer = await HeadlessViewer.connect(secondUrl, await system.pass('guardian'));
  closing.defer(() => viewer.close());
  await viewer.watch('sunflowers');
  await viewer.picture();

  relay.swallow();
  const { state, durable, hold } = await staff.cutRoom('sunflowers');
  expect({ state, durable }).toEqual({ state: 'not-confirmed', durable: false });
  system.signal.kill('SIGKILL');
  await until('the viewer is told', () => viewer.closed.length === 1);
  await until('the other signal knows the hold', () => staffAtSecond.nursery?.holds.some(({ id }) => id === hold.id), 5_000);
  await expect(viewer.watch('sunflowers')).rejects.toMatchObject({ code: 'HELD' });
  await staffAtSecond.lift(hold.id);
  await viewer.watch('sunflowers');
  await viewer.picture();
});

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'peekaboo-test-'));
}
