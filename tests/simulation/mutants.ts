/** One planted bug: the real source with one expression replaced as it is loaded. The file on disk stays as it is. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly MutantEdit[];
}

export interface MutantEdit {
  /** From the root of the project. */
  readonly file: string;
  /** Must occur exactly once: a mutant that no longer fits the source is an error, not a success. */
  readonly find: string;
  readonly replace: string;
}

/** What has happened to others, see the head of each file that it is planted in. All must be caught. */
export const mutants: readonly Mutant[] = [
  {
    name: 'commit of an old term by counting',
    edits: [
      {
        file: 'consensus/core/commit.ts',
        find: 'raft.log.termAt(replicated) === raft.term',
        replace: 'true',
      },
      // Else reads that the leader lets out too early give it away: the bug is to be found by what it does to entries.
      {
        file: 'consensus/core/commit.ts',
        find: 'if (!wasOwnTermCommitted)',
        replace: 'if (!wasOwnTermCommitted && raft.isOwnTermCommitted)',
      },
    ],
  },
  one(
    'vote not persisted before the reply',
    'consensus/core/elections.ts',
    "raft.sendAfterPersist.push({ kind: 'vote-response'",
    "raft.sendNow.push({ kind: 'vote-response'",
  ),
  {
    name: 'commit beyond the verified prefix',
    edits: [
      {
        file: 'consensus/core/commit.ts',
        find: 'lesser(told, provedIndex)',
        replace: 'lesser(told, raft.log.lastIndex)',
      },
      // Harmless alone: the search for the common prefix steps back one entry more than it must. Its hints are so exact that
      // the first entry sent after them always cuts the unverified rest away, and the bug would only show behind a snapshot.
      {
        file: 'consensus/core/replication.ts',
        find: 'peer.refuse(message.index, mayAgreeAt);',
        replace: 'peer.refuse(message.index, plus(mayAgreeAt, -1));',
      },
    ],
  },
  {
    name: 'heartbeat commits beyond the verified prefix',
    edits: [
      {
        file: 'consensus/core/heartbeat.ts',
        find: 'lesser(raft.commitIndex, peer.matchIndex)',
        replace: 'raft.commitIndex',
      },
      {
        file: 'consensus/core/follower.ts',
        find: 'commitAsTold(raft, message.commit, message.commit);',
        replace: 'commitAsTold(raft, message.commit, raft.log.lastIndex);',
      },
    ],
  },
  one(
    'fsync skipped',
    'consensus/storage/file-log.ts',
    'disk.sync(name, (syncError) => {',
    '((_name, then) => then(null))(name, (syncError) => {',
  ),
  one(
    'fsync tried again after an error',
    'consensus/storage/file-log.ts',
    'if (syncError !== null) return this.#fail(syncError);',
    'if (syncError !== null) return disk.sync(name, () => { this.#durable = position; for (const record of records) this.#note(record); next(); });',
  ),
  one(
    'truncate on a matching prefix',
    'consensus/core/follower.ts',
    'raft.log.termAt(entry.index) !== entry.term',
    'true',
  ),
  one(
    'duplicate vote counted',
    'consensus/core/elections.ts',
    'raft.votes.set(message.from, message.granted);\n  decideVote(raft);',
    `const voter = raft.votes.has(message.from) ? raft.configuration.voters.find((id) => !raft.votes.has(id)) : message.from;
  raft.votes.set(voter ?? message.from, message.granted);\n  decideVote(raft);`,
  ),
  one(
    'stale vote counted',
    'consensus/core/raft.ts',
    "    case 'vote-response':\n    case 'append-response':\n    case 'heartbeat-response':\n    case 'snapshot-response':\n    case 'read-index-response':\n    case 'timeout-now':\n      break;",
    "    case 'vote-response':\n      elections.onVoteResponse(raft, { ...message, term: raft.term });\n      break;\n    case 'append-response':\n    case 'heartbeat-response':\n    case 'snapshot-response':\n    case 'read-index-response':\n    case 'timeout-now':\n      break;",
  ),
  one(
    'vote for a shorter log',
    'consensus/core/elections.ts',
    'const granted = mayVoteFor(raft, message.from) && isUpToDate(raft, message);',
    'const granted = mayVoteFor(raft, message.from);',
  ),
  one(
    'two votes in a term',
    'consensus/core/elections.ts',
    'return raft.votedFor === null || raft.votedFor === candidate;',
    'return raft.role !== "leader" && raft.role !== "candidate" && candidate !== null && ((raft.votedFor = null), true);',
  ),
  one(
    'own vote counted before it is on disk',
    'consensus/core/elections.ts',
    'export function campaign(raft: RaftState, options: { readonly transfer: boolean }): void {\n  becomeCandidate(raft);',
    'export function campaign(raft: RaftState, options: { readonly transfer: boolean }): void {\n  becomeCandidate(raft);\n  raft.votes.set(raft.id, true);',
  ),
  one(
    'a learner counts as a voter',
    'consensus/core/raft-state.ts',
    'return peer === undefined ? 0 : of(peer);',
    'return Math.max(peer === undefined ? 0 : of(peer), ...this.configuration.learners.map((id) => { const learner = this.progress.get(id); return learner === undefined ? 0 : of(learner); }));',
  ),
  one(
    'leader counts itself before its own disk',
    'consensus/core/commit.ts',
    'raft.durability.durableIndex',
    'raft.log.lastIndex',
  ),
  one(
    'entries acknowledged before they are on disk',
    'consensus/core/follower.ts',
    "raft.sendAfterPersist.push({\n    kind: 'append-response',",
    "raft.sendNow.push({\n    kind: 'append-response',",
  ),
  one(
    'acknowledgement of a write that was truncated since',
    'consensus/core/durability.ts',
    'for (const write of this.#submitted) write.lastIndex = lesser(write.lastIndex, kept);',
    '',
  ),
  one(
    'replies do not wait for earlier writes',
    'consensus/driver/raft-driver.ts',
    'if (this.#durableSequence === this.#handedSequence)',
    'if (this.#handedSequence % 2 === 0 || this.#durableSequence === this.#handedSequence)',
  ),
  one(
    'term not persisted',
    'consensus/core/raft-state.ts',
    'this.votedFor = null;\n    this.write.hardStateChanged();',
    'this.votedFor = null;',
  ),
  one('stale snapshot taken', 'consensus/core/follower.ts', 'if (mark.index > raft.commitIndex) {', 'if (true) {'),
  one(
    'read answered without a majority',
    'consensus/core/reads.ts',
    'raft.quorumReached(reads.newestNumber, (peer) => peer.readConfirmed)',
    'reads.newestNumber',
  ),
  one(
    'read before the first commit of the term',
    'consensus/core/reads.ts',
    'else if (!raft.isOwnTermCommitted)',
    'else if (false)',
  ),
  one(
    'configuration change before the own-term commit',
    'consensus/core/membership.ts',
    'if (isOnePending || !raft.isOwnTermCommitted)',
    'if (isOnePending)',
  ),
  one(
    'second configuration change while one is pending',
    'consensus/core/membership.ts',
    'if (isOnePending || !raft.isOwnTermCommitted)',
    'if (!raft.isOwnTermCommitted)',
  ),
  one(
    'segment given up before its truncation is durable',
    'consensus/storage/file-log.ts',
    'offset = writeRecord(content, offset, record, place);',
    'offset = writeRecord(content, offset, record, place); this.#note(record);',
  ),
];

function one(name: string, file: string, find: string, replace: string): Mutant {
  return { name, edits: [{ file, find, replace }] };
}

export function mutantNamed(name: string): Mutant {
  const mutant = mutants.find((each) => each.name === name);
  if (mutant === undefined) throw new Error(`no mutant is called '${name}'`);
  return mutant;
}
