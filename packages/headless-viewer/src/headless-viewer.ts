import { ask } from '@peekaboo/shared/ask';
import { type Credentials, fingerprintOf, makeAnswerProof, makeProof } from '@peekaboo/shared/proof';
import { onTells } from '@peekaboo/shared/tell';
import { type CloseReason, guardianAsks, guardianTells, namespaces, type RoomsSnapshot } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io-client';
import { HeadlessPeer } from './headless-peer.ts';
import { LearntClock } from './learnt-clock.ts';
import { connectedInTime, connectSocket } from './socket.ts';

const askTimeoutMs = 8_000;

/** A guardian's browser without a screen, by the real protocol. */
export class HeadlessViewer extends HeadlessPeer {
  readonly socket: Socket;
  readonly #url: string;
  readonly #clock: LearntClock;
  credentials: Credentials;
  rooms: RoomsSnapshot | undefined;
  readonly closed: { view: string; reason: CloseReason }[] = [];
  view: string | undefined;
  /** When signal says that the view ends, in milliseconds since the Unix epoch. */
  validUntil: number | undefined;
  offer = '';

  private constructor(url: string, socket: Socket, credentials: Credentials, clock: LearntClock) {
    super();
    this.#url = url;
    this.#clock = clock;
    this.socket = socket;
    this.credentials = credentials;
    onTells(
      socket,
      guardianTells,
      {
        rooms: (rooms) => {
          this.rooms = rooms;
        },
        'view.limit': ({ view, validUntil }) => {
          if (view === this.view) this.validUntil = validUntil;
        },
        'view.closed': (closed) => this.closed.push(closed),
      },
      (error) => {
        throw error;
      },
    );
  }

  /** Connects; rejects with the server's refusal (its `data` is the WireError). */
  static async connect(url: string, credentials: Credentials): Promise<HeadlessViewer> {
    const clock = new LearntClock();
    const socket = connectSocket(url, 'guardian', credentials, {}, clock);
    const viewer = new HeadlessViewer(url, socket, credentials, clock);
    await connectedInTime(socket, clock);
    return viewer;
  }

  /** Asks for the next pass, as a page does long before this one runs out. */
  async renew(): Promise<void> {
    const { pass, key } = this.credentials;
    const proof = await makeProof(key, { method: 'POST', url: `${this.#url}${namespaces.guardian}`, pass, now: this.#clock.now() });
    this.credentials = { key, pass: (await ask(this.socket, guardianAsks, 'renew', { proof }, askTimeoutMs)).pass };
  }

  stateOf(room: string): string | undefined {
    return this.rooms?.rooms.find(({ id }) => id === room)?.state.state;
  }

  /** Asks for a room and answers its offer. Resolves when the answer was accepted; media follows. */
  async watch(room: string): Promise<void> {
    const reply = await ask(this.socket, guardianAsks, 'watch', { room }, askTimeoutMs);
    this.view = reply.view;
    this.validUntil = reply.validUntil;
    this.offer = reply.offer;
    const answer = await this.signed(reply.view, await this.answerTo(reply.offer));
    await ask(this.socket, guardianAsks, 'answer', answer, askTimeoutMs);
  }

  /** An answer to this view, with the proof that this viewer made it. */
  async signed(view: string, sdp: string): Promise<{ view: string; sdp: string; proof: string }> {
    const { pass, key } = this.credentials;
    return { view, sdp, proof: await makeAnswerProof(key, { view, fingerprint: fingerprintOf(sdp) ?? '', pass, now: this.#clock.now() }) };
  }

  override close(): void {
    this.socket.disconnect();
    super.close();
  }
}
