// Goal: each judge catches what it is for. Method: a hearing that is right, which it must let pass, and the same with one thing wrong.
import { describe, expect, test } from 'vitest';
import type { CacheValue } from '#server/graph/cache-key.ts';
import type { EntityId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry, Outcome } from '#server/graph/log-payload.ts';
import { AcknowledgedIsKept } from './acknowledged-is-kept.ts';
import { allClusterJudges } from './all-cluster-judges.ts';
import { AppliedOnlyForward } from './applied-only-forward.ts';
import { CachesAreTrue } from './caches-are-true.ts';
import type { ClusterJudge, DatabaseWrite, MutationTold, ReadTold, StatusTold } from './cluster-hearing.ts';
import { CopiesGetOneAnswer } from './copies-get-one-answer.ts';
import { DatabaseIsTheReplay } from './database-is-the-replay.ts';
import { DeletionsEnd } from './deletions-end.ts';
import { ExactlyOnce } from './exactly-once.ts';
import {
  at,
  databaseAt,
  done,
  edge,
  entityKey,
  entry,
  friends,
  graphOf,
  hearing,
  idOf,
  listKey,
  n1,
  n2,
  node,
  record,
  smallLog,
  user,
} from './fabricated-hearing.ts';
import { FillsAreTrueAtTheirLabel } from './fills-are-true-at-their-label.ts';
import { IdsAreUnique } from './ids-are-unique.ts';
import { ListsCountsAndInversesAgree } from './lists-counts-and-inverses-agree.ts';
import { LogTimeOnlyForward } from './log-time-only-forward.ts';
import { OneWriterAnEpoch } from './one-writer-an-epoch.ts';
import { OwnerLeads } from './owner-leads.ts';
import { ReadsAreOfOneMoment } from './reads-are-of-one-moment.ts';
import { RejectedIsNotDone } from './rejected-is-not-done.ts';
import { StatusTellsTheLog } from './status-tells-the-log.ts';

type Hearings = readonly ReturnType<typeof hearing>[];

function passes(judge: ClusterJudge, ...hearings: Hearings): void {
  for (const each of hearings) judge.hear(each);
}

function catches(judge: ClusterJudge, ...hearings: Hearings): void {
  expect(() => passes(judge, ...hearings)).toThrow(judge.property);
}

const committed = (...entries: readonly AppliedEntry[]): Hearings =>
  entries.map((each, place) => hearing({ committed: [each], graph: graphOf(entries.slice(0, place + 1)) }));
const named = (name: string, version: number): CacheValue => ({
  kind: 'entity',
  entity: user(1, name, version).entity,
});
const stretch = (complete: boolean, ...edges: readonly ReturnType<typeof edge>[]): CacheValue => ({
  kind: 'list',
  stretch: { edges, complete },
});

test('a right log passes before every judge', () => {
  const graph = graphOf(smallLog());
  const cached = [
    { key: entityKey, value: named('Ann', 1), label: 3 },
    { key: listKey, value: stretch(true, edge(1, 2, 3)), label: 3 },
  ];
  for (const judge of allClusterJudges()) {
    passes(judge, hearing({ mutationsAsked: ['a', 'b', 'c', 'd'].map((key) => ({ key, hash: `hash of ${key}` })) }));
    passes(judge, ...committed(...smallLog()));
    passes(
      judge,
      hearing({ graph, touched: [node({ applied: 3, cached })], isSweep: true, database: databaseAt(graph, 2) }),
    );
    judge.atEnd?.(hearing({ graph, touched: [node({ applied: 3, cached })], database: databaseAt(graph, 4) }));
  }
});

