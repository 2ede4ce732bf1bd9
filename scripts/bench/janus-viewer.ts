import { once } from 'node:events';
import { HeadlessPeer } from '@peekaboo/headless-viewer/headless-peer';
import { z } from 'zod';

const answersWithinMs = 8_000;

/** What Janus says; only what is needed of it. Its API: https://janus.conf.meetecho.com/docs/rest.html */
const words = z.object({
  janus: z.string(),
  transaction: z.string().optional(),
  data: z.object({ id: z.number() }).optional(),
  plugindata: z.object({ data: z.record(z.string(), z.unknown()) }).optional(),
  jsep: z.object({ sdp: z.string() }).optional(),
  error: z.object({ reason: z.string() }).optional(),
});
type Words = z.infer<typeof words>;

/** The same headless viewer, at the streaming plugin of a Janus server. */
export class JanusViewer extends HeadlessPeer {
  offer = '';
  readonly #socket: WebSocket;
  readonly #waiting = new Map<
    string,
    { until: (said: Words) => boolean; resolve: (said: Words) => void; reject: (error: Error) => void }
  >();
  #asked = 0;
  #place: { session_id?: number; handle_id?: number } = {};

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#heard(words.parse(JSON.parse(String(data)))));
  }

  /** With a session and a handle of its own: what can be done before somebody clicks. */
  static async connect(url: string): Promise<JanusViewer> {
    const socket = new WebSocket(url, 'janus-protocol');
    await Promise.race([once(socket, 'open'), once(socket, 'error').then(() => Promise.reject(new Error('Janus cannot be reached')))]);
    const viewer = new JanusViewer(socket);
    const session = await viewer.#ask({ janus: 'create' }, isDone);
    viewer.#place = { session_id: session.data?.id ?? 0 };
    const handle = await viewer.#ask({ janus: 'attach', plugin: 'janus.plugin.streaming' }, isDone);
    viewer.#place = { ...viewer.#place, handle_id: handle.data?.id ?? 0 };
    return viewer;
  }

  /** Asks for a mountpoint and answers its offer. Resolves when the answer was accepted; media follows. */
  async watch(mountpoint: string): Promise<void> {
    const { jsep } = await this.#ask({ janus: 'message', body: { request: 'watch', id: Number(mountpoint) } }, isEvent);
    this.offer = jsep?.sdp ?? '';
    const answer = { type: 'answer', sdp: await this.answerTo(this.offer, { candidates: true }) };
    await this.#ask({ janus: 'message', body: { request: 'start' }, jsep: answer }, isEvent);
  }

  override close(): void {
    this.#socket.close();
    super.close();
  }

  #ask(request: object, until: (said: Words) => boolean): Promise<Words> {
    const transaction = String(this.#asked++);
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => reject(new Error('Janus did not answer')), answersWithinMs);
      const settled = () => {
        clearTimeout(overdue);
        this.#waiting.delete(transaction);
      };
      this.#waiting.set(transaction, {
        until,
        resolve: (said) => {
          settled();
          resolve(said);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      this.#socket.send(JSON.stringify({ ...request, ...this.#place, transaction }));
    });
  }

  #heard(said: Words): void {
    const waiting = this.#waiting.get(said.transaction ?? '');
    const refusal = said.error?.reason ?? said.plugindata?.data.error;
    if (typeof refusal === 'string') waiting?.reject(new Error(`Janus: ${refusal}`));
    else if (waiting?.until(said)) waiting.resolve(said);
  }
}

const isDone = ({ janus }: Words) => janus === 'success';
/** An acknowledgement only says that it was read. */
const isEvent = ({ janus }: Words) => janus === 'event';
