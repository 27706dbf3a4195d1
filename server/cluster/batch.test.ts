import { describe, expect, test } from 'vitest';
import type { Operation } from '#server/graph/command.ts';
import type { EntityId, LogIndex, NodeId } from '#server/graph/identifiers.ts';
import { idsPerEntryMax } from '#server/graph/identifiers.ts';
import { ReplayedGraph } from '#server/graph/testing/replayed-graph.ts';
import { socialDeclarations } from '#server/graph/testing/social-declarations.ts';
import { SocialGraph } from '#server/graph/testing/social-graph.ts';
import { Batch } from './batch.ts';
import { decodePayload } from './payload-codec.ts';

const index = 900 as LogIndex;

function newBatch(limits: { commandsMax?: number; bytesMax?: number } = {}): Batch {
  const { commandsMax = 10_000, bytesMax = 10_000_000 } = limits;
  return new Batch({
    index,
    time: 5_000_000,
    leader: 'n1' as NodeId,
    declarations: socialDeclarations,
    commandsMax,
    bytesMax,
  });
}

let keys = 0;
const request = (...operations: Operation[]) => ({
  idempotencyKey: `key-${(keys += 1)}`,
  hash: 'hash',
  command: { operations },
});
const create = (handle: string): Operation => ({
  kind: 'create-entity',
  type: 'User',
  properties: { handle, name: handle },
});
const rename = (id: EntityId, name: string): Operation => ({
  kind: 'update-entity',
  id,
  expectedType: null,
  properties: { name },
  ifVersion: null,
});

function someone(): { readonly graph: SocialGraph; readonly id: EntityId } {
  const graph = new SocialGraph();
  const { outcome } = graph.run(create('ada'));
  const id = outcome.kind === 'done' ? outcome.results[0]?.id : null;
  if (id === null || id === undefined) throw new Error('nobody was created');
  return { graph, id };
}

describe('a batch', () => {
  test('lets each command see those before it', () => {
    const batch = newBatch();
    const view = new ReplayedGraph();
    expect(batch.add(request(create('ada')), view)).toEqual({ kind: 'added' });
    expect(batch.add(request(create('ada')), view)).toEqual({ kind: 'added' });
    expect(batch.records.map(({ outcome }) => outcome.kind)).toEqual(['done', 'refused']);
    expect(batch.records[1]?.effects).toEqual([]);
  });

  test('ends before a second command that changes the same entity', () => {
    const { graph, id } = someone();
    const batch = newBatch();
    expect(batch.add(request(rename(id, 'Ada')), graph.replayed)).toEqual({ kind: 'added' });
    expect(batch.add(request(rename(id, 'Countess')), graph.replayed)).toEqual({ kind: 'full' });
    expect(batch.size).toBe(1);
  });

  test('ends before it would make a 4,097th id', () => {
    const batch = newBatch();
    const view = new ReplayedGraph();
    for (let command = 0; command < 4; command++) {
      const operations = Array.from({ length: 1_000 }, (_, i) => create(`u${command}-${i}`));
      expect(batch.add(request(...operations), view)).toEqual({ kind: 'added' });
    }
    expect(batch.add(request(...Array.from({ length: 97 }, (_, i) => create(`v${i}`))), view)).toEqual({
      kind: 'full',
    });
    expect(batch.add(request(...Array.from({ length: 96 }, (_, i) => create(`w${i}`))), view)).toEqual({
      kind: 'added',
    });
    const last = batch.records.at(-1)?.outcome;
    const ids = last?.kind === 'done' ? last.results.map(({ id }) => id) : [];
    expect(ids.at(-1)).toBe(index * idsPerEntryMax + idsPerEntryMax - 1);
  });

  test('ends at its count and its bytes, but takes one command of any size', () => {
    const view = new ReplayedGraph();
    const small = newBatch({ commandsMax: 1 });
    expect(small.add(request(create('a')), view).kind).toBe('added');
    expect(small.add(request(create('b')), view).kind).toBe('full');
    const narrow = newBatch({ bytesMax: 10 });
    expect(narrow.add(request(create('a')), view).kind).toBe('added');
    expect(narrow.add(request(create('b')), view).kind).toBe('full');
  });

  test('says what is missing in the view, and gives out no id for it', () => {
    const batch = newBatch();
    const knowing = new ReplayedGraph();
    const ignorant = { ...emptyView, unique: () => undefined };
    expect(batch.add(request(create('ada')), ignorant)).toMatchObject({ kind: 'missing' });
    batch.add(request(create('ada')), knowing);
    expect(batch.records[0]?.outcome).toMatchObject({ results: [{ id: index * idsPerEntryMax }] });
  });

  test('refuses, in the log, a command that would make the entry too large for a frame', () => {
    const graph = new SocialGraph();
    const text = 'x'.repeat(8_000);
    const ids: EntityId[] = [];
    for (let i = 0; i < 600; i++) {
      const { outcome } = graph.run({
        kind: 'create-entity',
        type: 'Status',
        properties: { text: 'long', extra: [text] },
      });
      if (outcome.kind === 'done' && outcome.results[0]?.id) ids.push(outcome.results[0].id);
    }
    const batch = newBatch();
    const edits = ids.map((id): Operation => ({
      kind: 'update-entity',
      id,
      expectedType: null,
      properties: { text: 'short' },
      ifVersion: null,
    }));
    expect(batch.add(request(...edits), graph.replayed)).toEqual({ kind: 'added' });
    expect(batch.records[0]).toMatchObject({ outcome: { kind: 'refused', code: 'TOO_LARGE' }, effects: [] });
  });

  test('is read from its bytes as it was made', () => {
    const batch = newBatch();
    batch.add(request(create('ada')), new ReplayedGraph());
    expect(decodePayload(batch.encode(), index)).toMatchObject({ kind: 'mutations', records: batch.records });
  });
});

const emptyView = {
  entity: () => null,
  unique: () => null,
  association: () => null,
  count: () => 0,
  list: () => ({ edges: [], complete: true }),
};
