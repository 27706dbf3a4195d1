// After a run: whether all nodes answer the same, whether that is what the database holds, and whether the graph is whole: counts are the
// lengths of their lists, and each association has its inverse.
import { DatabaseSync } from 'node:sqlite';
import { encodeGlobalId } from '#server/graph/global-id.ts';
import type { EntityId, EntityType } from '#server/graph/identifiers.ts';
import { associationInverses } from '#tests/support/association-inverses.ts';
import { askUntilAnswered, type TestCluster } from '#tests/support/cluster-process.ts';
import { waitFor } from '#tests/support/wait.ts';

const entitiesPerQuestion = 50;
/** Longer lists are compared by their length and their first page. */
const listMax = 100;
const materializedBoundMs = 60_000;
const reportedMax = 10;

export interface Agreement {
  readonly entities: number;
  readonly associations: number;
  /** Sentences; none: all agree. */
  readonly differences: readonly string[];
}

interface EntityRow {
  readonly id: number;
  readonly type: string;
  readonly properties: string;
  readonly version: number;
}

interface AssociationRow {
  readonly from_id: number;
  readonly type: string;
  readonly to_id: number;
}

/** Nothing may be written meanwhile. */
export async function compareNodes(cluster: TestCluster, databaseFile: string): Promise<Agreement> {
  await whenMaterialized(cluster);
  const database = new DatabaseSync(databaseFile, { readOnly: true });
  const entities = database.prepare('select id, type, properties, version from entity order by id').all();
  const associations = database.prepare('select from_id, type, to_id from association').all();
  const counts = database.prepare('select from_id, type, count from association_count').all();
  const typeCounts = database.prepare('select type, count from entity_type_count').all();
  database.close();
  const rows = entities as unknown as readonly EntityRow[];
  const edges = associations as unknown as readonly AssociationRow[];
  const differences = [
    ...wholeness(rows, edges),
    ...countDifferences(edges, counts as unknown as readonly CountRow[]),
    ...typeCountDifferences(rows, typeCounts as unknown as readonly TypeCountRow[]),
  ];
  const lists = edgesOf(edges);
  for (let at = 0; at < rows.length && differences.length < reportedMax; at += entitiesPerQuestion) {
    differences.push(...(await nodeDifferences(cluster, rows.slice(at, at + entitiesPerQuestion), lists)));
  }
  return { entities: rows.length, associations: edges.length, differences: differences.slice(0, reportedMax) };
}

async function whenMaterialized(cluster: TestCluster): Promise<void> {
  await waitFor(
    'the database to hold all that is committed, and every node to have applied it',
    async () => {
      const healths = await Promise.all(cluster.nodes.map((node) => node.health(1_000)));
      const indexes = healths.flatMap((health) => [
        health?.['commitIndex'],
        health?.['appliedIndex'],
        health?.['materializedIndex'],
      ]);
      return indexes[0] !== undefined && new Set(indexes.map(String)).size === 1;
    },
    materializedBoundMs,
  );
}

function wholeness(entities: readonly EntityRow[], edges: readonly AssociationRow[]): string[] {
  const ids = new Set(entities.map(({ id }) => id));
  const present = new Set(edges.map(({ from_id, type, to_id }) => `${from_id} ${type} ${to_id}`));
  return edges.flatMap(({ from_id, type, to_id }) => {
    const inverse = associationInverses.get(type);
    if (!ids.has(from_id) || !ids.has(to_id)) return [`${from_id} ${type} ${to_id} is of an entity that is not there`];
    if (inverse === undefined) return [`nobody declared the association type ${type}`];
    return present.has(`${to_id} ${inverse} ${from_id}`) ? [] : [`${from_id} ${type} ${to_id} has no inverse`];
  });
}

interface CountRow {
  readonly from_id: number;
  readonly type: string;
  readonly count: number;
}

function countDifferences(edges: readonly AssociationRow[], counts: readonly CountRow[]): string[] {
  const listed = tallyBy(edges, ({ from_id, type }) => `${from_id} ${type}`);
  const said = new Map(counts.map(({ from_id, type, count }) => [`${from_id} ${type}`, count]));
  return differencesOf(listed, said, 'the list of');
}

interface TypeCountRow {
  readonly type: string;
  readonly count: number;
}

