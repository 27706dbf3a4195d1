/** What is asked of a user beyond properties and associations. */
import type {
  UserFriendshipArgs,
  UserMutualFriendsArgs,
  UserTimelineArgs,
  UserFeedArgs,
} from '#schema/generated/server.ts';
import { comparePositions } from '#server/graph/cursor.ts';
import type { Association, Entity, ListPosition } from '#server/graph/entity.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { listLengthMax } from '#server/graph/limits.ts';
import { andThen, together, type MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { cursorOf, idOfType, pageLength } from './arguments.ts';
import { readPage, type Page } from './association-page.ts';
import { Connection, mergedPage } from './connections.ts';
import type { FieldResolvers } from './resolver.ts';
import { timelineConnection } from './timeline.ts';

/** Friends whose posts a feed looks at, and edges it looks through for one page. */
const feedFriendsMax = 1_000;
const feedEdgesMax = 100_000;
/** Friends looked through for one page of mutual friends. */
const mutualFriendsSeenMax = 10_000;

export const userResolvers: FieldResolvers = {
  friendship: (user: Entity, args: UserFriendshipArgs, context: OperationContext) =>
    context.reader.association(user.id, 'friend', idOfType(args.with, 'User', 'with')),
  mutualFriends: (user: Entity, args: UserMutualFriendsArgs, context: OperationContext) => {
    const search = {
      from: user.id,
      other: idOfType(args.with, 'User', 'with'),
      first: pageLength(args.first),
      after: cursorOf(args.after),
    };
    return new Connection({ page: () => mutualFriends(context, search) });
  },
  timeline: (user: Entity, args: UserTimelineArgs, context: OperationContext) =>
    timelineConnection(context, user.id, args),
  feed: (user: Entity, args: UserFeedArgs, context: OperationContext) => {
    const first = pageLength(args.first);
    const after = cursorOf(args.after);
    return new Connection({ page: () => feed(context, { user: user.id, first, after }) });
  },
};

interface MutualSearch {
  readonly from: EntityId;
  readonly other: EntityId;
  readonly first: number;
  readonly after: ListPosition | null;
}

/** The head of the other's list is read first: where it is complete, every question about a single edge is answered from it. */
function mutualFriends(context: OperationContext, search: MutualSearch): MaybePromise<Page<Association>> {
  const { first, after } = search;
  return andThen(context.reader.list(search.other, 'friend', listLengthMax), () =>
    andThen(collectMutual(context, search, { found: [], after, seen: 0 }), (found) => ({
      edges: found.slice(0, first),
      hasNextPage: found.length > first,
      hasPreviousPage: after !== null,
    })),
  );
}

/** One more than asked for, or all there are. */
function collectMutual(
  context: OperationContext,
  search: MutualSearch,
  progress: { readonly found: readonly Association[]; readonly after: ListPosition | null; readonly seen: number },
): MaybePromise<readonly Association[]> {
  const { from, other, first } = search;
  if (progress.seen >= mutualFriendsSeenMax)
    throw new GraphError(
      'LIMIT_EXCEEDED',
      `mutualFriends looks through at most ${mutualFriendsSeenMax} friends at once; go on from an earlier cursor`,
    );
  const page = readPage(context.reader, {
    from,
    type: 'friend',
    first: listLengthMax,
    after: progress.after,
    since: null,
    until: null,
  });
  return andThen(page, ({ edges, hasNextPage }) => {
    const shared = together(edges.map((edge) => context.reader.association(other, 'friend', edge.to)));
    return andThen(shared, (others) => {
      const found = [...progress.found, ...edges.filter((_edge, place) => others[place] !== null)];
      if (found.length > first || !hasNextPage) return found;
      return collectMutual(context, search, { found, after: edges.at(-1) ?? null, seen: progress.seen + edges.length });
    });
  });
}

function feed(
  context: OperationContext,
  request: { readonly user: EntityId; readonly first: number; readonly after: ListPosition | null },
): MaybePromise<Page<Association>> {
  const { user, first, after } = request;
  return andThen(context.reader.list(user, 'friend', feedFriendsMax), (friends) => {
    const followed = friends.edges.slice(0, feedFriendsMax);
    if (followed.length * first > feedEdgesMax)
      throw new GraphError(
        'LIMIT_EXCEEDED',
        `a feed of ${followed.length} friends takes at most ${Math.floor(feedEdgesMax / followed.length)} at once`,
      );
    const pages = followed.map(({ to }) =>
      readPage(context.reader, { from: to, type: 'posted', first, after, since: null, until: null }),
    );
    return andThen(together(pages), (read) => mergedPage({ pages: read, first, compare: comparePositions }));
  });
}
