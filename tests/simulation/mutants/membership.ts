import { mutant } from '../mutant.ts';
import type { Mutant } from '../mutant.ts';

/** Who counts, and since when. */
export const membershipMutants: readonly Mutant[] = [
  mutant({
    name: 'a learner counts as a voter',
    judge: 'durable before acknowledged',
    source: 'https://github.com/camunda/camunda/issues/57387',
    file: 'consensus/core/raft-state.ts',
    find: 'return peer === undefined ? 0 : of(peer);',
    replace:
      'return Math.max(peer === undefined ? 0 : of(peer), ...this.configuration.learners.map((id) => { const learner = this.progress.get(id); return learner === undefined ? 0 : of(learner); }));',
  }),
  mutant({
    name: 'configuration change before the own-term commit',
    judge: 'leader completeness',
    source: 'Ongaro, raft-dev, 10 July 2015; https://github.com/databendlabs/openraft/pull/2051',
    file: 'consensus/core/membership.ts',
    find: 'if (isOnePending || !raft.isOwnTermCommitted)',
    replace: 'if (isOnePending)',
  }),
  mutant({
    name: 'second configuration change while one is pending',
    judge: 'leader completeness',
    source: 'thesis 4.1',
    file: 'consensus/core/membership.ts',
    find: 'if (isOnePending || !raft.isOwnTermCommitted)',
    replace: 'if (!raft.isOwnTermCommitted)',
  }),
  mutant({
    name: 'two voters change at once',
    judge: 'leader completeness',
    source: 'thesis 4.1, figure 4.3',
    file: 'consensus/core/configuration.ts',
    find: 'return removed + added <= 1;',
    replace: 'return removed <= 1 && added <= 1;',
  }),
  mutant({
    name: 'a removed leader counts itself',
    judge: 'durable before acknowledged',
    source: 'thesis 4.2.2; https://github.com/etcd-io/etcd/issues/10563',
    file: 'consensus/core/raft-state.ts',
    find: 'return quorumReached(this.configuration.voters, (voter) => {',
    replace: 'return quorumReached([...new Set([...this.configuration.voters, this.id])], (voter) => {',
  }),
  mutant({
    name: 'truncation leaves the configuration in force',
    judge: 'leader completeness',
    source: 'https://github.com/rabbitmq/ra/pull/600',
    file: 'consensus/core/log.ts',
    find: 'while (this.configurationIndex >= index) this.#configurations.pop();',
    replace: '',
  }),
  mutant({
    name: 'a wiped node is let in again',
    judge: 'a restart remembers',
    source: 'https://github.com/etcd-io/etcd/issues/13066, https://github.com/etcd-io/etcd/issues/12483',
    file: 'consensus/driver/founding.ts',
    find: "if (clusterId !== null) return { kind: 'quarantined', clusterId, founded };",
    replace: "if (clusterId !== null) return { kind: 'become', state: { kind: 'founded', clusterId } };",
  }),
];
