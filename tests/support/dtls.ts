import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { until } from './until.ts';

const local = '127.0.0.1';

/** OpenSSL's own DTLS client, of which each datagram is at hand. It begins at once. */
export class DtlsClient {
  readonly #program: ChildProcess;
  readonly #side: Socket;
  #words = '';
  #port: number | undefined;

  private constructor(program: ChildProcess, side: Socket, onDatagram: (datagram: Buffer) => void) {
    this.#program = program;
    this.#side = side;
    program.stdout?.on('data', (chunk) => (this.#words += chunk));
    side.on('message', (datagram, { port }) => {
      this.#port = port;
      onDatagram(datagram);
    });
  }

  static async start(
    { certificate, key }: { certificate: string; key: string },
    onDatagram: (datagram: Buffer) => void,
  ): Promise<DtlsClient> {
    const side = createSocket('udp4').bind(0, local);
    await once(side, 'listening');
    const srtp = ['-use_srtp', 'SRTP_AES128_CM_SHA1_80', '-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', '60'];
    const args = ['s_client', '-dtls1_2', '-connect', `${local}:${side.address().port}`, '-cert', certificate, '-key', key, ...srtp];
    return new DtlsClient(spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'] }), side, onDatagram);
  }

  /** Hands it what the other end answered. */
  receive(datagram: Buffer): void {
    if (this.#port !== undefined) this.#side.send(datagram, this.#port, local);
  }

  /** The key material of the finished handshake. */
  async exported(): Promise<Buffer> {
    return Buffer.from(await until('DTLS is up', () => /Keying material: ([0-9A-F]{120})/.exec(this.#words)?.[1]), 'hex');
  }

  close(): void {
    this.#program.kill('SIGKILL');
    this.#side.close();
  }
}

/** Whether OpenSSL's DTLS server answers this datagram. */
export async function isAnsweredByDtls(datagram: Buffer, { certificate, key }: { certificate: string; key: string }): Promise<boolean> {
  const socket = createSocket('udp4').bind(0, local);
  await once(socket, 'listening');
  const port = 40_000 + (socket.address().port % 9_000);
  const server = spawn('openssl', ['s_server', '-dtls1_2', '-accept', `${local}:${port}`, '-cert', certificate, '-key', key], {
    stdio: 'pipe',
  });
  let answered = false;
  socket.on('message', () => (answered = true)).on('error', () => undefined);
  try {
    await once(server.stdout, 'data'); // ACCEPT
    for (let attempt = 0; attempt < 20 && !answered; attempt += 1) {
      socket.send(datagram, port, local);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return answered;
  } finally {
    server.kill('SIGKILL');
    socket.close();
  }
}
