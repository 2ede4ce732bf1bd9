import { PeekabooError } from '@peekaboo/shared/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../apps/sfu/src/sdp/answer.ts';

const fingerprint = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0').toUpperCase()).join(':');
const answer = [
  ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0'],
  ...['m=video 9 UDP/TLS/RTP/SAVPF 103', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=recvonly', 'a=setup:active', 'a=rtcp-mux'],
  ...[`a=fingerprint:sha-256 ${fingerprint}`, 'a=rtpmap:103 H264/90000', ''],
].join('\r\n');

describe('an answer', () => {
  test('tells the fingerprint of the viewer’s DTLS client', () => {
    expect(readAnswer(answer, 1)).toEqual({ role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] });
  });

  test('may give the fingerprint once for the whole session', () => {
    const moved = answer.replace(/a=fingerprint:.*\r\n/, '').replace('t=0 0\r\n', `t=0 0\r\na=fingerprint:sha-256 ${fingerprint}\r\n`);
    expect(readAnswer(moved, 1).fingerprints[0]?.value).toBe(fingerprint);
  });

  test('with two different fingerprints is refused', () => {
    const second = answer.slice(answer.indexOf('m=')).replace('sha-256 00', 'sha-256 01').replace('mid:0', 'mid:1');
    expect(() => readAnswer(answer + second, 2)).toThrow(expect.objectContaining({ code: 'ANSWER_UNUSABLE' }));
  });

  test('that was altered anywhere is read or refused, and nothing else happens', () => {
    const lines = answer.split('\r\n');
    const altered = fc.oneof(
      fc.string({ maxLength: 2_000, unit: 'binary' }),
      fc.shuffledSubarray(lines).map((some) => some.join('\r\n')),
      fc
        .tuple(fc.nat(answer.length), fc.string({ maxLength: 20 }))
        .map(([at, text]) => answer.slice(0, at) + text + answer.slice(at + text.length)),
      fc.tuple(fc.nat(lines.length - 1), fc.string({ maxLength: 200 })).map(([at, text]) => lines.with(at, text).join('\r\n')),
    );
    fc.assert(
      fc.property(altered, fc.integer({ min: 1, max: 3 }), (sdp, tracks) => {
        try {
          const { fingerprints } = readAnswer(sdp, tracks);
          expect(fingerprints[0]?.value).toMatch(/^([0-9A-F]{2}:)+[0-9A-F]{2}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(PeekabooError);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
