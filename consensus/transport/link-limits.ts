/** Every bound of the links of one node. All bytes are of encoded frames. */
export interface LinkLimits {
  /** The longest frame that is sent or taken, header included. A peer that announces more is disconnected. */
  readonly frameBytesMax: number;
  /** What may wait for one peer. At the bound messages are dropped, so at most this and one more frame is ever held. */
  readonly sendBufferBytesMax: number;
  /** From connect or accept to the end of the handshake, TLS included. */
  readonly handshakeTimeoutMs: number;
  /** Accepted sockets that have not proven themselves. At the bound the oldest makes room: an honest one takes milliseconds. */
  readonly handshakesMax: number;
  /** Authenticated connections from other nodes. */
  readonly inboundPeersMax: number;
  /** Requests of this node that wait for an answer, over all peers. */
  readonly pendingRequestsMax: number;
  /** Requests of other nodes whose handlers have not answered yet, over all peers. */
  readonly servedRequestsMax: number;
  readonly pingIntervalMs: number;
  /** A connection on which so many pings in a row brought nothing back is closed. */
  readonly silentPingsMax: number;
  /** The first pause before dialling again; doubles up to `redialMsMax`. */
  readonly redialMsMin: number;
  readonly redialMsMax: number;
}

export const defaultLinkLimits: LinkLimits = Object.freeze({
  frameBytesMax: 16 * 1024 * 1024,
  sendBufferBytesMax: 32 * 1024 * 1024,
  handshakeTimeoutMs: 3_000,
  handshakesMax: 64,
  inboundPeersMax: 256,
  pendingRequestsMax: 65_536,
  servedRequestsMax: 16_384,
  pingIntervalMs: 1_000,
  silentPingsMax: 10,
  redialMsMin: 20,
  redialMsMax: 500,
});

/** Before the handshake is over a peer is a stranger and gets room for nothing but the handshake. */
export const handshakeFrameBytesMax = 4_096;

/**
 * The pause before the `attempt`-th try (0 is the first) to reach a peer again: exponential, and spread over its upper half so that nodes that
 * lost the same peer do not come back in step.
 */
export function redialDelayMs(
  attempt: number,
  limits: Pick<LinkLimits, 'redialMsMin' | 'redialMsMax'>,
  random: number,
): number {
  const full = Math.min(limits.redialMsMax, limits.redialMsMin * 2 ** Math.min(attempt, 30));
  return full * (0.5 + 0.5 * random);
}
