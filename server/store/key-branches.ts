import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { Association, Entity } from '#server/graph/entity.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import type { BranchTemplates } from './branch-templates.ts';
import { addInBranches, type AddBranch } from './in-branches.ts';
import { associationOf, at, entityOf, idAt, newestFirst, numberAt, textAt } from './row-decoding.ts';

type ListKey = Extract<CacheKey, { kind: 'list' }>;

/** The branches for the cached kinds of keys: those of one kind and type share a branch, and each list has one of its own. */
export class KeyBranches {
  readonly #templates: BranchTemplates;
  readonly #add: AddBranch;
  readonly #entityIds = new Set<EntityId>();
  readonly #keysByType = new Map<string, Set<string>>();
  readonly #countsByType = new Map<string, Set<EntityId>>();
  readonly #edgesByList = new Map<string, { from: EntityId; type: string; to: Set<EntityId> }>();

  readonly #entities = new Map<EntityId, Entity>();
  readonly #ids = new Map<string, EntityId>();
  readonly #counts = new Map<string, number>();
  readonly #edges = new Map<string, Association>();

  constructor(templates: BranchTemplates, add: AddBranch) {
    this.#templates = templates;
    this.#add = add;
  }

  /** Returns the way to its value, for when the rows have been taken. */
  want(key: CacheKey): () => CacheValue {
    switch (key.kind) {
      case 'entity':
        this.#entityIds.add(key.id);
        return () => ({ kind: 'entity', entity: this.#entities.get(key.id) ?? null });
      case 'unique':
        grouped(this.#keysByType, key.type).add(key.key);
        return () => ({ kind: 'unique', id: this.#ids.get(`${key.type}:${key.key}`) ?? null });
      case 'count':
        grouped(this.#countsByType, key.type).add(key.from);
        return () => ({ kind: 'count', count: this.#counts.get(`${key.from}:${key.type}`) ?? 0 });
      case 'association': {
        const list = `${key.from}:${key.type}`;
        const group = this.#edgesByList.get(list) ?? { from: key.from, type: key.type, to: new Set() };
        this.#edgesByList.set(list, group);
        group.to.add(key.to);
        return () => ({ kind: 'association', association: this.#edges.get(`${list}:${key.to}`) ?? null });
      }
      case 'list':
        return this.#wantList(key);
    }
  }

  /** Adds the branches that were shared. */
  finish(): void {
    const { entities, keys, counts, edges } = this.#templates;
    addInBranches(entities, [], [...this.#entityIds], this.#add, (row) => {
      const entity = entityOf(row);
      this.#entities.set(entity.id, entity);
    });
    for (const [type, some] of this.#keysByType) {
      addInBranches(keys, [type], [...some], this.#add, (row) => {
        this.#ids.set(`${type}:${textAt(row, at.t2)}`, idAt(row, at.n1));
      });
    }
    for (const [type, from] of this.#countsByType) {
      addInBranches(counts, [type], [...from], this.#add, (row) => {
        this.#counts.set(`${numberAt(row, at.n1)}:${type}`, numberAt(row, at.n2));
      });
    }
    for (const [list, { from, type, to }] of this.#edgesByList) {
      addInBranches(edges, [from, type], [...to], this.#add, (row) => {
        const association = associationOf(row);
        this.#edges.set(`${list}:${association.to}`, association);
      });
    }
  }

  /** One edge more than wanted tells whether the list goes on. */
  #wantList(key: ListKey): () => CacheValue {
    const edges: Association[] = [];
    this.#add(this.#templates.list, [key.from, key.type, key.length + 1], (row) => edges.push(associationOf(row)));
    return () => ({
      kind: 'list',
      stretch: { edges: newestFirst(edges).slice(0, key.length), complete: edges.length <= key.length },
    });
  }
}

function grouped<Member>(groups: Map<string, Set<Member>>, name: string): Set<Member> {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group = new Set<Member>();
  groups.set(name, group);
  return group;
}
