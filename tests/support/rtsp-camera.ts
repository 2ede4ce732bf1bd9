import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('rtsp-camera.py', import.meta.url));

export type Encoding = 'baseline' | 'main' | 'high' | 'b-frames' | 'mjpeg';

/** A real RTSP camera, as a process of its own. */
export class RtspCamera {
  readonly port: number;
  #process: ChildProcess;

  private constructor(port: number, process: ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  static async start(options: {
    user: string;
    password: string;
    encoding: Encoding;
    port?: number;
    keyframeInterval?: number;
  }): Promise<RtspCamera> {
    const port = options.port ?? (await freePort());
    const { user, password, encoding, keyframeInterval = 15 } = options;
    // Debian's GStreamer bindings belong to Debian's own Python.
    const child = spawn('/usr/bin/python3', [script, `${port}`, user, password, encoding, `${keyframeInterval}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return new RtspCamera(port, child);
  }

  get address(): string {
    return `rtsp://127.0.0.1:${this.port}/room1`;
  }

  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
