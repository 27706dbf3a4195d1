import type { Mutant } from '#tests/simulation/mutant.ts';
import { mutant } from '#tests/simulation/mutant.ts';

const queue = 'server/cluster/leader-queue.ts';
const preparation = 'server/cluster/command-preparation.ts';
const status = 'server/cluster/mutation-status.ts';
const statusJudge = 'status tells what is in the log';
const github = 'https://github.com';

/** What memory, table, queue and deletions say of one mutation between them, over changes of leader. */
export const copiesAndAnswersMutants: readonly Mutant[] = [
  mutant({
    name: 'command that nobody waits for any more is appended all the same',
    judge: 'rejected is not done',
    source: `${github}/wenweihu86/raft-java/issues/58 (what timed out, and was told to have failed, is applied)`,
    file: queue,
    find: "if (flight.isAbandoned) {\n      this.#forget(flight);\n      return 'settled';\n    }",
    replace: '',
  }),
  mutant({
    name: 'copy of a deletion that is under way is told that it is done',
    judge: 'acknowledged is kept',
    source: `${github}/pravega/pravega/issues/1672 (a transaction that is committing at a failover taken for committed)`,
    file: queue,
    find: "else if (outcome.kind === 'refused') this.#settle(flight, { ...outcome, commit });\n    else flight.state = 'deleting';\n  }\n\n  /** The last commit",
    replace:
      "else if (outcome.kind === 'refused') this.#settle(flight, { ...outcome, commit });\n    else this.#settle(flight, { kind: 'done', commit, results: [{ id: null, changed: true }] });\n  }\n\n  /** The last commit",
  }),
  mutant({
    name: 'deletion answered at its first commit',
    judge: 'acknowledged is kept',
    source: `${github}/pravega/pravega/issues/1672 (a transaction that is committing at a failover taken for committed)`,
    file: queue,
    find: "else flight.state = 'deleting';\n    });",
    replace: "else this.#settle(flight, { kind: 'done', commit, results: [{ id: null, changed: true }] });\n    });",
  }),
  mutant({
    name: 'each step of a deletion recorded as its end',
    judge: 'exactly once',
    source: `${github}/CorfuDB/CorfuDB/issues/974 (the outcome that is told is not that of the whole)`,
    file: 'server/cluster/large-deletions.ts',
    find: ": { kind: 'pending' };",
    replace: ": { kind: 'done', results: [{ id: null, changed: true }] };",
  }),
  mutant({
    name: 'leader that did not know in time counts as one that did nothing',
    judge: 'rejected is not done',
    source: `${github}/sofastack/sofa-jraft/issues/401 (what timed out may be applied later)`,
    file: 'server/cluster/mutation-entry.ts',
    find: "if (answer.kind === 'unknown' || (answer.kind === 'moved' && answer.appended)) mayHappen = true;",
    replace: "if (answer.kind === 'moved' && answer.appended) mayHappen = true;",
  }),
  mutant({
    name: 'what a deposed leader says it has appended is not heeded',
    judge: 'rejected is not done',
    source: `${github}/tikv/tikv/issues/5640 (the entry of a leader that failed is committed by the next)`,
    file: 'server/cluster/mutation-entry.ts',
    find: "if (answer.kind === 'unknown' || (answer.kind === 'moved' && answer.appended)) mayHappen = true;",
    replace: "if (answer.kind === 'unknown') mayHappen = true;",
  }),
  mutant({
    name: 'deletion that is under way is not remembered under its key',
    judge: 'exactly once',
    source: 'Stripe API, Idempotent requests (a key that is in use is in use, though there is no result to repeat yet)',
    file: 'server/cluster/key-memory.ts',
    find: 'return recorded === null || this.isForgotten(recorded) ? null : recorded;',
    replace:
      "return recorded === null || this.isForgotten(recorded) || recorded.outcome.kind === 'pending' ? null : recorded;",
  }),
  mutant({
    name: 'recent keys without those of refusals',
    judge: 'exactly once',
    source: 'Stripe API, Idempotent requests (the first result is kept whether it succeeded or failed)',
    file: 'server/cluster/key-memory.ts',
    find: 'for (const { key } of payload.records) this.#recent.add(key, payload.time);',
    replace:
      "for (const { key, outcome } of payload.records) if (outcome.kind !== 'refused') this.#recent.add(key, payload.time);",
  }),
  mutant({
    name: 'recent keys without those of commands that changed nothing',
    judge: 'exactly once',
    source: 'Stripe API, Idempotent requests (the first result is kept, whatever it was)',
    file: 'server/cluster/key-memory.ts',
    find: 'for (const { key } of payload.records) this.#recent.add(key, payload.time);',
    replace:
      'for (const { key, effects } of payload.records) if (effects.length > 0) this.#recent.add(key, payload.time);',
  }),
  mutant({
    name: 'recent keys remembered while leading alone',
    judge: 'exactly once',
    source: 'KIP-98, Exactly once delivery (whoever becomes leader knows what others were sent)',
    file: 'server/cluster/instaface-node.ts',
    find: 'this.#parts.keys.onApplied(entry);',
    replace: "if (this.#raft.status().role === 'leader') this.#parts.keys.onApplied(entry);",
  }),
  {
    name: 'key looked up in a database that is behind memory',
    judge: 'exactly once',
    source: `${github}/openark/orchestrator/issues/1363 (a replica that lags is promoted, and asked)`,
    edits: [
      { file: preparation, find: 'if (label < cache.tail.horizon) throw behind();', replace: 'void behind;' },
      // Else it is asked again and again, and the command fails.
      {
        file: preparation,
        find: 'if (flight.table !== null && flight.table.label >= cache.tail.horizon)',
        replace: 'if (flight.table !== null)',
      },
    ],
  },
  mutant({
    name: 'what the table said counts more than what was applied since',
    judge: 'exactly once',
    source: `${github}/logto-io/logto/pull/9428 (what was read before a change is believed after it)`,
    file: preparation,
    find: 'if (recorded !== null) return recorded;',
    replace: 'if (recorded !== null && flight.table === null) return recorded;',
  }),
  mutant({
    name: 'resumed deletion forgets whose command it is',
    judge: 'exactly once',
    source: `${github}/gonka-ai/gonka/pull/1653 (recovery from a snapshot loses what copies are told by)`,
    file: 'server/cluster/large-deletions.ts',
    find: 'deletion.hash ??= keys.recorded(key)?.hash ?? null;',
    replace: "deletion.hash ??= keys.recorded(key)?.hash ?? '';",
  }),
  mutant({
    name: 'status knows of no refusals',
    judge: statusJudge,
    source: 'Stripe API, Idempotent requests (the first result is kept whether it succeeded or failed)',
    file: status,
    find: "return { status: 'REFUSED', recorded };",
    replace: 'return unknown;',
  }),
  mutant({
    name: 'status of a key that is not in memory is unknown',
    judge: statusJudge,
    source: `${github}/redpanda-data/redpanda/issues/24468 (a transaction that is not found is taken for aborted)`,
    file: status,
    find: "case 'new':\n      case 'from-future':\n        return unknown;",
    replace: "case 'new':\n      case 'from-future':\n      case 'ask-table':\n        if (key !== '') return unknown;",
  }),
  mutant({
    name: 'status read from a database that is behind memory',
    judge: statusJudge,
    source: `${github}/openark/orchestrator/issues/1260 (a replica that lags is promoted before it has caught up)`,
    file: status,
    find: 'if (label < cache.tail.horizon) throw behind();',
    replace: 'void label; void cache; void behind;',
  }),
  mutant({
    name: 'deletion that is under way is said to be committed',
    judge: statusJudge,
    source: `${github}/pravega/pravega/issues/1672 (a transaction that is committing at a failover taken for committed)`,
    file: status,
    find: "case 'pending':\n      return unknown;",
    replace: "case 'pending':\n      return { status: 'COMMITTED', recorded };",
  }),
];
