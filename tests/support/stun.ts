import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

type Attribute = [type: number, value: Buffer];

/** A STUN binding request (RFC 8489 section 5) with these attributes. */
export function stun(attributes: Attribute[]): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(0x0001, 0);
  header.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(header, 8);
  return attributes.reduce(withAttribute, header);
}

/** The connectivity check of a browser (RFC 8445 section 7.1) that controls, nominates at once and knows the password. */
export function check(username: string, password: string): Buffer {
  const request = stun([
    [0x0006, Buffer.from(username)],
    [0x0024, Buffer.from('7e0000ff', 'hex')], // PRIORITY
    [0x802a, randomBytes(8)], // ICE-CONTROLLING
    [0x0025, Buffer.alloc(0)], // USE-CANDIDATE
  ]);
  // Both cover a header that counts the attribute itself already (RFC 8489 sections 14.5 and 14.7).
  const signed = createHmac('sha1', password)
    .update(withAttribute(request, [0x0008, Buffer.alloc(20)]).subarray(0, -24))
    .digest();
  const proven = withAttribute(request, [0x0008, signed]);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(withAttribute(proven, [0x8028, fingerprint]).subarray(0, -8)) ^ 0x5354554e) >>> 0);
  return withAttribute(proven, [0x8028, fingerprint]);
}

function withAttribute(message: Buffer, [type, value]: Attribute): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  const whole = Buffer.concat([message, head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
  whole.writeUInt16BE(whole.length - 20, 2);
  return whole;
}
