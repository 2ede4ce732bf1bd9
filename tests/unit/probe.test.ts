import { describe, expect, test } from 'vitest';
import { planVideo, readProfileLevelId } from '../../apps/sfu/src/cameras/probe.ts';

/** The first bytes of a stream as ffprobe prints them: start code, SPS header, then profile, constraints, level. */
const dump = (profile: string) =>
  `\n00000000: 0000 0001 67${profile.slice(0, 2)} ${profile.slice(2)} da02 80bf e5c0  ....gB..\n00000010: 5a83 0303  Z...\n`;
const good = { codec_name: 'h264', pix_fmt: 'yuv420p', field_order: 'progressive', has_b_frames: 0, extradata: dump('42c016') };

describe('what is done with a camera’s video', () => {
  test.for(['42c016', '42e01f', '4d401f', '4d0028', '640028', '640c1f'])(
    'H.264 that browsers know (%s) is copied, with its own profile',
    (profile) => {
      expect(planVideo({ ...good, extradata: dump(profile) })).toEqual({ action: 'copy', profileLevelId: profile });
    },
  );

  test.for([
    ['H.265', { codec_name: 'hevc' }, /hevc, not H.264/],
    ['B-frames', { has_b_frames: 2 }, /B-frames/],
    ['an unknown number of B-frames', { has_b_frames: undefined }, /B-frames/],
    ['10 bits', { pix_fmt: 'yuv420p10le' }, /8-bit 4:2:0/],
    ['4:2:2', { pix_fmt: 'yuv422p' }, /8-bit 4:2:0/],
    ['interlacing', { field_order: 'tt' }, /interlaced/],
    ['a profile of its own', { extradata: dump('580028') }, /profile/],
    ['no parameter sets', { extradata: '' }, /profile/],
    ['parameter sets cut short', { extradata: '\n00000000: 0000 0001 6742  ....gB\n' }, /profile/],
  ] as const)('video with %s is transcoded', ([, odd, because]) => {
    const plan = planVideo({ ...good, ...(odd as object) });
    expect(plan).toMatchObject({ action: 'transcode', because: expect.stringMatching(because) });
  });

  test('the SPS is found behind other units and shorter start codes', () => {
    expect(readProfileLevelId(Buffer.from('00000001 0910 000001 674d401f aabb'.replaceAll(' ', ''), 'hex'))).toBe('4d401f');
    expect(readProfileLevelId(Buffer.from('00000001 68ce3c80'.replaceAll(' ', ''), 'hex'))).toBeUndefined();
  });
});
