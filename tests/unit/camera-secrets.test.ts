import { describe, expect, test } from 'vitest';
import { rtspInput } from '../../apps/sfu/src/cameras/ffmpeg.ts';
import { explain, redact } from '../../apps/sfu/src/cameras/trouble.ts';

const source = {
  kind: 'rtsp',
  address: 'rtsp://10.0.0.7:554/live?ch=1',
  username: "o'neil",
  password: 'p@ss/w:o\'rd "%',
  sound: true,
} as const;

describe('a camera’s login', () => {
  test('goes to ffmpeg on standard input, in no argument', () => {
    const { args, stdin } = rtspInput(source);
    expect(args.join(' ')).not.toMatch(/10\.0\.0\.7|neil|p@ss|p%40ss/);
    expect(stdin).toContain('p%40ss');
  });

  test('cannot break out of the quotes of the script, whatever it holds', () => {
    const { stdin } = rtspInput(source);
    const line = stdin.split('\n').find((each) => each.startsWith('file '));
    expect(line).toMatch(/^file '[^']*'$/);
    const url = new URL(line?.slice(6, -1) ?? '');
    expect([decodeURIComponent(url.username), decodeURIComponent(url.password)]).toEqual([source.username, source.password]);
  });

  test('is blanked in what ffmpeg says, plain or encoded, with the address', () => {
    const said = `[rtsp] ${source.address}: p@ss/w:o'rd "% and ${encodeURIComponent(source.password)} at rtsp://x:y@10.0.0.7:554/live failed`;
    expect(redact(said, source)).not.toMatch(/10\.0\.0\.7|p@ss|p%40ss|x:y/);
  });

  test('never reaches an explanation, not even of words that are not understood', () => {
    expect(explain(`strange words about ${source.address}`, 'the camera ended the stream')).toBe('the camera ended the stream');
    expect(explain('method DESCRIBE failed: 401 Unauthorized', '')).toMatch(/refused the user name or the password/);
  });
});

describe('why a camera shows nothing', () => {
  const channel = { ...source, address: 'rtsp://10.0.0.7:554/Streaming/Channels/401' };
  test.each([
    ['[tcp @ 0x564041a2b3c0] Connection to tcp://10.0.0.7:554 failed: Connection refused', /nothing answers/],
    [`${channel.address}: Connection refused`, /nothing answers/],
    ['[rtsp @ 0x563403] method DESCRIBE failed: 401 Unauthorized', /user name or the password/],
    [`${channel.address}: Server returned 401 Unauthorized (authorization failed)`, /user name or the password/],
    ['[rtsp @ 0x55401] method DESCRIBE failed: 404 Stream Not Found', /no stream at this path/],
    ['[rtsp @ 0x55404] method SETUP failed: 403 Forbidden', /does not allow this user/],
    [`${channel.address}: Invalid data found when processing input`, /nothing that can be read as video/],
  ])('is not taken from a number in an address or a pointer: %s', (words, cause) => {
    expect(explain(redact(words, channel), 'unknown')).toMatch(cause);
  });
});
