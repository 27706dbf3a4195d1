import * as fc from 'fast-check';
import type { Command, EntityReference, Operation, PropertyChanges } from '../command.ts';
import type { EntityId, LogIndex } from '../identifiers.ts';

/** What is there to choose from when a sketch becomes a command. Never empty. */
export interface Choice {
  /** Every id ever given out, those of removed entities included, by type. */
  readonly ids: ReadonlyMap<string, readonly EntityId[]>;
  readonly versionOf: (id: EntityId) => LogIndex;
  /** Those that there are now. */
  readonly edges: readonly { readonly from: EntityId; readonly type: string; readonly to: EntityId }[];
}

/** An operation before it is known which ids there are: the numbers pick from what there is when its turn comes. */
interface OperationSketch {
  readonly kind: Operation['kind'];
  readonly pick: readonly [number, number, number];
  readonly flag: boolean;
  readonly time: number | null;
  readonly word: string;
}
export type CommandSketch = readonly OperationSketch[];

const entityTypes = ['User', 'User', 'Status', 'Photo'];
const ends: Readonly<Record<string, readonly [string, string]>> = {
  friend: ['User', 'User'],
  posted: ['User', 'Status'],
  postedby: ['Status', 'User'],
  likes: ['User', 'Status'],
  likedby: ['Status', 'User'],
  shares: ['User', 'Status'],
  sharedby: ['Status', 'User'],
  follows: ['User', 'User'],
  followedby: ['User', 'User'],
  depicts: ['Photo', 'User'],
  portrait: ['User', 'Photo'],
  portrays: ['Photo', 'User'],
};
const changes: readonly (readonly [string, string])[] = [
  ['friend', 'follows'],
  ['follows', 'friend'],
  ['follows', 'followedby'],
  ['likes', 'shares'],
  ['shares', 'likes'],
  ['posted', 'likes'],
  ['likes', 'posted'],
  ['likedby', 'postedby'],
  ['friend', 'friend'],
];

const operationSketch: fc.Arbitrary<OperationSketch> = fc.record({
  kind: fc.constantFrom(
    'create-entity',
    'update-entity',
    'delete-entity',
    'add-association',
    'add-association',
    'add-association',
    'add-association',
    'remove-association',
    'change-association-type',
  ),
  pick: fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)),
  flag: fc.boolean(),
  time: fc.option(fc.integer({ min: -3, max: 20 })),
  word: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'A', 'é', 'ab'),
});

/** Mostly single operations, as clients send them, and some batches. */
export const commandSketch: fc.Arbitrary<CommandSketch> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(operationSketch) },
  { weight: 1, arbitrary: fc.array(operationSketch, { minLength: 2, maxLength: 6 }) },
);

/** A command that passes validation. */
export function commandOf(sketch: CommandSketch, choice: Choice): Command {
  const created: string[] = [];
  const operations = sketch.map((operation) => {
    const made = operationOf(operation, choice, created);
    created.push(made.kind === 'create-entity' ? made.type : '');
    return made;
  });
  return { operations };
}

function operationOf(sketch: OperationSketch, choice: Choice, created: readonly string[]): Operation {
  const { kind, pick, flag, word } = sketch;
  const type = at(entityTypes, pick[0]);
  switch (kind) {
    case 'create-entity':
      return { kind, type, properties: propertiesOf(type, word) };
    case 'update-entity':
    case 'delete-entity': {
      const id = referenceOf(type, pick[1], choice, created);
      const ifVersion = pick[2] % 4 === 0 && typeof id === 'number' ? versionNear(choice.versionOf(id), pick[2]) : null;
      // What a declared type asks is met by the graph alone where no type is named.
      const expectedType = flag && pick[2] % 50 !== 1 && typeof id === 'number' ? type : null;
      if (kind === 'delete-entity') return { kind, id, expectedType, ifVersion };
      return {
        kind,
        id,
        expectedType,
        ifVersion,
        properties: changesOf(type, word, typeof id === 'number' ? pick[2] : 2),
      };
    }
    case 'add-association': {
      const association = at(Object.keys(ends), pick[0]);
      const edge = { type: association, ...endsOf(association, pick, choice, created) };
      const properties: PropertyChanges = flag ? {} : { note: word, gone: null };
      return { kind, ...edge, time: sketch.time, properties, ifPresent: pick[1] % 2 === 0 ? 'keep' : 'replace' };
    }
    case 'remove-association': {
      const association = at(Object.keys(ends), pick[0]);
      return {
        kind,
        ...(present(sketch, choice) ?? { type: association, ...endsOf(association, pick, choice, created) }),
      };
    }
    case 'change-association-type': {
      const [before, after] = at(changes, pick[0]);
      const edge = present(sketch, choice);
      const newType = changes.find(([type]) => type === edge?.type)?.[1];
      // Into a symmetric type an edge from an entity to itself cannot go: validation would refuse it.
      if (edge !== null && newType !== undefined && edge.from !== edge.to) return { kind, ...edge, newType };
      return { kind, type: before, newType: after, ...endsOf(before, pick, choice, created) };
    }
  }
}

/** Mostly an edge that is there: by chance alone removals would find nothing. */
function present(sketch: OperationSketch, choice: Choice): Choice['edges'][number] | null {
  const edge = choice.edges.length === 0 || sketch.pick[1] % 4 === 0 ? null : at(choice.edges, sketch.pick[0]);
  return edge === null ? null : { from: edge.from, type: edge.type, to: edge.to };
}

function endsOf(
  association: string,
  pick: OperationSketch['pick'],
  choice: Choice,
  created: readonly string[],
): { from: EntityReference; to: EntityReference } {
  const [fromType, toType] = ends[association] ?? ['User', 'User'];
  const from = referenceOf(fromType, pick[1], choice, created);
  const to = referenceOf(toType, pick[2], choice, created);
  const same = JSON.stringify(from) === JSON.stringify(to);
  // What is symmetric, or may become so, cannot join an entity with itself; an id that is never given out stands in.
  return { from, to: same && association !== 'followedby' ? (4095 as EntityId) : to };
}

/** An id of the type, now and then one of another type, one that never was, or what this command creates. */
function referenceOf(type: string, pick: number, choice: Choice, created: readonly string[]): EntityReference {
  const places = created.flatMap((made, place) => (made === type ? [place] : []));
  if (places.length > 0 && pick % 3 === 0) return { created: at(places, pick) };
  const all = [...choice.ids.values()].flat();
  if (pick % 37 === 0) return at(all, pick);
  return at(choice.ids.get(type) ?? all, pick);
}

function propertiesOf(type: string, word: string): PropertyChanges {
  if (type === 'User') return { handle: word, name: `${word} ${word}`, bio: null, extra: { deep: [1, word] } };
  if (type === 'Status') return { text: word };
  return word === 'a' ? {} : { url: word };
}

function changesOf(type: string, word: string, pick: number): PropertyChanges {
  if (pick % 50 === 1) return type === 'User' ? { name: null } : { text: null };
  if (type === 'User') return pick % 3 === 0 ? { handle: word } : { bio: pick % 3 === 1 ? word : null };
  if (type === 'Status') return pick % 2 === 0 ? { text: word } : { mood: word };
  return { url: pick % 2 === 0 ? word : null };
}

function versionNear(version: LogIndex, pick: number): LogIndex {
  return (pick % 8 === 0 ? version : version + 1) as LogIndex;
}

function at<Item>(items: readonly Item[], pick: number): Item {
  const item = items[pick % items.length];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}
