import { PeekabooError } from '@peekaboo/shared/errors';
import type { ViewSubject } from '@peekaboo/shared/hold';
import type { Periods } from '@peekaboo/shared/periods';
import type { CloseReason } from '@peekaboo/shared/wire';
import type { types } from 'mediasoup';
import { readAnswer } from './sdp/answer.ts';
import { type OfferedTrack, writeOffer } from './sdp/offer.ts';

/** The longest delay that setTimeout can express. */
const longestTimerMs = 2 ** 31 - 1;

export type ViewEvents = { onConnected(view: View): void; onClosed(view: View, reason: CloseReason): void };

/** A producer on a viewing router, the camera that it shows, and what its viewers are assumed to receive. */
export type Source = { camera: string; producer: types.Producer; capabilities: types.RtpCapabilities };

/** One guardian's open transport to one room. */
export class View {
  readonly id: string;
  readonly subject: ViewSubject;
  /** The signal link it belongs to; its lease keeps the view open. */
  readonly link: string;
  /** The cameras whose pictures it carries: those offered, less those lost since. */
  readonly cameras: Set<string>;
  readonly #transport: types.WebRtcTransport;
  readonly #events: ViewEvents;
  #trackCount = 0;
  #state: 'offered' | 'answered' | 'connected' | 'closed' = 'offered';
  #limit: NodeJS.Timeout | undefined;
  readonly #connectTimer: NodeJS.Timeout;

  private constructor(options: {
    id: string;
    subject: ViewSubject;
    link: string;
    transport: types.WebRtcTransport;
    cameras: Set<string>;
    events: ViewEvents;
    connectWithinMs: number;
  }) {
    this.id = options.id;
    this.subject = options.subject;
    this.link = options.link;
    this.cameras = options.cameras;
    this.#transport = options.transport;
    this.#events = options.events;
    this.#connectTimer = setTimeout(() => this.close('never-connected'), options.connectWithinMs);
    this.#transport.on('dtlsstatechange', (state) => {
      if (state === 'connected') this.#connected();
      else if (state === 'failed' || state === 'closed') this.close('guardian-gone');
    });
    this.#transport.on('icestatechange', (state) => {
      if (state === 'disconnected' || state === 'closed') this.close('guardian-gone');
    });
  }

  /** Opens a transport on the viewing router. Nothing flows until the answer has come and DTLS is up. */
  static async open(options: {
    id: string;
    subject: ViewSubject;
    link: string;
    router: types.Router;
    webRtcServer: types.WebRtcServer;
    sources: Source[];
    events: ViewEvents;
    /** `connectWithinMs`: from the offer to a finished DTLS handshake; `consentMs`: how long a browser may be silent (RFC 7675). */
    periods: Periods['view'];
  }): Promise<View> {
    const { router, webRtcServer, sources, periods } = options;
    const transport = await router.createWebRtcTransport({ webRtcServer, preferUdp: true, iceConsentTimeout: periods.consentMs / 1_000 });
    const cameras = new Set(sources.map(({ camera }) => camera));
    return new View({ ...options, transport, cameras, connectWithinMs: periods.connectWithinMs });
  }

  /** The complete SDP offer, with one sendonly track for each source. */
  async offer(sources: Source[]): Promise<string> {
    const tracks: OfferedTrack[] = await Promise.all(
      sources.map(async ({ camera, producer, capabilities: rtpCapabilities }) => {
        const consumer = await this.#transport.consume({ producerId: producer.id, rtpCapabilities });
        return { camera, kind: consumer.kind, rtpParameters: consumer.rtpParameters };
      }),
    );
    this.#trackCount = tracks.length;
    const { iceParameters, iceCandidates, dtlsParameters } = this.#transport;
    return writeOffer({ iceParameters, iceCandidates, fingerprints: dtlsParameters.fingerprints, tracks });
  }

  /**
   * @param fingerprint of the certificate that the guardian's device has signed; no other takes part in this view.
   * @throws PeekabooError ALREADY_ANSWERED, VIEW_UNKNOWN when closed, ANSWER_UNUSABLE, FINGERPRINT_UNPROVEN.
   */
  async answer(sdp: string, fingerprint: string): Promise<void> {
    if (this.closed) throw new PeekabooError('VIEW_UNKNOWN');
    if (this.#state !== 'offered') throw new PeekabooError('ALREADY_ANSWERED');
    const dtlsParameters = readAnswer(sdp, this.#trackCount);
    const [first] = dtlsParameters.fingerprints;
    if (`${first?.algorithm} ${first?.value}` !== fingerprint) throw new PeekabooError('FINGERPRINT_UNPROVEN');
    this.#state = 'answered';
    await this.#transport.connect({ dtlsParameters });
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** Closes the view `ms` from now, whoever is or is not there to say so. Replaces an earlier limit. */
  limit(ms: number): void {
    clearTimeout(this.#limit);
    if (!this.closed) this.#limit = setTimeout(() => this.close('expired'), Math.min(ms, longestTimerMs));
  }

  /** Idempotent. After the worker has carried it out no packet leaves for this viewer. */
  close(reason: CloseReason): void {
    if (this.closed) return;
    this.#end();
    this.#transport.close();
    this.#events.onClosed(this, reason);
  }

  /** The viewing router below was closed, and the transport with it: only the bookkeeping is left to do. */
  routerClosed(reason: CloseReason): void {
    if (this.closed) return;
    this.#end();
    this.#events.onClosed(this, reason);
  }

  #end(): void {
    this.#state = 'closed';
    clearTimeout(this.#limit);
    clearTimeout(this.#connectTimer);
    this.#transport.removeAllListeners('dtlsstatechange');
    this.#transport.removeAllListeners('icestatechange');
  }

  #connected(): void {
    if (this.#state !== 'answered') return;
    this.#state = 'connected';
    clearTimeout(this.#connectTimer);
    this.#events.onConnected(this);
  }
}
