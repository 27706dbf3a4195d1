import { createHmac, timingSafeEqual } from 'node:crypto';
import type { NodeId } from '../core/types.ts';
import type { FrameKind } from './frame.ts';

/**
 * How two nodes prove to each other that they hold the cluster secret, before either takes any other frame:
 *
 *     dialler                                   acceptor
 *     hello { from, to, cluster, schema, nonce }  →
 *                            ←  challenge { node, cluster, schema, nonce }
 *     proof  HMAC(secret, 'dial'   + transcript)  →
 *                            ←  welcome HMAC(secret, 'accept' + transcript)
 *
 * The transcript is hello and challenge as the bytes that were sent, and, under TLS, a value that both ends derive from that
 * very session. Both nonces are fresh, so recorded bytes prove nothing a second time; the two labels differ, so a proof cannot
 * be sent back to its author; the intended target is in it, so it cannot be used at another node. The dialler proves itself
 * first: a stranger who connects gets nothing computed from the secret to try passwords on. A side that does not want to go on
 * says why in a `refusal { code, message }` and closes.
 *
 * This authenticates the peer. That nobody changes bytes on the way afterwards is what TLS is for.
 */
export interface HandshakeSettings {
  readonly self: NodeId;
  /** Null while the node has not been founded; such a node is welcome, on the channel `monitor` alone. */
  readonly clusterId: string | null;
  readonly schemaDigest: string;
  readonly secret: string;
  /** Fresh for each connection; 32 random bytes. */
  readonly nonce: Buffer;
  /** What TLS derived for this session; empty without TLS. */
  readonly channelBinding: Buffer;
}

/** Who is at the other end, proven. */
export interface PeerIdentity {
  readonly id: NodeId;
  readonly clusterId: string | null;
  readonly schemaDigest: string;
}

const handshakeRefusals = ['MALFORMED', 'WRONG_TARGET', 'WRONG_CLUSTER', 'WRONG_SECRET', 'OWN_ID'] as const;

/** The handshake failed. `code` is one of `handshakeRefusals`, or what the other side gave as its reason. */
export class HandshakeRefused extends Error {
  readonly code: string;
  /** The other side refused: there is nobody left to tell. */
  readonly byPeer: boolean;

  constructor(fields: { readonly code: string; readonly message: string; readonly byPeer: boolean }) {
    super(fields.message);
    this.name = 'HandshakeRefused';
    this.code = fields.code;
    this.byPeer = fields.byPeer;
  }
}

export interface HandshakeFrame {
  readonly kind: FrameKind;
  readonly body: Buffer;
}

/** What one received frame led to. The handshake is over when `peer` is there. */
export interface HandshakeStep {
  readonly send: HandshakeFrame | null;
  readonly peer: PeerIdentity | null;
}

const proofBytes = 32;
const nonceBytes = 32;
const nameLengthMax = 256;
const nodeIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

interface Introduction {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly clusterId: string | null;
  readonly schemaDigest: string;
}

/** The side that opened the connection. Pure: bytes in, bytes out; throws HandshakeRefused. */
export class DiallerHandshake {
  readonly #settings: HandshakeSettings;
  readonly #target: NodeId;
  readonly #hello: Buffer;
  #challenge: Buffer | null = null;
  #acceptor: PeerIdentity | null = null;

  constructor(settings: HandshakeSettings, target: NodeId) {
    this.#settings = settings;
    this.#target = target;
    this.#hello = introduce(settings, target);
  }

