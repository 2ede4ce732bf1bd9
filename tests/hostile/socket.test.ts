import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { connected, connectSocket, connectWith } from '@peekaboo/headless-viewer/socket';
import { makeHandshake } from '@peekaboo/shared/proof';
import { namespaces } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { StaffPage } from '../support/staff-page.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const megabyte = 'x'.repeat(1_000_000);

describe('a hostile client of the socket', () => {
  let scene: Scene;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    scene = await Scene.set(nurseryConfig());
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.close();
    await scene.undisturbed();
  });
  afterAll(() => scene?.end());

  const guardian = async () => {
    const somebody = await scene.guardian();
    open.push(somebody.viewer);
    return somebody;
  };
  const raw = async (namespace?: keyof typeof namespaces, from?: string) => {
    const socket = new RawSocket(scene.system.url, from);
    open.push(socket);
    await socket.opened();
    if (!namespace) return socket;
    const path = namespaces[namespace];
    socket.signIn(path, await makeHandshake(await scene.system.pass('guardian'), `${scene.system.url}${path}`, Date.now()));
    await until('it is signed in', () => socket.received.some((frame) => frame.startsWith(`40${path}`)));
    return socket;
  };
  const refusal = (socket: Socket) =>
    connected(socket)
      .then(
        () => 'open',
        (error) => error.data?.code ?? error.message,
      )
      .finally(() => socket.disconnect());
  const emit = async (name: string, ...args: unknown[]) => {
    const { viewer } = await guardian();
    return viewer.socket.timeout(5_000).emitWithAck(name, ...args);
  };

  describe('at the door', () => {
    test('from a page of another site is turned away; from our own it is not', async () => {
      const pass = await scene.system.pass('guardian');
      const from = (origin: string) => refusal(connectSocket(scene.system.url, 'guardian', pass, { origin }));
      const { host, port } = new URL(scene.system.url);
      for (const origin of ['https://evil.example', 'null', `http://${host}.evil.example`, `http://evil.example:${port}`, 'file://', '']) {
        expect([origin, await from(origin)]).toEqual([origin, expect.stringMatching(/error|closed/)]);
      }
      expect(await from(scene.system.url)).toBe('open');
    });

    test('without any pass is told so, and has one try', async () => {
      expect(await refusal(connectWith(scene.system.url, 'guardian', () => ({})))).toBe('PASS_MISSING');
      const socket = await raw();
      socket.signIn('/guardian', {});
      await until('it is refused and closed', () => !socket.isOpen);
      expect(socket.received.at(-1)).toContain('PASS_MISSING');
    });

    test('that never signs in, or on a namespace that is not ours, is closed', { timeout: 30_000 }, async () => {
      const silent = await raw();
      const elsewhere = await raw();
      elsewhere.send('40/admin,{}');
      const atRoot = await raw();
      atRoot.send('40');
      await until('they are refused', () => [elsewhere, atRoot].every(({ received }) => received.some((frame) => frame.startsWith('44'))));
      await until('they are closed', () => [silent, elsewhere, atRoot].every(({ isOpen }) => !isOpen), 15_000);
    });
  });

  describe('that is connected gets a typed refusal', () => {
    test.for([
      ['nothing', []],
      ['null', [null]],
      ['a number', [7]],
      ['a string', ['bluebells']],
      ['a list', [['bluebells']]],
      ['no room', [{}]],
      ['a room that is a number', [{ room: 7 }]],
      ['a room that is an object', [{ room: { $ne: 1 } }]],
      ['a path for a room', [{ room: '../bluebells' }]],
      ['an unknown field', [{ room: 'bluebells', admin: true }]],
      ['__proto__', [JSON.parse('{"room":"bluebells","__proto__":{"admin":true}}')]],
      ['a constructor', [{ room: 'bluebells', constructor: { prototype: { admin: true } } }]],
      ['two arguments', [{ room: 'bluebells' }, { room: 'bluebells' }]],
      ['bytes', [Buffer.from('bluebells')]],
      ['a long string', [{ room: 'x'.repeat(40_000) }]],
    ] as const)('to watch with %s', async ([, args]) => {
      const reply = await emit('watch', ...args);
      expect(reply).toMatchObject({ ok: false, error: { code: 'BAD_MESSAGE' } });
      expect(reply.error.remedy).toContain('docs/protocol.md');
      expect(JSON.stringify(reply)).not.toMatch(/\bat .*\.ts|node_modules|Zod/);
    });

    test.for(['cut', 'lift', 'hello', 'view.open', 'holds.sync', '__proto__', 'constructor', 'toString', 'rooms'])(
      'to the message %s',
      async (name) => {
        expect(await emit(name, {})).toMatchObject({ ok: false, error: { code: 'BAD_MESSAGE' } });
      },
    );

    test('to watching a room of others, or none; the ledger names the first, and not the second', async () => {
      const sub = 'g_BBBBBBBBBBBBBBBB';
      const viewer = await HeadlessViewer.connect(scene.system.url, await scene.system.pass('guardian', { sub, rooms: ['bluebells'] }));
      open.push(viewer);
      for (const room of ['sunflowers', 'no-such-room']) {
        const reply = await viewer.socket.timeout(5_000).emitWithAck('watch', { room });
        expect(reply).toMatchObject({ ok: false, error: { code: 'ROOM_NOT_IN_PASS' } });
      }
      await until('the ledger has both', () => scene.refusalsOf(sub).length === 2);
      expect(scene.refusalsOf(sub)).toMatchObject([
        { room: 'sunflowers', detail: { code: 'ROOM_NOT_IN_PASS' } },
        { room: null, detail: { code: 'ROOM_NOT_IN_PASS' } },
      ]);
    });

    test("to answering or leaving somebody else's view, and the ledger knows who tried, and where", async () => {
      const { viewer, refusals } = await guardian();
      for (const name of ['answer', 'leave']) {
        const request = { view: scene.bystander.view, ...(name === 'answer' && { sdp: 'v=0', proof: 'x.y.z' }) };
        expect(await viewer.socket.timeout(5_000).emitWithAck(name, request)).toMatchObject({ ok: false, error: { code: 'VIEW_UNKNOWN' } });
      }
      await until('the ledger has it', () => refusals().length > 0);
      expect(refusals()).toMatchObject([{ kind: 'view.refused', room: 'sunflowers', detail: { code: 'VIEW_UNKNOWN' } }]);
    });

    test('to answering after the cut: there is no view any more, and no picture', async () => {
      const { viewer, refusals } = await guardian();
      const staff = await StaffPage.connect(scene.system.url, await scene.system.pass('staff'));
      open.push(staff);
      const { value } = await viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'bluebells' });
      const answer = await viewer.signed(value.view, await viewer.answerTo(value.offer));
      const { hold } = await staff.cutRoom('bluebells');
      expect(await viewer.socket.timeout(5_000).emitWithAck('answer', answer)).toMatchObject({
        ok: false,
        error: { code: 'VIEW_UNKNOWN' },
      });
      await until('the ledger has it', () => refusals().length > 0);
      expect(refusals()).toMatchObject([{ kind: 'view.refused', detail: { code: 'VIEW_UNKNOWN', times: 1 } }]);
      expect(await viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'bluebells' })).toMatchObject({
        ok: false,
        error: { code: 'HELD' },
      });
      await staff.lift(hold.id);
      expect(await viewer.socket.timeout(5_000).emitWithAck('answer', answer)).toMatchObject({
        ok: false,
        error: { code: 'VIEW_UNKNOWN' },
      });
      expect(viewer.packets).toBe(0);
      await until('the ledger has the hold as well', () => refusals().length > 1);
      expect(refusals()[1]).toMatchObject({ kind: 'view.refused', room: 'bluebells', detail: { code: 'HELD' } });
    });
  });

  test('that watches twice has one view: the later takes the place of the earlier', async () => {
    const { viewer } = await guardian();
    await viewer.watch('bluebells');
    const first = viewer.view;
    await viewer.watch('bluebells');
    await viewer.picture();
    expect(await viewer.socket.timeout(5_000).emitWithAck('leave', { view: first })).toMatchObject({
      ok: false,
      error: { code: 'VIEW_UNKNOWN' },
    });
    const both = [1, 2].map(() => viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'bluebells' }));
    const outcomes = (await Promise.all(both)).map(({ ok, error }) => (ok ? 'ok' : error.code));
    expect(outcomes.sort()).toEqual(['BUSY', 'ok']);
  });

  test('with frames that are no messages is closed at once, and nothing else happens', async () => {
    const frames: [string, string | Buffer][] = [
      ['a megabyte', `42/guardian,["watch",{"room":"${megabyte}"}]`],
      ['a million attachments', '451000000-/guardian,1["watch",{"_placeholder":true,"num":0}]'],
      ['an attachment that was not announced', Buffer.alloc(1_000)],
      ['attachments of a number that is none', '45x-/guardian,["watch"]'],
      ['no JSON', '42/guardian,not json'],
      ['a name that is a number', '42/guardian,[{}]'],
      ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'].map((name): [string, string] => [
        `the reserved name ${name}`,
        `42/guardian,["${name}",{}]`,
      ]),
      ['a second sign-in', '40/guardian,{}'],
      ['a refusal of its own', '44/guardian,{"message":"x"}'],
    ];
    for (const [what, frame] of frames) {
      const socket = await raw('guardian');
      socket.send(frame);
      await until(`the connection with ${what} is closed`, () => !socket.isOpen, 3_000);
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('with a message of twenty thousand levels gets a typed refusal', async () => {
    const socket = await raw('guardian');
    socket.send(`42/guardian,5["watch",${'['.repeat(20_000)}${']'.repeat(20_000)}]`);
    const reply = await until('it is answered', () => socket.received.find((frame) => frame.startsWith('43/guardian,5')));
    expect(reply).toContain('BAD_MESSAGE');
  });

  test('with events called error or __proto__, without wanting an answer, is ignored', async () => {
    const socket = await raw('guardian');
    for (const name of ['error', '__proto__', 'constructor', 'watch']) socket.send(`42/guardian,["${name}",{"__proto__":{"admin":true}}]`);
    socket.send('42/guardian,5["leave",{"view":"v_AAAAAAAAAAAAAAAA"}]');
    await until('the next ask is answered', () => socket.received.some((frame) => frame.startsWith('43/guardian,5')));
    expect(socket.isOpen).toBe(true);
  });

  test('that sends one message in a hundred thousand pieces is closed', async () => {
    const socket = await raw('guardian');
    socket.socket.send('42', { fin: false });
    for (let piece = 0; piece < 100_000 && socket.isOpen; piece += 1) socket.socket.send('x', { fin: false });
    await until('it is closed', () => !socket.isOpen, 5_000);
  });

  test('that sends pings without end and reads nothing is not answered without end', { timeout: 40_000 }, async () => {
    const socket = await raw('guardian');
    socket.socket.pause();
    const end = performance.now() + 5_000;
    while (performance.now() < end && socket.isOpen && socket.socket.bufferedAmount < 50_000_000) {
      for (let ping = 0; ping < 500; ping += 1) socket.socket.ping('x'.repeat(100));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // Signal has stopped reading: what was sent waits here.
    expect(socket.socket.bufferedAmount).toBeGreaterThan(1_000_000);
  });

  test('that sends bad passes, and then says nothing on as many connections as there may be, shuts out nobody behind the same address', async () => {
    const connect = (many: number) => {
      const sockets = Array.from({ length: many }, () => new RawSocket(scene.system.url, '127.0.0.4'));
      open.push(...sockets);
      return sockets;
    };
    const refused = connect(300);
    for (const socket of refused) {
      await socket.opened();
      socket.signIn('/guardian', { pass: 'not a pass', proof: 'no proof' });
    }
    await until('all were refused', () => refused.every(({ isOpen }) => !isOpen));
    const silent = connect(350);
    await Promise.all(silent.map((socket) => socket.opened()));
    expect(silent.filter(({ isOpen }) => isOpen).length).toBe(300);
    const began = performance.now();
    await raw('guardian', '127.0.0.4');
    expect(performance.now() - began).toBeGreaterThan(1_000);
    expect(performance.now() - began).toBeLessThan(3_000);
    const metrics = await (await fetch(`${scene.system.url}/metrics`)).text();
    for (const limit of ['refusals', 'strangers'])
      expect(metrics).toMatch(new RegExp(`^peekaboo_limited_total\\{limit="${limit}"\\} [1-9]`, 'm'));
  });

  test('that opens 10,000 connections from one address gets as many as an address may have, and nobody else is kept out', {
    timeout: 120_000,
  }, async () => {
    const sockets: RawSocket[] = [];
    for (let round = 0; round < 50; round += 1) {
      const some = Array.from({ length: 200 }, () => new RawSocket(scene.system.url, '127.0.0.2'));
      sockets.push(...some);
      await Promise.all(some.map((socket) => socket.opened()));
    }
    expect(sockets).toHaveLength(10_000);
    expect(sockets.filter(({ isOpen }) => isOpen).length).toBeLessThanOrEqual(300);
    const began = performance.now();
    const { viewer } = await guardian();
    await viewer.watch('bluebells');
    await viewer.picture();
    expect(performance.now() - began).toBeLessThan(3_000);
    for (const socket of sockets) socket.close();
    const metrics = await (await fetch(`${scene.system.url}/metrics`)).text();
    const limited = [...metrics.matchAll(/^peekaboo_limited_total\{limit="(strangers|address-connections)"\} (\d+)/gm)].map(([, , times]) =>
      Number(times),
    );
    expect(limited.reduce((sum, times) => sum + times, 0)).toBeGreaterThan(9_000);
    const elsewhere = new RawSocket(scene.system.url, '127.0.0.3');
    open.push(elsewhere);
    expect(await elsewhere.opened()).toBe(true);
  });
});
