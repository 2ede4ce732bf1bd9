import { createCipheriv, createHmac } from 'node:crypto';

/** Protects RTCP as the client of a DTLS handshake does, with SRTP_AES128_CM_HMAC_SHA1_80 (RFC 3711 section 3.4, RFC 5764 section 4.2). */
export class Srtcp {
  readonly #key: Buffer;
  readonly #authKey: Buffer;
  readonly #salt: Buffer;
  #index = 0;

  /** @param exported the 60 bytes that the handshake exports as `EXTRACTOR-dtls_srtp`. */
  constructor(exported: Buffer) {
    const [masterKey, masterSalt] = [exported.subarray(0, 16), exported.subarray(32, 46)];
    const derive = (label: number, length: number) => {
      const iv = Buffer.concat([masterSalt, Buffer.alloc(2)]);
      iv[7] = (iv[7] as number) ^ label;
      return createCipheriv('aes-128-ctr', masterKey, iv).update(Buffer.alloc(length));
    };
    [this.#key, this.#authKey, this.#salt] = [derive(3, 16), derive(4, 20), derive(5, 14)];
  }

  /** The next packet: good once. `rtcp` begins with a header and an SSRC, whatever comes then. */
  protect(rtcp: Buffer): Buffer {
    this.#index += 1;
    const iv = Buffer.concat([this.#salt, Buffer.alloc(2)]);
    iv.writeUInt32BE((iv.readUInt32BE(4) ^ rtcp.readUInt32BE(4)) >>> 0, 4);
    iv.writeUInt32BE((iv.readUInt32BE(10) ^ this.#index) >>> 0, 10);
    const index = Buffer.alloc(4);
    index.writeUInt32BE((0x8000_0000 | this.#index) >>> 0);
    const hidden = createCipheriv('aes-128-ctr', this.#key, iv).update(rtcp.subarray(8));
    const packet = Buffer.concat([rtcp.subarray(0, 8), hidden, index]);
    return Buffer.concat([packet, createHmac('sha1', this.#authKey).update(packet).digest().subarray(0, 10)]);
  }
}
