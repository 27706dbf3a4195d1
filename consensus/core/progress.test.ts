import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Log } from './log.ts';
import { lesser, plus } from './log-index.ts';
import { Progress } from './progress.ts';
import { logOf, nodeId } from './testing-network.ts';
import type { LogIndex, SnapshotMark, Term } from './types.ts';

const index = (value: number) => value as LogIndex;
const start: SnapshotMark = {
  index: index(0),
  term: 0 as Term,
  configuration: { voters: [nodeId('n1')], learners: [] },
};

function progress(nextIndex: number, messagesMax = 4): Progress {
  const options = { id: nodeId('n2'), nextIndex: index(nextIndex), nowTick: 0 };
  return new Progress({ ...options, inflightMessagesMax: messagesMax, inflightBytesMax: 1000 });
}

/** Terms that grow by steps of 2 from `first` on, so that two branches never share one. */
function branch(first: number, steps: readonly number[]): readonly number[] {
  let term = first;
  return steps.map((step) => (term += step * 2));
}

describe('how far a peer is known to be', () => {
  test('match never falls, next stays beyond it, and is the number after what was sent, whatever arrives in whatever order', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), entries: fc.nat(4) }),
      fc.record({ kind: fc.constant('answer' as const), at: fc.nat(30) }),
      fc.record({ kind: fc.constant('refuse' as const), at: fc.nat(30), hint: fc.nat(30) }),
      fc.record({ kind: fc.constant('disconnect' as const) }),
      fc.record({ kind: fc.constant('snapshot' as const) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(event, { maxLength: 80 }), (first, events) => {
        const peer = progress(first);
        let match = 0;
        let sentUpTo = first - 1;
        for (const drawn of events) {
          const { nextIndex, state } = peer;
          if (drawn.kind === 'send' && state !== 'snapshot') {
            const last = plus(nextIndex, drawn.entries);
            peer.sent(last, 10);
            sentUpTo = Math.max(sentUpTo, last);
            expect(peer.nextIndex).toBe(state === 'replicate' ? last + 1 : nextIndex);
          } else if (drawn.kind === 'answer') {
            // A peer acknowledges what it was sent, never more.
            const upTo = Math.min(drawn.at, sentUpTo);
            peer.acknowledge(index(upTo));
            match = Math.max(match, upTo);
            expect(peer.state).toBe('replicate');
          } else if (drawn.kind === 'refuse') {
            const isTaken = peer.refuse(index(drawn.at), index(Math.min(drawn.hint, drawn.at)));
            if (!isTaken) expect(peer).toMatchObject({ nextIndex, state });
            else expect(peer.nextIndex).toBeLessThanOrEqual(Math.max(match + 1, drawn.at));
          } else if (drawn.kind === 'disconnect') peer.disconnect();
          else if (drawn.kind === 'snapshot') peer.needSnapshot();
          expect(peer.matchIndex).toBe(match);
          expect(peer.nextIndex).toBeGreaterThan(match);
          if (peer.state !== 'replicate') expect(peer.inFlight.isEmpty).toBe(true);
        }
      }),
    );
  });

  test('the search ends where the logs agree, after a round for each term that only one of them has', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, steps, steps, (common, ours, theirs) => {
        const shared = branch(2, common);
        const last = shared.at(-1) ?? 2;
        const leader = new Log(start, logOf(...shared, ...branch(last + 2, ours)));
        const follower = new Log(start, logOf(...shared, ...branch(last + 1, theirs)));
        const peer = progress(leader.lastIndex + 1);
        let rounds = 0;
        for (; ; rounds++) {
          const previous = plus(peer.nextIndex, -1);
          const term = leader.termAt(previous) ?? -1;
          if (follower.termAt(previous) === term) break;
          const hint = follower.lastAtMostTerm(lesser(previous, follower.lastIndex), term as Term);
          const hintTerm = follower.termAt(hint) ?? -1;
          const mayAgreeAt = leader.lastAtMostTerm(lesser(hint, leader.lastIndex), hintTerm as Term);
          expect(peer.refuse(previous, mayAgreeAt)).toBe(true);
          expect(rounds).toBeLessThan(100);
        }
        // Log matching: what is equal at one place is equal before it; so any place in the shared part will do.
        expect(peer.nextIndex - 1).toBeLessThanOrEqual(shared.length);
        const foreign = new Set([...branch(last + 2, ours), ...branch(last + 1, theirs)]);
        expect(rounds).toBeLessThanOrEqual(foreign.size + 1);
      }),
    );
  });

  test('what was refused, and is no longer the question, changes nothing', () => {
    const peer = progress(8);
    peer.acknowledge(index(7));
    expect(peer.refuse(index(5), index(2))).toBe(false);
    expect(peer.refuse(index(9), index(2))).toBe(false);
    expect(peer).toMatchObject({ state: 'replicate', matchIndex: 7, nextIndex: 8 });
  });

  test('a message under way that is refused sends it back to one message at a time', () => {
    const peer = progress(8);
    peer.acknowledge(index(7));
    peer.sent(index(9), 10);
    expect(peer.refuse(index(7), index(7))).toBe(false);
    peer.sent(index(12), 10);
    expect(peer.refuse(index(9), index(8))).toBe(true);
    expect(peer).toMatchObject({ state: 'probe', matchIndex: 7, nextIndex: 9, isWaiting: false });
    peer.sent(index(12), 10);
    expect(peer).toMatchObject({ nextIndex: 9, isWaiting: true });
  });

  test('one that waits for a snapshot refuses nothing, and any answer ends the wait', () => {
    const peer = progress(8);
    peer.needSnapshot();
    expect(peer.refuse(index(7), index(3))).toBe(false);
    peer.acknowledge(index(20));
    expect(peer).toMatchObject({ state: 'replicate', matchIndex: 20, nextIndex: 21 });
  });
});
