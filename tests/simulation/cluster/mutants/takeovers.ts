import type { Mutant } from '#tests/simulation/mutant.ts';
import { mutant } from '#tests/simulation/mutant.ts';

const deletions = 'server/cluster/large-deletions.ts';
const notices = 'server/cluster/materialized-notices.ts';
const storeReads = 'server/cluster/store-reads.ts';
const github = 'https://github.com';

/** What the next leader needs of the one before it, and of a database that is not where it was. */
export const takeoverMutants: readonly Mutant[] = [
  mutant({
    name: 'marks of deletions noted while leading alone',
    judge: 'deletions end',
    source: `${github}/d2iq-archive/marathon/issues/1553 (who leads again acts on what it knew when it led last)`,
    file: 'server/cluster/instaface-node.ts',
    find: 'this.#parts.deletions.onApplied(entry);',
    replace: "if (this.#raft.status().role === 'leader') this.#parts.deletions.onApplied(entry);",
  }),
  mutant({
    name: 'step of a deletion that could not be prepared is not tried again',
    judge: 'deletions end',
    source: `${github}/apache/airflow/issues/13542 (what failed stays marked as under way, and nothing is)`,
    file: deletions,
    find: '        clock.after(retryMs, () => {\n          deletion.isFetching = false;\n          schedule();\n        });',
    replace: '        void clock;',
  }),
  mutant({
    name: 'what is not committed is materialized',
    judge: 'the database is the replay',
    source: `${github}/databendlabs/openraft/issues/702 (a state machine that applied what was not committed cannot go back)`,
    file: 'server/cluster/materializer.ts',
    find: 'index <= this.#options.cache.appliedIndex; index++',
    replace: 'index <= this.#options.raft.status().lastIndex; index++',
  }),
  mutant({
    name: 'part that counts entries is not told of a snapshot',
    judge: 'assertion',
    source: `${github}/atomix/atomix/pull/417 (a snapshot that was replicated is installed in some parts, and not in others)`,
    file: 'server/cluster/instaface-node.ts',
    find: 'this.#parts.retention.onRestart(mark);',
    replace: '',
  }),
  mutant({
    name: 'log kept to where the database is, and no further back',
    judge: 'liveness',
    source: `${github}/eBay/NuRaft/issues/143 (entries are kept behind what is safe elsewhere, lest it is lost there)`,
    file: notices,
    find: 'retention.moveCompactTo();',
    replace: 'retention.onCompact(index);',
  }),
  mutant({
    name: 'followers drop the log that the leader keeps',
    judge: 'liveness',
    source: `${github}/camunda/camunda/pull/4451 (after the leader nobody has the log that is needed)`,
    file: notices,
    find: 'retention.onCompact(notice.compactTo);',
    replace: 'retention.onCompact(notice.materialized);',
  }),
  mutant({
    name: 'what the database has is not told to those who count',
    judge: 'liveness',
    source: `${github}/camunda/camunda/issues/4409 (parts are not told, and progress ends where a bound is reached)`,
    file: 'server/cluster/node-parts.ts',
    find: 'notices.onMaterialized(index);',
    replace: '',
  }),
  mutant({
    name: 'database that went back is noticed by writes alone',
    judge: 'liveness',
    source: `${github}/openark/orchestrator/issues/88 (what a replica had not applied is lost when it is promoted)`,
    file: 'server/cluster/node-parts.ts',
    find: 'storeReads.whenItWentBack(() => materializer.claimAgain());',
    replace: '',
  }),
  mutant({
    name: 'label of the database never goes back',
    judge: 'caches are true',
    source: `${github}/openark/orchestrator/issues/1260 (a replica that lags is promoted before it has caught up)`,
    file: storeReads,
    find: 'handOut(asked, answer, Math.max(1, store.statements - before));',
    replace:
      'handOut(asked, { ...answer, label: answer.label < least ? least : answer.label }, Math.max(1, store.statements - before));',
  }),
  mutant({
    name: 'lane to the database stays busy after a failure',
    judge: 'liveness',
    source: `${github}/apache/airflow/issues/13542 (what failed stays marked as under way, and nothing is)`,
    file: storeReads,
    find: 'for (const { reject } of asked) reject(failure);\n    }',
    replace: 'for (const { reject } of asked) reject(failure);\n      throw failure;\n    }',
  }),
  mutant({
    name: 'entry that a snapshot jumped over stays in flight',
    judge: 'liveness',
    source: `${github}/sile/noraft/pull/28 (what was pending when a snapshot is installed)`,
    file: 'server/cluster/leader-queue.ts',
    find: 'this.#tenure = null;\n    this.#inFlight = null;',
    replace: 'this.#tenure = null;',
  }),
];
