import { describe, expect, test } from 'vitest';
import { fitProfiles } from '../../../apps/viewer/src/net/h264-profile.ts';

/** What a browser names, profile and level, each in both packetization modes. */
const named = (...ids: string[]) => [
  { mimeType: 'video/VP8' },
  ...ids.flatMap((id) =>
    [0, 1].map((mode) => ({
      mimeType: 'video/H264',
      sdpFmtpLine: `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${id}`,
    })),
  ),
];
const browsers = {
  chromium: named('42001f', '42e01f', '4d001f', 'f4001f'),
  safari: named('640c1f', '42e01f'),
  firefox: named('42e01f', '42001f'),
  bare: named('42e01f', '7a001f'),
};
const offerOf = (...ids: string[]) =>
  ids
    .map((id) => `a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1;profile-level-id=${id};level-asymmetry-allowed=1\r\n`)
    .join('');

describe('the profile of a camera, in the offer that a browser is given', () => {
  test.for<[keyof typeof browsers, string, string]>([
    // as it is, where the browser names it, however its bits are written
    ['chromium', '42c028', '42c028'],
    ['chromium', '42e01f', '42e01f'],
    ['chromium', '4d4029', '4d4029'],
    ['firefox', '420028', '420028'],
    ['safari', '640C33', '640C33'],
    ['safari', '4de01f', '4de01f'], // main by its number, constrained baseline by its flags
    // else the next above that it names
    ['chromium', '640033', 'f40033'],
    ['chromium', '640c28', 'f40028'],
    ['safari', '4d0028', '640c28'],
    ['safari', '42001e', '640c1e'],
    // else the highest
    ['safari', '640033', '640c33'],
    ['firefox', '4D4029', '420029'],
    ['firefox', '640033', '420033'],
    ['bare', '420033', '42e033'],
    // what is none of them is left for the browser to turn down
    ['safari', '7a001f', '7a001f'],
  ])('%s: %s is offered as %s', ([browser, sent, offered]) => {
    expect(fitProfiles(offerOf(sent), browsers[browser])).toBe(offerOf(offered));
  });

  test('of several cameras is fitted for each', () => {
    expect(fitProfiles(offerOf('4d0028', '42e01f', '640033'), browsers.safari)).toBe(offerOf('640c28', '42e01f', '640c33'));
  });

  test('is left alone by a browser that names none, or whose H.264 is of another packetization', () => {
    const split = [{ mimeType: 'video/H264', sdpFmtpLine: 'packetization-mode=0;profile-level-id=42e01f' }];
    for (const codecs of [[], [{ mimeType: 'video/VP8' }], split]) expect(fitProfiles(offerOf('640033'), codecs)).toBe(offerOf('640033'));
  });
});
