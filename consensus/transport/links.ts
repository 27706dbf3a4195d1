import type { NodeId } from '../core/types.ts';

/** What a frame is about. Unplugging and cut links drop all but `monitor`. */
export const channels = ['raft', 'forward', 'fill', 'monitor'] as const;
export type Channel = (typeof channels)[number];

/** A payload is what msgpackr carries: plain objects, arrays, strings, numbers, booleans, null, Uint8Array. */
export type Payload = unknown;

export interface LinkState {
  readonly to: NodeId;
  /** The connection is up and authenticated. */
  readonly open: boolean;
  /** Cut by an operator in this direction. */
  readonly cut: boolean;
  readonly roundTripMs: number | null;
}

/** Why a request got no answer. `unsent`: it never left, so it cannot have taken effect; else nobody knows. */
export interface RequestFailure {
  readonly kind: 'unsent' | 'timeout' | 'closed';
}

/**
 * One long-lived connection per pair and direction. Messages leave in the order of `send`; a connection that is down or whose
 * buffer is full (`sendBufferBytesMax`) drops them, as a network would: every user retries or times out.
 */
export interface Links {
  readonly self: NodeId;
  /** False when the message was dropped at once. */
  send(to: NodeId, channel: Channel, payload: Payload): boolean;
  /** Rejects with a LinkError that carries a RequestFailure or the error the other side answered with. */
  request(to: NodeId, channel: Channel, payload: Payload, options: { readonly timeoutMs: number }): Promise<Payload>;
  onMessage(channel: Channel, handler: (from: NodeId, payload: Payload) => void): void;
  /** The handler's result, or its error (code and message), is the answer. One handler a channel. */
  onRequest(channel: Channel, handler: (from: NodeId, payload: Payload) => Promise<Payload>): void;
  /** Called when an open connection from or to this node closes. */
  onClosed(handler: (peer: NodeId) => void): void;
  /** Adds a peer or changes its address; null forgets it. */
  setPeer(id: NodeId, address: { readonly host: string; readonly port: number } | null): void;
  setCut(to: NodeId, cut: boolean): void;
  setPlugged(plugged: boolean): void;
  isPlugged(): boolean;
  states(): readonly LinkState[];
  close(): Promise<void>;
}
