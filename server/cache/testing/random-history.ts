import { evaluate } from '#server/graph/evaluate.ts';
import { idsPerEntryMax, type EntityId, type LogIndex, type NodeId, type Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import { commandOf, type CommandSketch } from '#server/graph/testing/arbitrary-command.ts';
import { ReplayedGraph } from '#server/graph/testing/replayed-graph.ts';
import { socialDeclarations } from '#server/graph/testing/social-declarations.ts';

/** A log of real commands, and the graph as it was after each of its entries: `graphs[i]` after entry i. */
export interface History {
  readonly entries: readonly AppliedEntry[];
  readonly graphs: readonly ReplayedGraph[];
  readonly ids: readonly EntityId[];
}

const start: CommandSketch[] = ['a', 'b', 'c'].flatMap((word) => [
  [{ kind: 'create-entity', pick: [0, 0, 0], flag: false, time: null, word }],
  [{ kind: 'create-entity', pick: [2, 0, 0], flag: false, time: null, word }],
]);

/** An entry to a sketch; now and then one that changes nothing, as leaders write them. */
export function historyOf(sketches: readonly CommandSketch[]): History {
  const entries: AppliedEntry[] = [];
  const graphs = [new ReplayedGraph()];
  const ids = new Map<string, EntityId[]>([['User', [1 as EntityId]]]);
  for (const sketch of [...start, ...sketches]) {
    const graph = graphs.at(-1) ?? new ReplayedGraph();
    const index = (entries.length + 1) as LogIndex;
    let place = 0;
    const { outcome, effects } = evaluate({
      view: graph,
      command: commandOf(sketch, {
        ids,
        edges: [...graph.associations.values()],
        versionOf: (id) => graph.entity(id)?.version ?? (0 as LogIndex),
      }),
      key: `key-${index}`,
      now: Math.floor(index / 3),
      index,
      nextId: () => (index * idsPerEntryMax + place++) as EntityId,
      declarations: socialDeclarations,
    });
    const record = { key: `key-${index}`, hash: `hash-${index}`, outcome, effects };
    const payload = { kind: 'mutations', time: index, leader: 'n1' as NodeId, records: [record] } as const;
    entries.push({ index, term: 1 as Term, payload: index % 11 === 0 && effects.length === 0 ? null : payload });
    const next = graph.copy();
    next.apply(effects);
    graphs.push(next);
    for (const { id, type } of next.entities.values()) {
      const known = ids.get(type) ?? [];
      ids.set(type, known);
      if (!known.includes(id)) known.push(id);
    }
  }
  return { entries, graphs, ids: [...ids.values()].flat() };
}