describe('caches are true', () => {
  const look = (value: CacheValue, label: number, applied = 3): Hearings => [
    hearing({ touched: [node({ applied, cached: [{ key: entityKey, value, label }] })] }),
  ];
  test('a value from before the applied index is caught', () =>
    catches(new CachesAreTrue(), ...look(named('Ann', 1), 3, 4)));
  test('a value from after its label is caught', () => catches(new CachesAreTrue(), ...look(named('Anna', 4), 3)));
  test('a value from ahead passes with its own label', () => passes(new CachesAreTrue(), ...look(named('Anna', 4), 4)));
  test('what an entry changed is looked at without a sweep', () => {
    const cached = [{ key: entityKey, value: named('Ann', 1), label: 0 }];
    catches(
      new CachesAreTrue(),
      hearing({ touched: [node({ applied: 3, cached })] }),
      hearing({ touched: [node({ applied: 4, cached })] }),
    );
  });
  test('a stretch that is said to be the whole list and is not is caught', () => {
    const cached = [{ key: listKey, value: stretch(true), label: 3 }];
    catches(new CachesAreTrue(), hearing({ touched: [node({ applied: 3, cached })] }));
  });
  test('a cache kept over a restart is caught', () => {
    const right = [{ key: entityKey, value: named('Ann', 1), label: 3 }];
    const jumped = node({ applied: 4, life: 2, cached: right });
    catches(
      new CachesAreTrue(),
      hearing({ touched: [node({ applied: 3, cached: right })] }),
      hearing({ touched: [jumped] }),
    );
  });
});

describe('fills are true at their label', () => {
  const fill = (value: CacheValue, label: number, key = entityKey): Hearings => [
    hearing({ fills: [{ from: 'database', label: at(label), keys: [key], values: [value] }] }),
  ];
  test('the right value passes', () => passes(new FillsAreTrueAtTheirLabel(), ...fill(named('Ann', 1), 3)));
  test('a later label is caught', () => catches(new FillsAreTrueAtTheirLabel(), ...fill(named('Ann', 1), 4)));
  test('an earlier label is caught', () => catches(new FillsAreTrueAtTheirLabel(), ...fill(named('Anna', 4), 3)));
  test('a label that is not committed is caught', () =>
    catches(new FillsAreTrueAtTheirLabel(), ...fill(named('Anna', 4), 5)));
  test('fewer edges than asked for, which are not all, are caught', () =>
    catches(new FillsAreTrueAtTheirLabel(), ...fill(stretch(false, edge(1, 2, 3)), 3, listKey)));
});

describe('exactly once', () => {
  const pending: Outcome = { kind: 'pending' };
  test('a key that takes effect twice is caught', () =>
    catches(new ExactlyOnce(), ...committed(entry(1, [record('a')]), entry(2, [record('a')]))));
  test('twice in one entry is caught', () =>
    catches(new ExactlyOnce(), ...committed(entry(1, [record('a'), record('a')]))));
  test('a large deletion may come again until it is done', () => {
    const steps = [entry(1, [record('a', [], pending)]), entry(2, [record('a', [], pending)]), entry(3, [record('a')])];
    passes(new ExactlyOnce(), ...committed(...steps));
    catches(new ExactlyOnce(), ...committed(...steps, entry(4, [record('a')])));
  });
  test('a key that was forgotten may be used again, another may not', () => {
    const expiry = (before: number): AppliedEntry => ({
      index: at(2),
      term: 1 as Term,
      payload: { kind: 'expiry', time: 20, leader: n1, before },
    });
    passes(new ExactlyOnce(), ...committed(entry(1, [record('a')]), expiry(11), entry(3, [record('a')])));
    catches(new ExactlyOnce(), ...committed(entry(1, [record('a')]), expiry(10), entry(3, [record('a')])));
  });
});

const told = (key: string, answer: MutationTold['answer']): MutationTold => ({
  key,
  hash: `hash of ${key}`,
  node: n2,
  answer,
});
const doneAt = (index: number, changed = true): MutationTold['answer'] => ({
  kind: 'done',
  index: at(index),
  results: [{ id: null, changed }],
});

