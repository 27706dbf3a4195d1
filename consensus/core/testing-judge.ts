import { impossible } from './assert.ts';
import type { Raft } from './raft.ts';
import type { Entry, LogIndex, NodeId, Term } from './types.ts';

interface Judged {
  readonly id: NodeId;
  readonly core: Raft;
  readonly isUp: boolean;
}

/** The safety properties of figure 3 of the Raft paper. Knows nothing of how they are kept. */
export class SafetyJudge {
  readonly #leaders = new Map<Term, NodeId>();
  /** What any node has ever committed, by index. */
  readonly #committed = new Map<LogIndex, Entry>();
  readonly #completeTerms = new Set<Term>();
  lastCommitted = 0 as LogIndex;

  look(nodes: Iterable<Judged>): void {
    for (const node of nodes) {
      if (!node.isUp) continue;
      const { role, term } = node.core.status();
      if (role !== 'leader') continue;
      const known = this.#leaders.get(term);
      if (known !== undefined && known !== node.id)
        impossible(`election safety: ${known} and ${node.id} lead term ${term}`);
      this.#leaders.set(term, node.id);
      if (!this.#completeTerms.has(term)) this.#judgeCompleteness(node, term);
    }
  }

  /** State machine safety: no two nodes apply different entries at one index. */
  applied(id: NodeId, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const known = this.#committed.get(entry.index);
      if (known !== undefined && (known.term !== entry.term || known.data !== entry.data)) {
        impossible(
          `state machine safety: ${id} applies ${entry.index} of term ${entry.term}, term ${known.term} was applied`,
        );
      }
      this.#committed.set(entry.index, entry);
      if (entry.index > this.lastCommitted) this.lastCommitted = entry.index;
    }
  }

  /**
   * Leader completeness: whoever is elected holds everything that was committed in earlier terms. One whose votes arrive after a later term
   * has begun leads nobody, and need not hold what that term committed.
   */
  #judgeCompleteness(node: Judged, term: Term): void {
    this.#completeTerms.add(term);
    if ([...this.#leaders.keys()].some((later) => later > term)) return;
    const { firstIndex, lastIndex } = node.core.status();
    if (lastIndex < this.lastCommitted)
      impossible(`leader completeness: ${node.id} leads term ${term} with a log too short`);
    for (const held of node.core.entries(firstIndex, Infinity)) {
      const known = this.#committed.get(held.index);
      if (known !== undefined && known.term !== held.term) {
        impossible(`leader completeness: ${node.id} leads term ${term} with another entry ${held.index}`);
      }
    }
  }
}

/** Log matching: logs that share an index and term are equal up to there. */
export function judgeLogMatching(nodes: readonly Judged[]): void {
  for (const [place, one] of nodes.entries()) {
    for (const other of nodes.slice(place + 1)) judgePair(one, other);
  }
}

function judgePair(one: Judged, other: Judged): void {
  const first = Math.max(one.core.status().firstIndex, other.core.status().firstIndex) as LogIndex;
  const ours = one.core.entries(first, Infinity);
  const theirs = other.core.entries(first, Infinity);
  let mustMatch = false;
  for (let place = Math.min(ours.length, theirs.length) - 1; place >= 0; place--) {
    const isSame = ours[place]?.term === theirs[place]?.term;
    if (mustMatch && (!isSame || ours[place]?.data !== theirs[place]?.data)) {
      impossible(`log matching: ${one.id} and ${other.id} differ at ${first + place} below an equal entry`);
    }
    mustMatch ||= isSame;
  }
}
