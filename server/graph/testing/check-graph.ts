import type { Declarations } from '../declarations.ts';
import { assert } from '../errors.ts';
import { jsonEqual } from '../json.ts';
import type { ReplayedGraph } from './replayed-graph.ts';

/** A judge: every edge has its inverse and two ends, every count is the number of edges, every key leads to the entity that has it. */
export function checkGraph(graph: ReplayedGraph, declarations: Declarations): void {
  const counted = new Map<string, number>();
  for (const edge of graph.associations.values()) {
    const place = `${edge.from} ${edge.type}`;
    counted.set(place, (counted.get(place) ?? 0) + 1);
    const name = `${place} ${edge.to}`;
    assert(graph.entity(edge.from) !== null, `${name} starts nowhere`);
    const inverse = declarations.associations.get(edge.type)?.inverse ?? null;
    if (inverse === null) continue;
    assert(graph.entity(edge.to) !== null, `${name} ends nowhere`);
    const other = graph.association(edge.to, inverse, edge.from);
    assert(other !== null, `${name} has no inverse`);
    const same =
      other.time === edge.time && other.version === edge.version && jsonEqual(other.properties, edge.properties);
    assert(same, `${name} and its inverse differ`);
  }
  for (const [place, count] of graph.counts) {
    assert(
      count === (counted.get(place) ?? 0),
      `${place} is counted ${count} times and there ${counted.get(place) ?? 0} times`,
    );
  }
  for (const [place, count] of counted) assert(graph.counts.get(place) === count, `${place} is not counted`);
  checkKeys(graph, declarations);
}

function checkKeys(graph: ReplayedGraph, declarations: Declarations): void {
  const expected = new Map<string, number>();
  for (const entity of graph.entities.values()) {
    const property = declarations.entities.get(entity.type)?.key ?? null;
    const key = property === null ? undefined : entity.properties[property];
    if (typeof key !== 'string') continue;
    assert(!expected.has(`${entity.type} ${key}`), `two have the key ${key}`);
    expected.set(`${entity.type} ${key}`, entity.id);
  }
  assert(expected.size === graph.keys.size, `${graph.keys.size} keys for ${expected.size} entities that have one`);
  for (const [key, id] of expected) assert(graph.keys.get(key) === id, `the key ${key} does not lead to ${id}`);
}
