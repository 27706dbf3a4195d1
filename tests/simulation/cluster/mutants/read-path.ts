import type { Mutant } from '#tests/simulation/mutant.ts';
import { mutant } from '#tests/simulation/mutant.ts';

const thesisReads = 'Ongaro, thesis 6.4';
const staleSets = 'Nishtala et al., Scaling Memcache at Facebook, NSDI 2013, 3.2.1 (stale sets)';
const cache = 'server/cache/graph-cache.ts';
const readEntry = 'server/cluster/read-entry.ts';
const readRounds = 'server/cluster/read-index-rounds.ts';

/** What makes reads, fills and caches lie. */
export const readPathMutants: readonly Mutant[] = [
  {
    name: 'read served while applied < index',
    judge: 'reads are of one moment',
    source: `${thesisReads}, step 4`,
    edits: [
      { file: readEntry, find: 'await progress.whenApplied(floor, deadline);', replace: '' },
      // A session looks at its floor again before it answers.
      {
        file: 'server/cluster/read-session.ts',
        find: 'appliedIndex === this.#runIndex && appliedIndex >= this.#floor',
        replace: 'appliedIndex === this.#runIndex',
      },
    ],
  },
  mutant({
    name: 'linearizable read at the own commit index',
    judge: 'reads are of one moment',
    source: thesisReads,
    file: readEntry,
    find: 'const index = await this.#withinDeadline(this.readIndex(), options.deadline);',
    replace: 'const index = this.#options.standing.now.commitIndex;',
  }),
  {
    name: 'read joins a read index that was asked for before it',
    judge: 'reads are of one moment',
    source: 'etcd-io/etcd#20418',
    edits: [
      { file: readRounds, find: 'this.#next = null;\n      this.#ask(round);', replace: 'this.#ask(round);' },
      {
        file: readRounds,
        find: 'this.#isUnderWay = false;\n    if (this.#next !== null) this.#startSoon();',
        replace: 'this.#isUnderWay = false;\n    this.#next = null;',
      },
    ],
  },
  {
    name: 'session index ignored on a follower',
    judge: 'reads are of one moment',
    source: 'Terry et al., Session guarantees, PDIS 1994 (read your writes)',
    edits: [
      {
        file: readEntry,
        find: 'const floor = later(this.#answered, options.atLeast);',
        replace: 'const floor = this.#answered;',
      },
      {
        file: readEntry,
        find: 'return this.#openOnceApplied({ ...options, floor: later(this.#answered, options.atLeast) });',
        replace: 'return this.#openOnceApplied({ ...options, floor: this.#answered });',
      },
    ],
  },
  mutant({
    name: 'run accepted although the applied index moved in it',
    judge: 'reads are of one moment',
    source: 'Bailis et al., Scalable atomic visibility with RAMP transactions, SIGMOD 2014 (fractured reads)',
    file: 'server/cluster/read-session.ts',
    find: '!this.#missedInRun && appliedIndex === this.#runIndex &&',
    replace: '!this.#missedInRun &&',
  }),
  mutant({
    name: 'fill labelled with a later index',
    judge: 'caches are true',
    source: staleSets,
    file: 'server/cluster/fills.ts',
    find: 'this.#remember(keys, answer);\n      return answer;',
    replace:
      'const late = { ...answer, label: cache.appliedIndex > answer.label ? cache.appliedIndex : answer.label };\n      this.#remember(keys, late);\n      return late;',
  }),
  mutant({
    name: 'fill answered with a label from before its values',
    judge: 'fills are true at their label',
    source: staleSets,
    file: 'server/cluster/fill-answers.ts',
    find: '      label: cache.appliedIndex,',
    replace: '      label: min > cache.tail.horizon ? min : cache.tail.horizon,',
  }),
  mutant({
    name: 'fill accepted after a newer effect',
    judge: 'caches are true',
    source: staleSets,
    file: cache,
    find: 'const rolled = this.rollForward({ key, value, from: label });',
    replace: 'const rolled = label < this.horizon ? undefined : value;',
  }),
  mutant({
    name: 'tail horizon ignored',
    judge: 'caches are true',
    source: 'Chandra et al., Paxos made live, PODC 2007, 5.5 (a log that no longer reaches back)',
    file: cache,
    find: 'if (from < this.horizon) return undefined;',
    replace: '',
  }),
  mutant({
    name: 'effect applied to a value that holds it already',
    judge: 'caches are true',
    source: 'Bronson et al., TAO, ATC 2013 (versions keep refills from replacing newer values)',
    file: cache,
    find: 'if (record >= 0 && !this.#records.has(record, marks.ahead)) roll(this.#records);',
    replace: 'if (record >= 0) roll(this.#records);',
  }),
  mutant({
    name: 'value from ahead answered before its index',
    judge: 'reads are of one moment',
    source: 'Bailis et al., Scalable atomic visibility with RAMP transactions, SIGMOD 2014 (fractured reads)',
    file: cache,
    find: 'if (record < 0 || this.#records.has(record, marks.ahead)) return false;',
    replace: 'if (record < 0) return false;',
  }),
  {
    name: 'index published before the cache is rolled forward',
    judge: 'reads are of one moment',
    source: `${thesisReads} (the state machine advances before the read)`,
    edits: [
      {
        file: cache,
        find: 'for (const { effects } of entry.payload.records) for (const effect of effects) this.#roll(effect);',
        replace:
          'const { records } = entry.payload; let later = Promise.resolve(); for (let turn = 0; turn < 20; turn++) later = later.then(() => undefined); void later.then(() => { for (const { effects } of records) for (const effect of effects) this.#roll(effect); });',
      },
    ],
  },
  mutant({
    name: 'cache kept over a snapshot',
    judge: 'caches are true',
    source: 'Raft paper 7 (a snapshot replaces the state)',
    file: cache,
    find: 'this.#records.clear();\n    this.#labels.clear();',
    replace: 'this.#labels.clear();',
  }),
  {
    name: 'joiner served with a too old flight',
    judge: 'reads are of one moment',
    source: staleSets,
    edits: [
      {
        file: 'server/cache/single-flight.ts',
        find: 'if (label < min || !isLongEnough(key, value, length)) return true;',
        replace: 'if (!isLongEnough(key, value, length)) return true;',
      },
      // Harmless alone: with its own label the value is brought up to date where it is held.
      {
        file: 'server/cache/single-flight.ts',
        find: 'labels[place] = label;',
        replace: 'labels[place] = label < min ? min : label;',
      },
    ],
  },
  {
    name: 'joiner served with a too short stretch',
    judge: 'reads are of one moment',
    source: 'Bronson et al., TAO, ATC 2013, 4.2 (partial association lists)',
    edits: [
      {
        file: 'server/cache/single-flight.ts',
        find: 'if (label < min || !isLongEnough(key, value, length)) return true;',
        replace: 'if (label < min) return true;',
      },
      // Harmless alone: whoever holds a stretch that is too short has it fetched again.
      {
        file: 'server/cluster/held-values.ts',
        find: 'return stretch.complete || stretch.edges.length >= length ? stretch : undefined;',
        replace: 'return stretch;',
      },
    ],
  },
  mutant({
    name: 'part of a list marked complete',
    judge: 'fills are true at their label',
    source: 'Bronson et al., TAO, ATC 2013, 4.2 (partial association lists)',
    file: 'server/cluster/held-values.ts',
    find: 'return { edges: stretch.edges.slice(0, length), complete: false };',
    replace: 'return { edges: stretch.edges.slice(0, length), complete: stretch.complete };',
  }),
  mutant({
    name: 'stretch counts as complete once it is empty',
    judge: 'caches are true',
    source: 'Bronson et al., TAO, ATC 2013, 4.2 (partial association lists)',
    file: 'server/cache/roll-forward.ts',
    find: 'edges: stretch.edges.filter((other) => other.to !== to), complete: stretch.complete }',
    replace:
      'edges: stretch.edges.filter((other) => other.to !== to), complete: stretch.complete || stretch.edges.every((other) => other.to === to) }',
  }),
  mutant({
    name: 'entries from before a snapshot applied after it',
    judge: 'assertion',
    source: 'etcd-io/etcd#18055',
    file: 'server/cluster/applier.ts',
    find: 'what comes after it is not here yet.\n    this.#pending = [];\n    this.#next = 0;',
    replace: 'what comes after it is not here yet.',
  }),
];