describe('acknowledged is kept', () => {
  const say = (key: string, answer: MutationTold['answer']): Hearings => [
    hearing({ mutationsTold: [told(key, answer)] }),
  ];
  test('what the log holds passes', () => passes(new AcknowledgedIsKept(), ...say('c', doneAt(3))));
  test('a commit that the log does not have is caught', () =>
    catches(new AcknowledgedIsKept(), ...say('c', doneAt(9))));
  test('a commit elsewhere is caught', () => catches(new AcknowledgedIsKept(), ...say('c', doneAt(2))));
  test('another result is caught', () => catches(new AcknowledgedIsKept(), ...say('c', doneAt(3, false))));
  test('a refusal of what was done is caught', () =>
    catches(new AcknowledgedIsKept(), ...say('c', { kind: 'refused', code: 'CONFLICT', index: at(3) })));
});

describe('copies get one answer', () => {
  const say = (...answers: readonly MutationTold['answer'][]): Hearings => [
    hearing({ mutationsTold: answers.map((answer) => told('c', answer)) }),
  ];
  test('equal answers pass', () => passes(new CopiesGetOneAnswer(), ...say(doneAt(3), { kind: 'unknown' }, doneAt(3))));
  test('two commits are caught', () => catches(new CopiesGetOneAnswer(), ...say(doneAt(3), doneAt(4))));
  test('two results are caught', () => catches(new CopiesGetOneAnswer(), ...say(doneAt(3), doneAt(3, false))));
  test('a refusal without a commit is caught', () =>
    catches(new CopiesGetOneAnswer(), ...say({ kind: 'refused', code: 'CONFLICT', index: null })));
  test('a rejection that only the graph can give is caught', () =>
    catches(new CopiesGetOneAnswer(), ...say({ kind: 'rejected', code: 'CONFLICT' })));
});

describe('rejected is not done', () => {
  const ask = hearing({ mutationsAsked: [{ key: 'a', hash: 'hash of a' }] });
  const reject = hearing({ mutationsTold: [told('a', { kind: 'rejected', code: 'NO_LEADER' })] });
  const unknown = hearing({ mutationsTold: [told('a', { kind: 'unknown' })] });
  const commit = hearing({ committed: [entry(1, [record('a')])] });
  test('a commit after the only copy was rejected is caught', () =>
    catches(new RejectedIsNotDone(), ask, reject, commit));
  test('a commit while a copy is under way passes', () => passes(new RejectedIsNotDone(), ask, ask, reject, commit));
  test('a commit after an unknown outcome passes', () => passes(new RejectedIsNotDone(), ask, unknown, commit));
});

describe('lists, counts and inverses agree', () => {
  const judge = (): ClusterJudge => new ListsCountsAndInversesAgree();
  const two = smallLog().slice(0, 2);
  const third = (effects: ReturnType<typeof friends>): Hearings => committed(...two, entry(3, [record('c', effects)]));
  test('an edge without its inverse is caught', () =>
    catches(judge(), ...third(friends(1, 2, 3).filter((_, place) => place !== 1 && place !== 3))));
  test('a count that is one too many is caught', () =>
    catches(judge(), ...third([...friends(1, 2, 3), { kind: 'count-put', from: idOf(1), type: 'friend', count: 2 }])));
  test('an edge that is not counted is caught', () => catches(judge(), ...third(friends(1, 2, 3).slice(0, 2))));
  test('an edge removed on one side is caught', () => {
    const gone = { kind: 'association-removed', from: idOf(1), type: 'friend', to: idOf(2) } as const;
    const count = { kind: 'count-put', from: idOf(1), type: 'friend', count: 0 } as const;
    catches(judge(), ...committed(...smallLog(), entry(5, [record('e', [gone, count])])));
  });
});

