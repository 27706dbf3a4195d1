import type { Mutant } from '#tests/simulation/mutant.ts';
import { mutant } from '#tests/simulation/mutant.ts';

const thesisClients = 'Ongaro, thesis 6.3';
const fencing = 'Burrows, Chubby, OSDI 2006, 2.4 (sequencers)';
const queue = 'server/cluster/leader-queue.ts';
const batch = 'server/cluster/batch.ts';
const materializer = 'server/cluster/materializer.ts';

/** What loses, doubles or splits mutations, and what makes the database another than the log. */
export const writePathMutants: readonly Mutant[] = [
  mutant({
    name: 'idempotency looked up but not logged',
    judge: 'exactly once',
    source: thesisClients,
    file: 'server/cache/tail.ts',
    find: 'this.#outcomes.set(key, { key, hash, index, term, leader, time, outcome });',
    replace: 'void [key, hash, term, leader, time, outcome];',
  }),
  mutant({
    name: 'idempotency looked up only before the wait',
    judge: 'exactly once',
    source: thesisClients,
    file: queue,
    find: "const verdict = this.#verdictOf(flight);\n    if (verdict === null) return 'settled';",
    replace: "const verdict: string = 'new';",
  }),
  mutant({
    name: 'keys that memory does not reach back to are new',
    judge: 'exactly once',
    source: thesisClients,
    file: 'server/cluster/idempotency-key.ts',
    find: "return memory.horizon === 0 ? 'new' : 'ask-table';",
    replace: "return 'new';",
  }),
  mutant({
    name: 'recent keys kept over a snapshot',
    judge: 'exactly once',
    source:
      'Ongaro, Consensus: Bridging Theory and Practice, 2014, 6.3 (duplicates are filtered by state that snapshots carry)',
    file: 'server/cluster/instaface-node.ts',
    find: '    this.#parts.keys.onRestart();\n',
    replace: '',
  }),
  mutant({
    name: 'recent keys said to reach back over a generation that is gone',
    judge: 'exactly once',
    source:
      'Almeida, Baquero, Preguiça, Hutchison: Scalable Bloom Filters, 2007 (elements of a filter that is dropped are dropped)',
    file: 'server/cluster/recent-keys.ts',
    find: 'keys: 0, beganAt: time };',
    replace: 'keys: 0, beganAt: this.oldestTime ?? time };',
  }),
  {
    name: 'retry with a new key',
    judge: 'acknowledged is kept',
    source: thesisClients,
    edits: [
      {
        file: 'server/cluster/mutation-entry.ts',
        find: 'local: (waitMs) => submit(request, waitMs),',
        replace:
          'local: (waitMs) => submit(mayHappen ? { ...request, idempotencyKey: `${request.idempotencyKey}+` } : request, waitMs),',
      },
      {
        file: 'server/cluster/mutation-entry.ts',
        find: "remote: (waitMs) => ({ kind: 'command', request, waitMs }),",
        replace:
          "remote: (waitMs) => ({ kind: 'command', request: mayHappen ? { ...request, idempotencyKey: `${request.idempotencyKey}+` } : request, waitMs }),",
      },
    ],
  },
  mutant({
    name: 'expiry by a local clock',
    judge: 'exactly once',
    source: `${thesisClients} (servers must agree on when a session expires)`,
    file: 'server/cluster/command-preparation.ts',
    find: 'if (recorded !== null) return recorded;',
    replace: 'if (recorded !== null && recorded.time >= now() - 1_000) return recorded;',
  }),
  mutant({
    name: 'entries dated by the local clock alone',
    judge: 'assertion',
    source: `${thesisClients} (servers must agree on when a session expires)`,
    file: queue,
    find: 'return Math.max(Math.floor(clock.nowMs()), logTime());',
    replace: 'void logTime; return Math.floor(clock.nowMs());',
  }),
  mutant({
    name: 'unanswered forward counts as not done',
    judge: 'rejected is not done',
    source: 'hashicorp/raft: ErrLeadershipLost (an entry that was proposed may still be committed)',
    file: 'server/cluster/mutation-entry.ts',
    find: "if (answer === 'unclear') mayHappen = true;",
    replace: "if (answer === 'unclear') mayHappen = false;",
  }),
  mutant({
    name: 'what a deposed leader appended counts as not done',
    judge: 'rejected is not done',
    source: 'hashicorp/raft: ErrLeadershipLost (an entry that was proposed may still be committed)',
    file: queue,
    find: "const appended = flight.state === 'appended' || flight.state === 'deleting';",
    replace: 'const appended = false;',
  }),
  {
    name: 'leader evaluates before its log is applied',
    judge: 'exactly once',
    source: 'etcd-io/etcd#7331',
    edits: [
      { file: queue, find: 'status.ownTermCommitted &&', replace: '' },
      {
        file: queue,
        find: '      status.lastIndex === cache.appliedIndex\n',
        replace: '      cache.appliedIndex >= 0\n',
      },
      {
        file: queue,
        find: "assert(status.lastIndex === cache.appliedIndex, 'a leader evaluates",
        replace: "assert(true, 'a leader evaluates",
      },
    ],
  },
  mutant({
    name: 'batch evaluated over an await',
    judge: 'exactly once',
    source: 'hashicorp/raft#695 (the term read again after waiting)',
    file: queue,
    find: 'if (batch.size > 0) this.#propose(batch.encode(), flights);',
    replace: 'if (batch.size > 0) this.#options.clock.after(2, () => this.#propose(batch.encode(), flights));',
  }),
  {
    name: 'refusals not logged',
    judge: 'copies get one answer',
    source: thesisClients,
    edits: [
      {
        file: batch,
        find: "import { assert } from '#server/graph/errors.ts';",
        replace: "import { assert, GraphError } from '#server/graph/errors.ts';",
      },
      {
        file: batch,
        find: "if (evaluation.outcome.kind === 'refused') this.#places = places;",
        replace:
          "if (evaluation.outcome.kind === 'refused') { this.#places = places; throw new GraphError(evaluation.outcome.code, evaluation.outcome.message); }",
      },
      {
        file: queue,
        find: 'const added = batch.add(flight.request, flight.held);',
        replace:
          "let added; try { added = batch.add(flight.request, flight.held); } catch (error) { this.#settle(flight, rejection(error)); return 'settled'; }",
      },
    ],
  },
  mutant({
    name: 'commands of a batch do not see each other',
    judge: 'lists, counts and inverses agree',
    source: 'Raft paper 2 (commands are executed one after the other)',
    file: batch,
    find: 'this.#overlay.apply(evaluation.effects);',
    replace: '',
  }),
  mutant({
    name: 'inverse left to another commit now and then',
    judge: 'lists, counts and inverses agree',
    source: 'Bronson et al., TAO, ATC 2013, 4.2 (hanging associations)',
    file: 'server/graph/graph-draft.ts',
    find: 'return inverse === null ? [edge] :',
    replace: 'return inverse === null || this.index % 13 === 0 ? [edge] :',
  }),
  mutant({
    name: 'deletion not resumed by the new leader',
    judge: 'deletions end',
    source: 'TAO, ATC 2013, 4.2 (an asynchronous job repairs what was left half done)',
    file: 'server/cluster/large-deletions.ts',
    find: "this.#resumeFrom(found?.kind === 'ids' ? found.ids : []),",
    replace: "this.#resumeFrom(found?.kind === 'ids' ? found.ids.slice(0, 0) : []),",
  }),
  {
    name: 'term read again after an await',
    judge: 'the owner of the database leads',
    source: `hashicorp/raft#695; ${fencing}`,
    edits: [
      {
        file: materializer,
        find: 'await store.open();\n        if (this.#term !== term) break;\n        const mark = await this.#claim(term);\n        if (this.#term !== term) break;',
        replace: 'await store.open();\n        const mark = await this.#claim(this.#options.standing.now.term);',
      },
      {
        file: materializer,
        find: 'await store.materialize({ cluster, epoch: term, after',
        replace: 'await store.materialize({ cluster, epoch: this.#options.standing.now.term, after',
      },
    ],
  },
  mutant({
    name: 'a database that went back is taken to be where it was',
    judge: 'liveness',
    source: 'MySQL manual, Semisynchronous Replication (a replica that takes over may lack the last transactions)',
    file: materializer,
    find: 'this.#advance(from);',
    replace: 'this.#advance(from > this.#materialized ? from : this.#materialized);',
  }),
];