function typeCountDifferences(entities: readonly EntityRow[], counts: readonly TypeCountRow[]): string[] {
  const listed = tallyBy(entities, ({ type }) => type);
  return differencesOf(listed, new Map(counts.map(({ type, count }) => [type, count])), 'entities of type');
}

function tallyBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, number> {
  const tally = new Map<string, number>();
  for (const item of items) tally.set(keyOf(item), (tally.get(keyOf(item)) ?? 0) + 1);
  return tally;
}

function differencesOf(listed: ReadonlyMap<string, number>, said: ReadonlyMap<string, number>, what: string): string[] {
  return [...new Set([...listed.keys(), ...said.keys()])].flatMap((key) => {
    const [length, count] = [listed.get(key) ?? 0, said.get(key) ?? 0];
    return length === count ? [] : [`${what} ${key}: ${length} in the database, its count says ${count}`];
  });
}

type Edges = ReadonlyMap<string, readonly AssociationRow[]>;

function edgesOf(edges: readonly AssociationRow[]): Edges {
  return Map.groupBy(edges, ({ from_id, type }) => `${from_id} ${type}`);
}

const question = `query Compare($ids: [ID!]!) @read(consistency: LINEARIZABLE) { nodes(ids: $ids) {
  ... on User { id handle name version properties
    friend: friends(first: ${listMax}) { totalCount nodes { id } }
    posted: statuses(first: ${listMax}) { totalCount nodes { id } }
    likes: likes(first: ${listMax}) { totalCount nodes { id } } }
  ... on Status { id text version properties author { id } likedby: likedBy(first: ${listMax}) { totalCount nodes { id } } } } }`;

interface AnsweredList {
  readonly totalCount: number;
  readonly nodes: readonly { readonly id: string }[];
}

type AnsweredEntity = { readonly id: string; readonly version: string } & Partial<
  Record<'friend' | 'posted' | 'likes' | 'likedby', AnsweredList>
>;

async function nodeDifferences(cluster: TestCluster, rows: readonly EntityRow[], edges: Edges): Promise<string[]> {
  const idOf = ({ type, id }: Pick<EntityRow, 'type' | 'id'>): string => encodeGlobalId(type, id as EntityId);
  const answers = await Promise.all(
    cluster.nodes.map(async ({ url, options }) => {
      const { nodes } = await askUntilAnswered<{ nodes: readonly (AnsweredEntity | null)[] }>(url, question, {
        ids: rows.map(idOf),
      });
      return { node: options.id, nodes };
    }),
  );
  return rows.flatMap((row, at) => {
    const seen = answers.map(({ node, nodes }) => ({ node, text: JSON.stringify(nodes[at] ?? null) }));
    const other = seen.find(({ text }) => text !== seen[0]?.text);
    if (other)
      return [`${row.type} ${row.id}: ${seen[0]?.node} says ${seen[0]?.text}, ${other.node} says ${other.text}`];
    return databaseDifferences(row, answers[0]?.nodes[at] ?? null, edges);
  });
}

function databaseDifferences(row: EntityRow, entity: AnsweredEntity | null, edges: Edges): string[] {
  const name = `${row.type} ${row.id}`;
  if (entity === null) return [`${name} is in the database and on no node`];
  const differences =
    String(row.version) === entity.version
      ? []
      : [`${name} has version ${row.version} in the database and ${entity.version} on the nodes`];
  for (const type of ['friend', 'posted', 'likes', 'likedby'] as const) {
    const list = entity[type];
    if (list === undefined) continue;
    const held = edges.get(`${row.id} ${type}`) ?? [];
    const other = type === 'friend' || type === 'likedby' ? 'User' : 'Status';
    const ids = new Set(held.map(({ to_id }) => encodeGlobalId(other as EntityType, to_id as EntityId)));
    const listed = new Set(list.nodes.map(({ id }) => id));
    const isWhole = list.nodes.length === Math.min(held.length, listMax) && listed.size === list.nodes.length;
    if (list.totalCount !== held.length || !isWhole || ![...listed].every((id) => ids.has(id)))
      differences.push(
        `${name}: the database holds ${held.length} of ${type}, the nodes say ${list.totalCount} and list ${list.nodes.length}`,
      );
  }
  return differences;
}
