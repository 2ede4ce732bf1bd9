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
});
