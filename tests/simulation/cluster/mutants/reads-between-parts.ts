import type { Mutant } from '#tests/simulation/mutant.ts';
import { mutant } from '#tests/simulation/mutant.ts';

const held = 'server/cluster/held-values.ts';
const github = 'https://github.com';

/** What a read, or the evaluation of a command, takes from several parts that move on while it waits. */
export const readsBetweenPartsMutants: readonly Mutant[] = [
  mutant({
    name: 'value fetched for a command is not brought up to the log before it',
    judge: 'lists, counts and inverses agree',
    source: `${github}/near/nearcore/pull/14987 (a write completes while a read is under way, whose result is used after it)`,
    file: held,
    find: 'const value = this.#cache.rollForward({ key: held.key, value: held.value, from: held.label });',
    replace: 'const value: CacheValue | undefined = held.value;',
  }),
  mutant({
    name: 'value that memory no longer reaches back to is used as it was fetched',
    judge: 'reads are of one moment',
    source: 'Chandra et al., Paxos made live, PODC 2007, 5.5 (a log that no longer reaches back)',
    file: held,
    find: 'if (value === undefined) this.#held.delete(text);',
    replace: 'if (value === undefined) return held.value;',
  }),
  {
    name: 'fill answered with values from before its wait',
    judge: 'fills are true at their label',
    source: `${github}/near/nearcore/pull/14987 (a write completes while a read is under way, whose result is used after it)`,
    edits: [
      {
        file: 'server/cluster/fill-answers.ts',
        find: 'const held = new HeldValues(cache);',
        replace: 'const held = new HeldValues(cache);\n    const early = keys.map((key) => held.valueOf(key));',
      },
      {
        file: 'server/cluster/fill-answers.ts',
        find: 'keys.map((key) => held.valueOf(key)).filter(',
        replace: 'keys.map((key, place) => early[place] ?? held.valueOf(key)).filter(',
      },
    ],
  },
  {
    name: 'fetched values are answered before the log has reached them',
    judge: 'reads are of one moment',
    source: 'Bailis et al., Scalable atomic visibility with RAMP transactions, SIGMOD 2014 (fractured reads)',
    edits: [
      {
        file: held,
        find: 'if (held === undefined || held.label > applied) return undefined;\n    if (held.label === applied) return held.value;',
        replace: 'if (held === undefined) return undefined;\n    if (held.label >= applied) return held.value;',
      },
      // Harmless alone: a run that met a miss waits until what it fetched is applied.
      {
        file: 'server/cluster/read-session.ts',
        find: 'const wanted = Math.max(this.#latestLabel, this.#floor) as LogIndex;',
        replace: 'const wanted = this.#floor;',
      },
    ],
  },
  mutant({
    name: 'values of several flights are held under the latest label of them',
    judge: 'reads are of one moment',
    source: 'Bailis et al., Scalable atomic visibility with RAMP transactions, SIGMOD 2014 (fractured reads)',
    file: 'server/cluster/fills.ts',
    find: 'held.hold(key, value, label);',
    replace: 'held.hold(key, value, Math.max(...labels) as LogIndex);',
  }),
  mutant({
    name: 'read index had, and not waited for',
    judge: 'reads are of one moment',
    source:
      'https://github.com/sofastack/sofa-jraft/issues/1049 (a read index, and a state machine that is not there yet)',
    file: 'server/cluster/read-entry.ts',
    find: 'floor: later(index, options.atLeast)',
    replace: 'floor: index === 0 ? index : options.atLeast',
  }),
  mutant({
    name: 'node that starts again does not ask what it had answered for',
    judge: 'reads are of one moment',
    source: `${github}/etcd-io/etcd/issues/3879, ${github}/databendlabs/openraft/pull/1788 (a restarted node shows a state from before what it had shown)`,
    file: 'server/cluster/read-entry.ts',
    find: '#hasFirstIndex = false;',
    replace: '#hasFirstIndex = true;',
  }),
  {
    name: 'node does not read what it has answered for',
    judge: 'reads are of one moment',
    source: `${github}/yugabyte/yugabyte-db/issues/456 (a follower serves reads before it has caught up)`,
    edits: [
      {
        file: 'server/cluster/node-parts.ts',
        find: 'onAnswered: (index) => reads.onAnswered(index),',
        replace: 'onAnswered: () => undefined,',
      },
      // Else a mutation is answered late enough for it hardly ever to show.
      {
        file: 'server/cluster/mutation-entry.ts',
        find: 'const latest = Math.max(deadline, clock.monotonicMs() + applyMsMin);',
        replace: 'const latest = deadline - deadline;',
      },
    ],
  },
];