describe('the database is the replay', () => {
  const graph = graphOf(smallLog());
  const write: DatabaseWrite = { by: n1, epoch: 1 as Term, after: at(2), entries: smallLog().slice(2, 3) };
  const look = (contents: number, mark: number): Hearings => [
    hearing({
      graph,
      databaseWrites: [write],
      database: { ...databaseAt(graph, contents), mark: databaseAt(graph, mark).mark },
    }),
  ];
  test('what it should be passes', () => passes(new DatabaseIsTheReplay(), ...look(3, 3)));
  test('rows behind the mark are caught', () => catches(new DatabaseIsTheReplay(), ...look(2, 3)));
  test('rows ahead of the mark are caught in a sweep', () =>
    catches(new DatabaseIsTheReplay(), ...look(4, 3).map((each) => ({ ...each, isSweep: true }))));
  test('a mark ahead of what is committed is caught', () => catches(new DatabaseIsTheReplay(), ...look(4, 5)));
  test('a key that the database should know is missed', () => {
    const database = { ...databaseAt(graph, 3), mutation: () => null };
    catches(new DatabaseIsTheReplay(), hearing({ graph, databaseWrites: [write], database }));
  });
});

describe('one writer an epoch', () => {
  const graph = graphOf(smallLog());
  const write = (by: typeof n1, epoch: number, after = 0): DatabaseWrite => ({
    by,
    epoch: epoch as Term,
    after: at(after),
    entries: smallLog().slice(0, 1),
  });
  const look = (...databaseWrites: readonly DatabaseWrite[]): Hearings => [hearing({ graph, databaseWrites })];
  test('two writers in an epoch are caught', () =>
    catches(new OneWriterAnEpoch(), ...look(write(n1, 2), write(n2, 2))));
  const claimedIn = (epoch: number): Hearings => {
    const { mark } = databaseAt(graph, 1);
    const database = { ...databaseAt(graph, 1), mark: mark && { ...mark, epoch: epoch as Term } };
    return [hearing({ graph, database })];
  };
  test('an older epoch after a newer claim is caught', () =>
    catches(new OneWriterAnEpoch(), ...claimedIn(3), ...look(write(n1, 2))));
  test('an older epoch passes in a database that went back to before the claim', () =>
    passes(new OneWriterAnEpoch(), ...claimedIn(3), ...claimedIn(2), ...look(write(n1, 2))));
  test('a gap is caught', () => catches(new OneWriterAnEpoch(), ...look(write(n1, 2, 3))));
});

describe('the owner of the database leads', () => {
  const graph = graphOf(smallLog());
  const ownedBy = (owner: typeof n1, epoch: number): Hearings => {
    const { mark } = databaseAt(graph, 1);
    return [
      hearing({ graph, database: { ...databaseAt(graph, 1), mark: mark && { ...mark, owner, epoch: epoch as Term } } }),
    ];
  };
  test('a claim under a term that another node led is caught, whatever came first', () => {
    catches(new OwnerLeads(), ...committed(...smallLog()), ...ownedBy(n2, 1));
    catches(new OwnerLeads(), ...ownedBy(n2, 1), ...committed(...smallLog()), ...ownedBy(n2, 1));
  });
  test('the leader itself passes, and so does a term of which nothing is committed yet', () =>
    passes(new OwnerLeads(), ...committed(...smallLog()), ...ownedBy(n1, 1), ...ownedBy(n2, 2)));
});

describe('the applied index only goes forward', () => {
  const steps = (...nodes: readonly ReturnType<typeof node>[]): Hearings =>
    nodes.map((each) => hearing({ touched: [each] }));
  test('a step back is caught', () =>
    catches(new AppliedOnlyForward(), ...steps(node({ applied: 3 }), node({ applied: 2 }))));
  test('another life begins anew', () =>
    passes(new AppliedOnlyForward(), ...steps(node({ applied: 3 }), node({ applied: 1, life: 2 }))));
  test('more than is committed is caught', () => catches(new AppliedOnlyForward(), ...steps(node({ applied: 5 }))));
});

