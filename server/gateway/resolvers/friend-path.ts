/** The shortest path of friendships between two people, found from both of its ends at once. */
import type { QueryFriendPathArgs } from '#schema/generated/server.ts';
import type { Entity } from '#server/graph/entity.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { andThen, together, type MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import type { Reader } from '../execution/reader.ts';
import { idOfType } from './arguments.ts';
import type { FieldResolvers } from './resolver.ts';

export interface PathBounds {
  /** Somebody with more friends is not gone through; a path is still found from its other end. */
  readonly friendsPerPersonMax: number;
  /** Friends read in one search. */
  readonly friendsMax: number;
  /** People met in one search, both ends together. */
  readonly peopleMax: number;
}

/** Friendships from one end of a path to the other. */
export const pathLengthMax = 20;
const pathLengthDefault = 6;
/** A search at its bounds keeps the node from everyone else for tens of milliseconds. */
export const pathBounds: PathBounds = {
  friendsPerPersonMax: 5_000,
  friendsMax: 100_000,
  peopleMax: 20_000,
};

export const friendPathQueries: FieldResolvers = {
  friendPath: (_: unknown, args: QueryFriendPathArgs, context: OperationContext) => {
    const from = idOfType(args.from, 'User', 'from');
    const to = idOfType(args.to, 'User', 'to');
    const lengthMax = args.maxLength ?? pathLengthDefault;
    if (lengthMax < 0 || lengthMax > pathLengthMax)
      throw new GraphError('BAD_INPUT', `maxLength must be from 0 to ${pathLengthMax}, not ${lengthMax}`);
    const { reader } = context;
    return andThen(together([existing(reader, from), existing(reader, to)]), () =>
      andThen(findPath(reader, { from, to, lengthMax, bounds: pathBounds }), (path) =>
        path === null ? null : together(path.map((id) => reader.entity(id))),
      ),
    );
  },
};

function existing(reader: Reader, id: EntityId): MaybePromise<Entity> {
  return andThen(reader.entity(id), (entity) => {
    if (entity?.type !== 'User') throw new GraphError('NOT_FOUND', `there is no User ${id}`);
    return entity;
  });
}

export interface PathSearch {
  readonly from: EntityId;
  readonly to: EntityId;
  readonly lengthMax: number;
  readonly bounds: PathBounds;
}

/** One end of the search: everyone within `depth` friendships of it. */
interface Side {
  /** Whom each was met through; null for the end itself. */
  readonly metThrough: Map<EntityId, EntityId | null>;
  /** Those at exactly `depth`, in the order in which they were met. */
  frontier: readonly EntityId[];
  /** How many friends each of the frontier has; null until it was asked. */
  counts: readonly number[] | null;
  depth: number;
}

interface Progress {
  readonly search: PathSearch;
  readonly fromSide: Side;
  readonly toSide: Side;
  friendsRead: number;
}

/**
 * Breadth-first from both ends: each step goes one friendship further at the end where that means fewer friends to read. Friendship is
 * symmetric, so one end alone finds the same paths, only dearer: an end that is too dear stands still while the other one goes on.
 * Between equal paths the order of the lists decides, so the same graph gives the same path.
 */
export function findPath(
  reader: Pick<Reader, 'count' | 'list'>,
  search: PathSearch,
): MaybePromise<readonly EntityId[] | null> {
  if (search.from === search.to) return [search.from];
  return goOn(reader, { search, fromSide: sideAt(search.from), toSide: sideAt(search.to), friendsRead: 0 });
}

function sideAt(id: EntityId): Side {
  return { metThrough: new Map([[id, null]]), frontier: [id], counts: null, depth: 0 };
}

/** Invariant: no path is as short as the depths of both sides together. */
function goOn(reader: Pick<Reader, 'count' | 'list'>, progress: Progress): MaybePromise<readonly EntityId[] | null> {
  const { search, fromSide, toSide } = progress;
  if (fromSide.depth + toSide.depth >= search.lengthMax) return null;
  if (fromSide.frontier.length === 0 || toSide.frontier.length === 0) return null;
  return andThen(
    together([countsOf(reader, fromSide), countsOf(reader, toSide)]),
    ([fromCounts = [], toCounts = []]) => {
      const isFromCheaper = costOf(fromCounts, search.bounds) <= costOf(toCounts, search.bounds);
      const [side, other, counts] = isFromCheaper ? [fromSide, toSide, fromCounts] : [toSide, fromSide, toCounts];
      progress.friendsRead += costOf(counts, search.bounds);
      if (progress.friendsRead > search.bounds.friendsMax) throw tooFar(search);
      return andThen(goFurther(reader, { side, counts, other }), (meeting) => {
        if (meeting !== null) return pathThrough(meeting, { fromSide, toSide });
        if (fromSide.metThrough.size + toSide.metThrough.size > search.bounds.peopleMax) throw tooFar(search);
        return goOn(reader, progress);
      });
    },
  );
}

function countsOf(reader: Pick<Reader, 'count'>, side: Side): MaybePromise<readonly number[]> {
  if (side.counts !== null) return side.counts;
  const counts = together(side.frontier.map((id) => reader.count(id, 'friend')));
  return andThen(counts, (known) => (side.counts = known));
}

/** Friends that a step reads; more than any bound where it goes through somebody who has too many. */
function costOf(counts: readonly number[], { friendsPerPersonMax }: PathBounds): number {
  let cost = 0;
  for (const count of counts) cost += count > friendsPerPersonMax ? Number.POSITIVE_INFINITY : count;
  return cost;
}

/** One friendship further. Answers the first who is known at the other end too: nobody of this step is nearer to it. */
function goFurther(
  reader: Pick<Reader, 'list'>,
  { side, counts, other }: { readonly side: Side; readonly counts: readonly number[]; readonly other: Side },
): MaybePromise<EntityId | null> {
  // One more than there are, so that what is remembered is the whole list.
  const lists = together(side.frontier.map((id, place) => reader.list(id, 'friend', (counts[place] ?? 0) + 1)));
  return andThen(lists, (stretches) => {
    const met: EntityId[] = [];
    for (const [place, id] of side.frontier.entries())
      for (const { to } of stretches[place]?.edges ?? []) {
        if (side.metThrough.has(to)) continue;
        side.metThrough.set(to, id);
        if (other.metThrough.has(to)) return to;
        met.push(to);
      }
    side.frontier = met;
    side.counts = null;
    side.depth += 1;
    return null;
  });
}

function pathThrough(
  meeting: EntityId,
  { fromSide, toSide }: { readonly fromSide: Side; readonly toSide: Side },
): readonly EntityId[] {
  return [...wayBack(fromSide, meeting).reverse(), meeting, ...wayBack(toSide, meeting)];
}

/** From the one before this person to the end of the side. */
function wayBack({ metThrough }: Side, person: EntityId): EntityId[] {
  const way: EntityId[] = [];
  for (let next = metThrough.get(person); next !== null && next !== undefined; next = metThrough.get(next))
    way.push(next);
  return way;
}

function tooFar({ bounds }: PathSearch): GraphError {
  const { friendsMax, friendsPerPersonMax, peopleMax } = bounds;
  return new GraphError(
    'LIMIT_EXCEEDED',
    `friendPath reads at most ${friendsMax} friends, meets at most ${peopleMax} people, and goes through nobody with more than ${friendsPerPersonMax} friends; ask for a smaller maxLength`,
  );
}
