import type { IceServers } from '@peekaboo/shared/wire';
import SimplePeer from 'simple-peer';
import { fitProfiles } from './h264-profile.ts';

type PeerEvents = {
  /** The answer to send. The SFU is ICE-lite and finds us by our checks, so it needs no candidates and this leaves at once. */
  answer(sdp: string): void;
  /** One camera's pictures, and its sound if it has any; the stream's id is the camera's. `framesDecoded` counts its pictures. */
  stream(stream: MediaStream, framesDecoded: () => Promise<number>): void;
  /** No picture will come any more, by whoever's hand. */
  failed(): void;
};

/** Whether this browser can show live pictures at all. */
export const canReceive: boolean = SimplePeer.WEBRTC_SUPPORT;

/** Receives what an SFU offers. After `close` no event comes any more. */
export function receive(offer: string, iceServers: IceServers, events: PeerEvents): { close(): void } {
  let closed = false;
  const fail = () => !closed && events.failed();
  // `iceServers` replaces simple-peer's default, which would ask strangers' STUN servers.
  const peer = new SimplePeer({ initiator: false, trickle: true, config: { iceServers: iceServers as RTCIceServer[] } });
  peer.on('signal', (signal) => {
    if (closed || signal.type !== 'answer' || !('sdp' in signal) || !signal.sdp) return;
    onTransportEnd(peer, fail);
    events.answer(signal.sdp);
  });
  // Not `connect`: that one waits for a data channel, and there is none.
  peer.on('stream', (stream) => !closed && events.stream(stream, () => framesDecoded(connectionOf(peer), stream)));
  peer.on('error', fail);
  peer.on('close', fail);
  peer.signal({ type: 'offer', sdp: fitProfiles(offer) });
  return {
    close() {
      closed = true;
      peer.destroy();
    },
  };
}

/**
 * An SFU that closes a view says so on the way of the media itself (close_notify, RFC 5246 section 7.2.1): sooner than signalling does, and also when signal is
 * down. simple-peer does not listen for it, as the connection counts as connected until ICE has given up.
 */
function onTransportEnd(peer: SimplePeer.Instance, ended: () => void): void {
  for (const { transport } of connectionOf(peer).getReceivers())
    transport?.addEventListener('statechange', () => transport.state === 'closed' && ended());
}

function connectionOf(peer: SimplePeer.Instance): RTCPeerConnection {
  return (peer as unknown as { _pc: RTCPeerConnection })._pc;
}

/** By the statistics of the connection (W3C WebRTC Statistics, RTCInboundRtpStreamStats). */
async function framesDecoded(connection: RTCPeerConnection, stream: MediaStream): Promise<number> {
  const [track] = stream.getVideoTracks();
  const report = await connection
    .getReceivers()
    .find((receiver) => receiver.track === track)
    ?.getStats();
  const inbound = [...(report?.values() ?? [])].find(({ type }) => type === 'inbound-rtp');
  return inbound?.framesDecoded ?? 0;
}