describe('reads are of one moment', () => {
  const read = (over: Partial<ReadTold>): Hearings => [
    hearing({
      readsTold: [
        {
          node: n1,
          consistency: 'SESSION',
          atLeast: at(0),
          acknowledgedBefore: at(0),
          answeredBefore: at(0),
          index: at(3),
          values: [
            { key: entityKey, value: named('Ann', 1) },
            { key: listKey, value: stretch(true, edge(1, 2, 3)) },
          ],
          ...over,
        },
      ],
    }),
  ];
  test('values of its index pass', () => passes(new ReadsAreOfOneMoment(), ...read({})));
  test('values of two moments are caught', () => {
    const values = [
      { key: entityKey, value: named('Anna', 4) },
      { key: listKey, value: stretch(true) },
    ];
    for (const index of [1, 2, 3, 4]) catches(new ReadsAreOfOneMoment(), ...read({ index: at(index), values }));
  });
  test('a session behind its own commit is caught', () =>
    catches(new ReadsAreOfOneMoment(), ...read({ atLeast: at(4) })));
  test('a session behind what its node has answered for is caught', () =>
    catches(new ReadsAreOfOneMoment(), ...read({ answeredBefore: at(4) })));
  test('a linearizable read behind what was acknowledged is caught', () =>
    catches(new ReadsAreOfOneMoment(), ...read({ consistency: 'LINEARIZABLE', acknowledgedBefore: at(4) })));
  test('a local read may be behind', () =>
    passes(new ReadsAreOfOneMoment(), ...read({ consistency: 'LOCAL', acknowledgedBefore: at(4) })));
});

describe('the log', () => {
  test('an entry dated before an earlier one is caught', () =>
    catches(new LogTimeOnlyForward(), ...committed(entry(1, [], 10), entry(2, [], 9))));
  test('an id of another entry is caught', () =>
    catches(new IdsAreUnique(), ...committed(entry(1, [record('a', [{ ...user(2, 'Ben'), created: true }])]))));
  test('an id that is given twice is caught', () =>
    catches(new IdsAreUnique(), ...committed(entry(1, [record('a', [user(1, 'Ann'), user(1, 'Ann')])]))));
  test('a unique key of two entities is caught', () => {
    const keyOf = (id: EntityId) => ({ kind: 'key-put', type: 'User', key: 'ann', id }) as const;
    catches(new IdsAreUnique(), ...committed(entry(1, [record('a', [keyOf(idOf(1)), keyOf(idOf(2))])])));
  });
  test('a deletion that never ends is caught at the end', () => {
    const { entity } = user(1, 'Ann', 2);
    const marked = { kind: 'entity-put', created: false, entity: { ...entity, deletingKey: 'k' } } as const;
    const graph = graphOf([entry(1, [record('a', [user(1, 'Ann')])]), entry(2, [record('k', [marked])])]);
    expect(() => new DeletionsEnd().atEnd(hearing({ graph }))).toThrow('deletions end');
    const ended = entry(3, [record('k2', [{ kind: 'entity-removed', id: entity.id, type: 'User' }], done)]);
    graph.append(ended);
    new DeletionsEnd().atEnd(hearing({ graph }));
  });
});

describe('status tells what is in the log', () => {
  const told = (status: StatusTold['answer']['status'], over: Partial<StatusTold> = {}, index = 1): Hearings => {
    const recorded = { ...record('a'), index: at(index), term: 1 as Term, leader: n1, time: 10 };
    const isRecorded = status === 'COMMITTED' || status === 'REFUSED';
    const answer = { status, recorded: isRecorded ? recorded : null };
    return [hearing({ statusesTold: [{ key: 'a', node: n1, wasSettled: true, answer, ...over }] })];
  };
  test('a commit that is there passes', () => passes(new StatusTellsTheLog(), ...told('COMMITTED')));
  test('a commit that is not there is caught', () => catches(new StatusTellsTheLog(), ...told('COMMITTED', {}, 2)));
  test('a refusal of what was done is caught', () => catches(new StatusTellsTheLog(), ...told('REFUSED')));
  test('what nobody was told of may be unknown', () =>
    passes(new StatusTellsTheLog(), ...told('UNKNOWN', { wasSettled: false })));
  test('what somebody was told of may not', () => catches(new StatusTellsTheLog(), ...told('UNKNOWN')));
  test('no key has expired', () => catches(new StatusTellsTheLog(), ...told('EXPIRED')));
});
