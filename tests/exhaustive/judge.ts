import { Violation } from '#tests/simulation/evidence.ts';
import { Interned } from './interned.ts';
import { names } from './node-states.ts';
import type { NodeState, NodeStates, Outcome } from './node-states.ts';

type Nodes = readonly [NodeState, NodeState, NodeState];

/** What the nodes may forget and a judge may not. As little as will do: two worlds that differ in it are two states. */
interface History {
  /** By term: 1 and up is the node that led it; 0: nobody yet, or nobody can any more. */
  readonly leaders: readonly number[];
  /** By node: the last vote that left it, as `term * 4 + candidate`; 0 once it is in a later term. */
  readonly votes: readonly number[];
  /** Entries, in order, that some node took for committed, and the term of the first that did. */
  readonly committed: readonly number[];
  readonly committedInTerms: readonly number[];
}

/** The properties of figure 3 of the Raft paper, over three nodes and what was seen of them before. Throws Violation. */
export class Judge {
  readonly #states: NodeStates;
  readonly #texts = new Interned();
  readonly #histories: History[] = [];
  readonly #matching = new Map<number, boolean>();

  constructor(states: NodeStates) {
    this.#states = states;
  }

  /** The number of the history of a world where nothing has happened. */
  root(): number {
    return this.#numberOf({ leaders: [], votes: [0, 0, 0], committed: [], committedInTerms: [] });
  }

  /** What is to be remembered once `outcome` has changed one node from `before`; `nodes` is the world after it. */
  look(number: number, before: NodeState, { next, votes, applied }: Outcome, nodes: Nodes): number {
    const isQuiet =
      next.term === before.term &&
      next.isLeader === before.isLeader &&
      next.commit === before.commit &&
      next.logNumber === before.logNumber &&
      next.diskLogNumber === before.diskLogNumber &&
      votes.length === 0 &&
      applied.length === 0;
    if (isQuiet) return number;
    let history = this.#histories[number] ?? fail('a history that was never made');
    for (const vote of votes) history = onceATerm(history, next.node, vote);
    if (next.isLeader) history = oneLeaderATerm(history, next);
    if (next.logNumber !== before.logNumber || next.diskLogNumber !== before.diskLogNumber)
      this.#logsMatch(next, nodes);
    history = sameCommits(history, next);
    sameApplied(history, before, next, applied);
    leadersHoldCommitted(history, nodes);
    committedIsOnAMajority(history, nodes);
    return this.#numberOf(onlyNeeded(history, nodes));
  }

  describe(entry: number | undefined): string {
    return entry === undefined ? 'nothing' : this.#states.entries.textOf(entry);
  }

  #logsMatch(next: NodeState, nodes: Nodes): void {
    for (const other of nodes) {
      const pairs = [
        [next.logNumber, other.logNumber, next.log, other.log],
        [next.logNumber, other.diskLogNumber, next.log, other.diskLog],
        [next.diskLogNumber, other.logNumber, next.diskLog, other.log],
        [next.diskLogNumber, other.diskLogNumber, next.diskLog, other.diskLog],
      ] as const;
      // A node's own disk may lag behind a cut of its log, and still be of that history.
      for (const [a, b, logA, logB] of pairs) {
        if (this.#doMatch(a * 2 ** 20 + b, logA, logB)) continue;
        const what = `${names[next.node]} holds ${this.#list(logA)}, ${names[other.node]} ${this.#list(logB)}`;
        throw new Violation('log matching', what);
      }
    }
  }

  /** If two logs share an entry's index and term, they are equal up to it (Raft paper 5.3). */
  #doMatch(key: number, a: readonly number[], b: readonly number[]): boolean {
    const known = this.#matching.get(key);
    if (known !== undefined) return known;
    let shared = Math.min(a.length, b.length) - 1;
    while (shared >= 0 && this.#termOf(a[shared]) !== this.#termOf(b[shared])) shared--;
    let match = true;
    for (let place = 0; place <= shared; place++) if (a[place] !== b[place]) match = false;
    this.#matching.set(key, match);
    return match;
  }

