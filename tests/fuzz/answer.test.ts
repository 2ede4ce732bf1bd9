import { readFileSync } from 'node:fs';
import { PeekabooError } from '@peekaboo/shared/errors';
import { fingerprintOf } from '@peekaboo/shared/proof';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnswer } from '../../apps/sfu/src/sdp/answer.ts';
import { cases, oneCaseWithinMs } from './cases.ts';

/** Answers to a real offer of the SFU, as Chromium 156 and libdatachannel wrote them. */
const real = ['chromium', 'libdatachannel'].map((name) => readFileSync(new URL(`answers/${name}.sdp`, import.meta.url), 'utf8'));

const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((each) => Array.from(each, byteText).join(':'));
const byteText = (byte: number) => byte.toString(16).padStart(2, '0').toUpperCase();
const fingerprintLine = fc
  .tuple(
    fc.constantFrom('sha-1', 'sha-256', 'SHA-256', 'sha-384', 'md5', '', '256'),
    fc.constantFrom(' ', '  ', '\t', '\u2028', ''),
    fc.oneof(hex(32), hex(20), hex(48), fc.string()),
  )
  .map(([hash, gap, value]) => `a=fingerprint:${hash}${gap}${value}`);
const line = fc.oneof(
  fingerprintLine,
  fc.constantFrom(
    'm=video 9 UDP/TLS/RTP/SAVPF 103',
    'm=audio 0 RTP/AVP 0',
    'a=recvonly',
    'a=sendrecv',
    'a=setup:active',
    'a=setup:actpass',
    'a=inactive',
    'm=',
    'a=',
    '=',
  ),
  fc.string({ maxLength: 200, unit: 'binary' }),
);
const lineEnd = fc.constantFrom('\r\n', '\n', '\r', '\n\n', '\u2028', '\u0085');

/** A real answer that was cut, stretched, repeated, shuffled and spoilt. */
const altered = fc
  .tuple(
    fc.constantFrom(...real),
    fc.array(fc.tuple(fc.constantFrom('replace', 'insert', 'remove', 'repeat', 'swap', 'spoil'), fc.nat(), fc.nat(), line), {
      maxLength: 6,
    }),
    lineEnd,
  )
  .map(([answer, edits, end]) => {
    const lines = answer.split('\r\n');
    for (const [how, first, second, text] of edits) {
      const at = first % Math.max(1, lines.length);
      const other = second % Math.max(1, lines.length);
      if (how === 'replace') lines[at] = text;
      else if (how === 'insert') lines.splice(at, 0, text);
      else if (how === 'remove') lines.splice(at, 1);
      else if (how === 'repeat') lines.splice(at, 0, ...lines.slice(other, other + 12));
      else if (how === 'swap') [lines[at], lines[other]] = [lines[other] ?? '', lines[at] ?? ''];
      else lines[at] = `${lines[at]?.slice(0, other)}${text}${lines[at]?.slice(other)}`;
    }
    return lines.join(end).slice(0, 20_000);
  });

test('an answer, however altered, is read or refused in time; what is read is the fingerprint that was signed', () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.oneof({ weight: 9, arbitrary: altered }, fc.string({ maxLength: 20_000, unit: 'binary' })),
      fc.integer({ min: 1, max: 3 }),
      (sdp, tracks) => {
        const began = performance.now();
        let read: ReturnType<typeof readAnswer> | undefined;
        try {
          read = readAnswer(sdp, tracks);
        } catch (error) {
          if (!(error instanceof PeekabooError) || error.code !== 'ANSWER_UNUSABLE') throw error;
        }
        const signed = fingerprintOf(sdp); // what signal compares with the proof
        if (performance.now() - began > oneCaseWithinMs) throw new Error('took too long');
        if (!read) return;
        accepted += 1;
        const [fingerprint, ...more] = read.fingerprints;
        expect(more).toEqual([]);
        expect(fingerprint?.value).toMatch(/^([0-9A-F]{2}:){31,63}[0-9A-F]{2}$/);
        expect(sdp.toUpperCase()).toContain(`A=FINGERPRINT:${fingerprint?.algorithm.toUpperCase()} ${fingerprint?.value}`);
        if (signed !== undefined) expect(`${fingerprint?.algorithm} ${fingerprint?.value}`).toBe(signed);
      },
    ),
    cases as never,
  );
  expect(accepted).toBeGreaterThan(Number(cases.numRuns) / 100);
});
