import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const sha256 = `sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`;
const fingerprint = /^a=fingerprint:.*$/gm;

describe('an answer that is none', () => {
  let scene: Scene;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    scene = await Scene.set();
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.close();
    await scene.undisturbed();
  });
  afterAll(() => scene?.end());

  const offered = async () => {
    const { viewer, refusals } = await scene.guardian();
    open.push(viewer);
    const { value } = await viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'sunflowers' });
    const answer = (sdp: string) =>
      viewer.signed(value.view, sdp).then((request) => viewer.socket.timeout(5_000).emitWithAck('answer', request));
    return { viewer, refusals, answer, sdp: await viewer.answerTo(value.offer) };
  };

  /** Each is signed by the viewer's own key as far as it can be: what is wrong is the SDP alone. */
  const alterations: [string, (answer: string) => string][] = [
    ['garbage', () => 'garbage'],
    ['20 kB of garbage', () => 'a=b\r\n'.repeat(3_900)],
    ['no m-line', (answer) => answer.split('m=')[0] ?? ''],
    ['one m-line too many', (answer) => `${answer}m=${answer.split('m=')[1]}`],
    ['a thousand m-lines', (answer) => `${answer}${'m=video 9 UDP/TLS/RTP/SAVPF 0\r\n'.repeat(500)}`],
    ['port 0', (answer) => answer.replace(/^m=video \d+/m, 'm=video 0')],
    ['AVP: no encryption', (answer) => answer.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')],
    [
      'SAVP: keys in the SDP',
      (answer) => answer.replace('UDP/TLS/RTP/SAVPF', 'RTP/SAVP').replace(fingerprint, 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA'),
    ],
    ['no fingerprint', (answer) => answer.replace(/^a=fingerprint:.*\r?\n/gm, '')],
    ['a sha-1 fingerprint', (answer) => answer.replace(fingerprint, `a=fingerprint:sha-1 ${'AB:'.repeat(19)}AB`)],
    ['an md5 fingerprint', (answer) => answer.replace(fingerprint, `a=fingerprint:md5 ${'AB:'.repeat(15)}AB`)],
    ['a fingerprint of a number', (answer) => answer.replace(fingerprint, 'a=fingerprint:256 AA')],
    ['a malformed fingerprint', (answer) => answer.replace(fingerprint, 'a=fingerprint:sha-256 AB:CD')],
    ['two fingerprints', (answer) => answer.replace(fingerprint, (own) => `${own}\r\na=fingerprint:${sha256}`)],
    ['sendrecv', (answer) => answer.replace('a=recvonly', 'a=sendrecv')],
    ['sendonly', (answer) => answer.replace('a=recvonly', 'a=sendonly')],
    ['a passive DTLS role', (answer) => answer.replace('a=setup:active', 'a=setup:passive')],
  ];
  test.for(alterations)('but %s is refused, and the ledger knows', async ([, alter]) => {
    const { viewer, refusals, answer, sdp } = await offered();
    const altered = alter(sdp);
    expect(altered).not.toBe(sdp);
    expect(await answer(altered)).toMatchObject({ ok: false, error: { code: 'ANSWER_UNUSABLE' } });
    expect(viewer.packets).toBe(0);
    await until('the ledger has it', () => refusals().length > 0);
    expect(refusals()).toMatchObject([{ kind: 'view.refused', room: 'sunflowers', detail: { code: 'ANSWER_UNUSABLE' } }]);
  });

  test('but a megabyte ends the connection', async () => {
    const { viewer, answer } = await offered();
    void answer('x'.repeat(1_000_000)).catch(() => undefined);
    await until('it is closed', () => viewer.socket.disconnected);
  });

  test('but as long as no answer is, is a bad message', async () => {
    const { answer, sdp } = await offered();
    expect(await answer(sdp.padEnd(20_001, 'a=x\r\n'))).toMatchObject({ ok: false, error: { code: 'BAD_MESSAGE' } });
  });

  test('with the fingerprint of another, signed by a thief with a good pass: no picture comes, and DTLS never does', {
    timeout: 60_000,
  }, async () => {
    const { viewer, answer, sdp } = await offered();
    expect(await answer(sdp.replace(fingerprint, `a=fingerprint:${sha256}`))).toMatchObject({ ok: true });
    await until('the view is closed', () => viewer.closed.length > 0, 40_000);
    expect(viewer.packets).toBe(0);
  });

  test('with the fingerprint of another, that was not signed: refused, and the ledger knows', async () => {
    const { viewer, refusals, sdp } = await offered();
    const { value } = await viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'bluebells' });
    const own = await viewer.signed(value.view, sdp);
    const stolen = { ...own, sdp: sdp.replace(fingerprint, `a=fingerprint:${sha256}`) };
    const reply = await viewer.socket.timeout(5_000).emitWithAck('answer', stolen);
    expect(reply).toMatchObject({ ok: false, error: { code: 'FINGERPRINT_UNPROVEN' } });
    await until('the ledger has it', () => refusals().length > 0);
    expect(refusals()).toMatchObject([{ kind: 'view.refused', detail: { code: 'FINGERPRINT_UNPROVEN' } }]);
  });

  test('of which there is a second is refused, the ledger knows, and the picture of the first stays', async () => {
    const { viewer, refusals, answer, sdp } = await offered();
    expect(await answer(sdp)).toMatchObject({ ok: true });
    expect(await answer(sdp)).toMatchObject({ ok: false, error: { code: 'ALREADY_ANSWERED' } });
    await until('the ledger has it', () => refusals().length > 0);
    expect(refusals()).toMatchObject([{ kind: 'view.refused', room: 'sunflowers', detail: { code: 'ALREADY_ANSWERED' } }]);
    await viewer.picture();
  });
});