  #termOf(entry: number | undefined): string {
    return this.describe(entry).split('.')[1] ?? '';
  }

  #list(log: readonly number[]): string {
    return `[${log.map((entry) => this.describe(entry)).join(' ')}]`;
  }

  #numberOf(history: History): number {
    const { leaders, votes, committed, committedInTerms } = history;
    const number = this.#texts.numberOf([leaders, votes, committed, committedInTerms].join('|'));
    this.#histories[number] ??= history;
    return number;
  }
}

/** One vote a term, over all lives of a node (Raft paper 5.2). */
function onceATerm(history: History, node: number, vote: number): History {
  const last = history.votes[node] ?? 0;
  if (last !== vote && Math.floor(last / 4) === Math.floor(vote / 4)) {
    const [first, second] = [names[(last % 4) - 1], names[(vote % 4) - 1]];
    throw new Violation(
      'one vote a term',
      `${names[node]} voted for ${first} and ${second} in term ${Math.floor(vote / 4)}`,
    );
  }
  return { ...history, votes: history.votes.with(node, vote) };
}

function oneLeaderATerm(history: History, { node, term }: NodeState): History {
  const known = history.leaders[term] ?? 0;
  if (known === node + 1) return history;
  if (known !== 0)
    throw new Violation('election safety', `${names[known - 1]} and ${names[node]} both led term ${term}`);
  const leaders = Array.from(
    { length: Math.max(history.leaders.length, term + 1) },
    (_, at) => history.leaders[at] ?? 0,
  );
  return { ...history, leaders: leaders.with(term, node + 1) };
}

/** No two nodes take different entries for committed at one place (state machine safety, before they are applied). */
function sameCommits(history: History, { node, term, log, commit }: NodeState): History {
  const { committed } = history;
  for (let place = 0; place < Math.min(commit, committed.length); place++) {
    if (log[place] !== committed[place])
      throw new Violation('state machine safety', `${names[node]} commits another entry at ${place + 1}`);
  }
  if (commit <= committed.length) return history;
  const added = log.slice(committed.length, commit);
  const committedInTerms = [...history.committedInTerms, ...added.map(() => term)];
  return { ...history, committed: [...committed, ...added], committedInTerms };
}

/** What is handed out for applying is what was committed, in order and without a gap; a life begins with nothing applied. */
function sameApplied({ committed }: History, before: NodeState, next: NodeState, applied: readonly number[]): void {
  const first = next.commit - applied.length;
  const isGapless = applied.length === Math.max(0, next.commit - before.commit);
  if (!isGapless || applied.some((entry, place) => committed[first + place] !== entry))
    throw new Violation('state machine safety', `${names[next.node]} applies what is not committed there`);
}

/** What was committed in a term is in the logs of all leaders of later terms (Raft paper 5.4). */
function leadersHoldCommitted({ committed, committedInTerms }: History, nodes: Nodes): void {
  for (const { node, isLeader, term, log } of nodes) {
    if (!isLeader) continue;
    for (let place = 0; place < committed.length; place++) {
      if ((committedInTerms[place] ?? 0) <= term && log[place] !== committed[place])
        throw new Violation(
          'leader completeness',
          `${names[node]} leads term ${term} without committed entry ${place + 1}`,
        );
    }
  }
}

/** From the moment it is committed an entry is, and stays, on the disks of a majority. */
function committedIsOnAMajority({ committed }: History, nodes: Nodes): void {
  for (let place = 0; place < committed.length; place++) {
    let disks = 0;
    for (const { diskLog } of nodes) if (diskLog[place] === committed[place]) disks++;
    if (disks < 2) throw new Violation('committed stays committed', `entry ${place + 1} is on ${disks} disks of three`);
  }
}

/** Who led a term matters while someone may still come to lead it, and a vote while its voter is in that term. */
function onlyNeeded(history: History, nodes: Nodes): History {
  const lowest = Math.min(...nodes.map(({ term }) => term));
  const leaders = history.leaders.map((leader, term) => (term < lowest ? 0 : leader));
  const votes = history.votes.map((vote, node) => (Math.floor(vote / 4) < (nodes[node]?.term ?? 0) ? 0 : vote));
  return { ...history, leaders, votes };
}

function fail(what: string): never {
  throw new Error(what);
}
