import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connected, connectWith } from '@peekaboo/headless-viewer/socket';
import { makeDeviceKey } from '@peekaboo/shared/device-key';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import { makeHandshake } from '@peekaboo/shared/proof';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RawSocket } from '../support/raw-socket.ts';
import { type Memory, Scene } from './scene.ts';

const times = 100;
/**
 * In bytes for one attack of each kind. signal remembers proofs, limits and refusals for up to two minutes on purpose, about 5 kB for these (two
 * minutes later its heap was smaller than before); a connection, a view or a buffer that stays is more than the rest.
 */
const tolerable: Memory = { signal: 10_000, sfu: 4_000, workers: 3_000 };

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.set();
});
afterAll(() => scene?.end());

/** One of each kind, by somebody new. */
async function attack(): Promise<void> {
  const { url } = scene.system;
  const refused = connectWith(url, 'guardian', () => ({ pass: `a.${randomBytes(100).toString('base64url')}.c`, proof: 'x.y.z' }));
  await connected(refused).catch(() => undefined);
  refused.disconnect();
  await askForPass(
    url,
    await makeDeviceKey(),
    { invite: randomBytes(32).toString('base64url'), role: 'guardian' },
    Date.now(),
    5_000,
  ).catch(() => undefined);
  await fetch(`${url}/${randomBytes(500).toString('hex')}`).then((reply) => reply.text());

  const { viewer } = await scene.guardian();
  const { value } = await viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'bluebells' });
  await viewer.socket.timeout(5_000).emitWithAck('answer', await viewer.signed(value.view, 'v=0\r\na=fingerprint:sha-256 AB\r\n'));
  await viewer.socket.timeout(5_000).emitWithAck('watch', { room: randomBytes(10).toString('hex') });
  viewer.close();

  const raw = new RawSocket(url);
  await raw.opened();
  raw.signIn('/guardian', await makeHandshake(await scene.system.pass('guardian'), `${url}/guardian`, Date.now()));
  raw.send(`42/guardian,["${randomBytes(1_000).toString('hex')}",{}]`);
  raw.send('45x-/guardian,["watch"]');
  await new Promise((resolve) => raw.socket.once('close', resolve));

  const port = Number(/ udp \d+ 127\.0\.0\.1 (\d+)/.exec(scene.bystander.offer)?.[1]);
  const socket = createSocket('udp4');
  for (const first of [0, 22, 128, 200]) socket.send(Buffer.concat([Buffer.from([first]), randomBytes(300)]), port, '127.0.0.1');
  await new Promise((resolve) => setTimeout(resolve, 5));
  socket.close();
}

test(`${times} attacks of each kind take memory that ${times} more do not`, { timeout: 300_000 }, async () => {
  const inUseAfter = async () => {
    for (let time = 0; time < times; time += 1) await attack();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return scene.inUse();
  };
  await inUseAfter(); // what is made on first use, and compiled when it is hot
  const first = await inUseAfter();
  const second = await inUseAfter();
  const grown = (Object.keys(tolerable) as (keyof Memory)[]).map(
    (name) => [name, Math.round((second[name] - first[name]) / times)] as const,
  );
  console.log(`memory for each attack of a kind: ${grown.map(([name, bytes]) => `${name} ${bytes} bytes`).join(', ')}`);
  for (const [name, bytes] of grown) expect([name, bytes < tolerable[name] ? 'flat' : bytes]).toEqual([name, 'flat']);
});
