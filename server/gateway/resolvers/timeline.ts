/** What a user posted and liked, merged, newest first. */
import type { UserTimelineArgs } from '#schema/generated/server.ts';
import { comparePositions, decodeCursor, encodeCursor } from '#server/graph/cursor.ts';
import type { Association, ListPosition } from '#server/graph/entity.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { andThen, together, type MaybePromise } from '../execution/maybe-promise.ts';
import type { OperationContext } from '../execution/operation-context.ts';
import { pageLength } from './arguments.ts';
import { readPage, type Page } from './association-page.ts';
import { Connection, mergedPage } from './connections.ts';
import type { FieldResolvers } from './resolver.ts';

const kinds = ['POSTED', 'LIKED'] as const;
type TimelineKind = (typeof kinds)[number];
const listOf: Readonly<Record<TimelineKind, string>> = { POSTED: 'posted', LIKED: 'likes' };

/** A place of the timeline. A user may like a status in the commit that posts it, so the kind is part of the place. */
interface TimelinePlace extends ListPosition {
  readonly kind: TimelineKind;
}

export function timelineConnection(
  context: OperationContext,
  user: EntityId,
  args: UserTimelineArgs,
): Connection<TimelinePlace> {
  const first = pageLength(args.first);
  const after = typeof args.after === 'string' ? decodePlace(args.after) : null;
  return new Connection<TimelinePlace>({
    page: () => readTimeline(context, { user, first, after }),
    cursor: encodePlace,
  });
}

export const timelineEdgeResolvers: FieldResolvers = {
  cursor: encodePlace,
  node: (place: TimelinePlace) => place,
};

export const timelineItemResolvers: FieldResolvers = {
  kind: (place: TimelinePlace) => place.kind,
  time: (place: TimelinePlace) => place.time,
  status: (place: TimelinePlace, _args: unknown, context: OperationContext) => context.reader.entity(place.to),
};

function readTimeline(
  context: OperationContext,
  request: { readonly user: EntityId; readonly first: number; readonly after: TimelinePlace | null },
): MaybePromise<Page<TimelinePlace>> {
  const { user, first, after } = request;
  const pages = kinds.map((kind) => {
    const page = readPage(context.reader, {
      from: user,
      type: listOf[kind],
      first,
      after: placeIn(kind, after),
      since: null,
      until: null,
    });
    return andThen(page, (read): Page<TimelinePlace> => ({
      ...read,
      edges: read.edges.map((edge) => placeOf(edge, kind)),
    }));
  });
  return andThen(together(pages), (read) => mergedPage({ pages: read, first, compare: comparePlaces }));
}

function placeOf({ time, to }: Association, kind: TimelineKind): TimelinePlace {
  return { time, to, kind };
}

/** By place in the list, then posted before liked. */
function comparePlaces(left: TimelinePlace, right: TimelinePlace): number {
  return comparePositions(left, right) || kinds.indexOf(left.kind) - kinds.indexOf(right.kind);
}

/** Behind what the list of this kind goes on: a like of the same status at the same time still follows its post. */
function placeIn(kind: TimelineKind, after: TimelinePlace | null): ListPosition | null {
  if (after === null || kinds.indexOf(kind) <= kinds.indexOf(after.kind)) return after;
  return { time: after.time, to: (after.to + 1) as EntityId };
}

function encodePlace(place: TimelinePlace): string {
  return `${encodeCursor(place)}.${kinds.indexOf(place.kind)}`;
}

function decodePlace(text: string): TimelinePlace {
  const place = text.lastIndexOf('.');
  const cursor = text.slice(0, place);
  const kind = kinds.find((_kind, number) => text.slice(place + 1) === String(number));
  if (kind === undefined)
    throw new GraphError('BAD_INPUT', `${JSON.stringify(text.slice(0, 200))} is no cursor of a timeline`);
  return { ...decodeCursor(cursor), kind };
}