  start(): HandshakeFrame {
    return { kind: 'hello', body: this.#hello };
  }

  receive(kind: FrameKind, body: Buffer): HandshakeStep {
    if (kind === 'refusal') throw refusedByPeer(body);
    if (kind === 'challenge' && this.#challenge === null) return this.#onChallenge(body);
    if (kind === 'welcome' && this.#challenge !== null) return this.#onWelcome(body, this.#challenge);
    throw refuse('MALFORMED', `a dialler does not expect the frame "${kind}" now`);
  }

  #onChallenge(body: Buffer): HandshakeStep {
    const introduction = readIntroduction(body);
    if (introduction.from !== this.#target || introduction.to !== this.#settings.self) {
      throw refuse('WRONG_TARGET', `${this.#target} was dialled, and ${introduction.from} answered`);
    }
    checkCluster(this.#settings, introduction);
    this.#challenge = Buffer.from(body);
    this.#acceptor = identityOf(introduction);
    return { send: { kind: 'proof', body: prove('dial', this.#settings, this.#hello, this.#challenge) }, peer: null };
  }

  #onWelcome(body: Buffer, challenge: Buffer): HandshakeStep {
    checkProof(body, prove('accept', this.#settings, this.#hello, challenge));
    return { send: null, peer: this.#acceptor };
  }
}

/** The side that was connected to. Pure: bytes in, bytes out; throws HandshakeRefused. */
export class AcceptorHandshake {
  readonly #settings: HandshakeSettings;
  #hello: Buffer | null = null;
  #challenge: Buffer | null = null;
  #dialler: PeerIdentity | null = null;

  constructor(settings: HandshakeSettings) {
    this.#settings = settings;
  }

  receive(kind: FrameKind, body: Buffer): HandshakeStep {
    if (kind === 'refusal') throw refusedByPeer(body);
    if (kind === 'hello' && this.#hello === null) return this.#onHello(body);
    if (kind === 'proof' && this.#hello !== null && this.#challenge !== null) {
      return this.#onProof(body, this.#hello, this.#challenge);
    }
    throw refuse('MALFORMED', `an acceptor does not expect the frame "${kind}" now`);
  }

  #onHello(body: Buffer): HandshakeStep {
    const introduction = readIntroduction(body);
    const { self } = this.#settings;
    if (introduction.to !== self) throw refuse('WRONG_TARGET', `${introduction.to} was dialled, and this is ${self}`);
    if (introduction.from === self) throw refuse('OWN_ID', `a second node calls itself ${self}`);
    checkCluster(this.#settings, introduction);
    this.#hello = Buffer.from(body);
    this.#dialler = identityOf(introduction);
    this.#challenge = introduce(this.#settings, introduction.from);
    return { send: { kind: 'challenge', body: this.#challenge }, peer: null };
  }

  #onProof(body: Buffer, hello: Buffer, challenge: Buffer): HandshakeStep {
    checkProof(body, prove('dial', this.#settings, hello, challenge));
    return { send: { kind: 'welcome', body: prove('accept', this.#settings, hello, challenge) }, peer: this.#dialler };
  }
}

/** The frame that tells the other side why. Holds nothing that the code does not say. */
export function refusalFrame(refusal: { readonly code: string; readonly message: string }): HandshakeFrame {
  const body = JSON.stringify({ code: refusal.code, message: refusal.message.slice(0, nameLengthMax) });
  return { kind: 'refusal', body: Buffer.from(body) };
}

/** Two founded nodes belong together only if they are of one cluster; a node without one may still ask. */
export function isForeignCluster(own: string | null, theirs: string | null): boolean {
  return own !== null && theirs !== null && own !== theirs;
}

function refuse(code: (typeof handshakeRefusals)[number], message: string): HandshakeRefused {
  return new HandshakeRefused({ code, message, byPeer: false });
}

function introduce(settings: HandshakeSettings, to: NodeId): Buffer {
  return Buffer.from(
    JSON.stringify({
      from: settings.self,
      to,
      cluster: settings.clusterId,
      schema: settings.schemaDigest,
      nonce: settings.nonce.toString('base64'),
    }),
  );
}

function checkCluster(settings: HandshakeSettings, introduction: Introduction): void {
  if (!isForeignCluster(settings.clusterId, introduction.clusterId)) return;
  throw refuse(
    'WRONG_CLUSTER',
    `${introduction.from} is of cluster ${introduction.clusterId}, ${settings.self} of cluster ${settings.clusterId}`,
  );
}

function prove(label: 'dial' | 'accept', settings: HandshakeSettings, hello: Buffer, challenge: Buffer): Buffer {
  const hmac = createHmac('sha256', settings.secret);
  // Every part is preceded by its length, so no two transcripts run together into the same bytes.
  for (const part of [Buffer.from(`instaface ${label}`), hello, challenge, settings.channelBinding]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    hmac.update(length).update(part);
  }
  return hmac.digest();
}

function checkProof(given: Buffer, expected: Buffer): void {
  if (given.length === proofBytes && timingSafeEqual(given, expected)) return;
  throw refuse('WRONG_SECRET', 'the other side does not prove that it holds the cluster secret');
}

function identityOf(introduction: Introduction): PeerIdentity {
  return { id: introduction.from, clusterId: introduction.clusterId, schemaDigest: introduction.schemaDigest };
}

function refusedByPeer(body: Buffer): HandshakeRefused {
  const fields = readFields(body);
  const code = isName(fields['code']) ? fields['code'] : 'MALFORMED';
  const message = isName(fields['message']) ? fields['message'] : 'the other side gave no reason';
  return new HandshakeRefused({ code, message: `refused by the other side: ${message}`, byPeer: true });
}

function readIntroduction(body: Buffer): Introduction {
  const { from, to, cluster, schema, nonce } = readFields(body);
  if (!isNodeId(from) || !isNodeId(to))
    throw refuse('MALFORMED', 'node ids are 1 to 64 letters, digits, ".", "_", "-"');
  if (cluster !== null && !isName(cluster)) throw refuse('MALFORMED', 'a cluster id is a short text or null');
  if (typeof schema !== 'string' || schema.length > nameLengthMax) {
    throw refuse('MALFORMED', 'the digest of a schema is a short text');
  }
  if (typeof nonce !== 'string' || Buffer.from(nonce, 'base64').length !== nonceBytes) {
    throw refuse('MALFORMED', `a nonce is ${nonceBytes} bytes in base64`);
  }
  return { from, to, clusterId: cluster, schemaDigest: schema };
}

function readFields(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw refuse('MALFORMED', 'the body is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw refuse('MALFORMED', 'the body is no object');
  return value as Record<string, unknown>;
}

function isNodeId(value: unknown): value is NodeId {
  return typeof value === 'string' && nodeIdPattern.test(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= nameLengthMax;
}
