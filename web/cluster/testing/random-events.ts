import * as fc from 'fast-check';
import type { HappenedEvent } from '../fold-event.ts';

const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const node = fc.constantFrom(...NODES);
const term = fc.integer({ min: 3, max: 40 });

const what = fc.oneof(
  fc.record({
    __typename: fc.constant('RoleEvent' as const),
    role: fc.constantFrom('FOLLOWER' as const, 'CANDIDATE' as const, 'LEADER' as const),
    leader: fc.option(node),
    reason: fc.constant('a test'),
  }),
  fc.record({
    __typename: fc.constant('VoteEvent' as const),
    candidate: node,
    granted: fc.boolean(),
    preVote: fc.boolean(),
  }),
  fc.record({
    __typename: fc.constant('CommitEvent' as const),
    index: fc.integer({ min: 1, max: 9_999 }).map(String),
    mutations: fc.nat(9),
  }),
  fc.record({ __typename: fc.constant('LinkEvent' as const), from: node, to: node, connected: fc.boolean() }),
  fc.record({
    __typename: fc.constant('DatabaseEvent' as const),
    available: fc.boolean(),
    materializedIndex: fc.constant('7'),
  }),
);

/** Events of five nodes, numbered without gaps. */
export function eventsOf(options: { readonly min: number; readonly max: number }): fc.Arbitrary<HappenedEvent[]> {
  const one = fc.tuple(node, term, what);
  return fc.array(one, { minLength: options.min, maxLength: options.max, size: 'max' }).map((drawn) => {
    const last = new Map<string, number>();
    return drawn.map(([source, ownTerm, rest], place): HappenedEvent => {
      const before = last.get(source) ?? 0;
      last.set(source, before + 1);
      const previous = before === 0 ? null : `${before}`;
      const head = { source, incarnation: 'i', sequence: `${before + 1}`, previous, atMicros: place, term: ownTerm };
      return { ...head, ...rest };
    });
  });
}
