import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../core/types.ts';
import type { HandshakeFrame, HandshakeSettings, PeerIdentity } from './handshake.ts';
import { AcceptorHandshake, DiallerHandshake, HandshakeRefused } from './handshake.ts';

const n1 = 'n1' as NodeId;
const n2 = 'n2' as NodeId;
const n3 = 'n3' as NodeId;

function settings(self: NodeId, changes: Partial<HandshakeSettings> = {}): HandshakeSettings {
  return {
    self,
    clusterId: 'cluster-a',
    schemaDigest: `schema of ${self}`,
    secret: 'the secret',
    nonce: randomBytes(32),
    channelBinding: Buffer.alloc(0),
    ...changes,
  };
}

interface Outcome {
  readonly dialled: PeerIdentity | string;
  readonly accepted: PeerIdentity | string;
  readonly sentByDialler: readonly HandshakeFrame[];
}

/** Lets two sides talk until both are done or one refuses; a refusal is its code. */
function converse(dialler: DiallerHandshake, acceptor: AcceptorHandshake): Outcome {
  const sentByDialler = [dialler.start()];
  let accepted: PeerIdentity | string = 'waiting';
  let dialled: PeerIdentity | string = 'waiting';
  try {
    for (let round = 0; round < 2; round += 1) {
      const frame = sentByDialler[round];
      if (frame === undefined) break;
      const answer = acceptor.receive(frame.kind, frame.body);
      accepted = answer.peer ?? accepted;
      if (answer.send === null) break;
      try {
        const step = dialler.receive(answer.send.kind, answer.send.body);
        dialled = step.peer ?? dialled;
        if (step.send !== null) sentByDialler.push(step.send);
      } catch (error) {
        dialled = codeOf(error);
      }
    }
  } catch (error) {
    accepted = codeOf(error);
  }
  return { dialled, accepted, sentByDialler };
}

function codeOf(error: unknown): string {
  if (error instanceof HandshakeRefused) return error.code;
  throw error;
}

describe('the handshake', () => {
  it('tells each side who the other is', () => {
    const outcome = converse(new DiallerHandshake(settings(n1), n2), new AcceptorHandshake(settings(n2)));
    expect(outcome.dialled).toEqual({ id: n2, clusterId: 'cluster-a', schemaDigest: 'schema of n2' });
    expect(outcome.accepted).toEqual({ id: n1, clusterId: 'cluster-a', schemaDigest: 'schema of n1' });
  });

  it('welcomes a node that has no cluster yet, from either side', () => {
    const empty = { clusterId: null };
    const dials = converse(new DiallerHandshake(settings(n1, empty), n2), new AcceptorHandshake(settings(n2)));
    expect(dials.accepted).toMatchObject({ id: n1, clusterId: null });
    const isDialled = converse(new DiallerHandshake(settings(n1), n2), new AcceptorHandshake(settings(n2, empty)));
    expect(isDialled.dialled).toMatchObject({ id: n2, clusterId: null });
  });

  it('ends at the acceptor when the dialler does not know the secret', () => {
    const wrong = settings(n1, { secret: 'a guess' });
    expect(converse(new DiallerHandshake(wrong, n2), new AcceptorHandshake(settings(n2))).accepted).toBe(
      'WRONG_SECRET',
    );
  });

  it('ends at the dialler when the acceptor does not know the secret but pretends', () => {
    const dialler = new DiallerHandshake(settings(n1), n2);
    const acceptor = new AcceptorHandshake(settings(n2));
    const hello = dialler.start();
    const challenge = acceptor.receive(hello.kind, hello.body).send;
    dialler.receive('challenge', challenge?.body ?? Buffer.alloc(0));
    expect(() => dialler.receive('welcome', Buffer.alloc(32, 9))).toThrow(HandshakeRefused);
  });

  it('gives a stranger nothing that was computed from the secret', () => {
    const nonce = randomBytes(32);
    const acceptor = new AcceptorHandshake(settings(n2, { nonce }));
    const same = new AcceptorHandshake(settings(n2, { nonce, secret: 'another' }));
    const hello = new DiallerHandshake(settings(n1), n2).start();
    expect(acceptor.receive('hello', hello.body)).toEqual(same.receive('hello', hello.body));
  });

  it('ends between nodes of two clusters', () => {
    const other = settings(n1, { clusterId: 'cluster-b' });
    expect(converse(new DiallerHandshake(other, n2), new AcceptorHandshake(settings(n2))).accepted).toBe(
      'WRONG_CLUSTER',
    );
  });

  it('ends when another node was meant, and when a node meets its own id', () => {
    const meant = converse(new DiallerHandshake(settings(n1), n3), new AcceptorHandshake(settings(n2)));
    expect(meant.accepted).toBe('WRONG_TARGET');
    const own = converse(new DiallerHandshake(settings(n2), n2), new AcceptorHandshake(settings(n2)));
    expect(own.accepted).toBe('OWN_ID');
  });

  it('is not fooled by the recorded frames of an earlier one', () => {
    const recorded = converse(new DiallerHandshake(settings(n1), n2), new AcceptorHandshake(settings(n2)));
    const acceptor = new AcceptorHandshake(settings(n2));
    const [hello, proof] = recorded.sentByDialler;
    acceptor.receive('hello', hello?.body ?? Buffer.alloc(0));
    expect(() => acceptor.receive('proof', proof?.body ?? Buffer.alloc(0))).toThrow(/does not prove/);
  });

  it('is not fooled by its own proof sent back', () => {
    const dialler = new DiallerHandshake(settings(n1), n2);
    const hello = dialler.start();
    const challenge = new AcceptorHandshake(settings(n2)).receive('hello', hello.body).send;
    const proof = dialler.receive('challenge', challenge?.body ?? Buffer.alloc(0)).send;
    expect(() => dialler.receive('welcome', proof?.body ?? Buffer.alloc(0))).toThrow(/does not prove/);
  });

  it('ends when the two sides see different TLS sessions, as with someone in between', () => {
    const near = settings(n1, { channelBinding: Buffer.from('session 1') });
    const far = settings(n2, { channelBinding: Buffer.from('session 2') });
    expect(converse(new DiallerHandshake(near, n2), new AcceptorHandshake(far)).accepted).toBe('WRONG_SECRET');
  });

  it('ends at frames out of order and at bodies that are none', () => {
    const bodies = [
      '',
      '{',
      '7',
      'null',
      '{}',
      '{"from":"n1","to":"n2","cluster":7,"schema":"s","nonce":""}',
      '{"from":"../n1"}',
    ];
    for (const body of bodies) {
      const acceptor = new AcceptorHandshake(settings(n2));
      expect(() => acceptor.receive('hello', Buffer.from(body)), body).toThrow(HandshakeRefused);
    }
    expect(() => new AcceptorHandshake(settings(n2)).receive('proof', Buffer.alloc(32))).toThrow(/does not expect/);
    expect(() => new AcceptorHandshake(settings(n2)).receive('message', Buffer.alloc(1))).toThrow(/does not expect/);
    expect(() => new DiallerHandshake(settings(n1), n2).receive('welcome', Buffer.alloc(32))).toThrow(
      /does not expect/,
    );
  });
});
