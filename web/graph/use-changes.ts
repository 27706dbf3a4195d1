import { useEffect, useRef, useState } from 'react';
import { useSubscription } from 'urql';
import {
  EdgeChangesDocument,
  PersonChangesDocument,
  StatusChangesDocument,
  StatusPostedDocument,
} from '../generated/graphql.ts';
import type { EdgeChangesSubscription } from '../generated/graphql.ts';

export type EdgeChange = EdgeChangesSubscription['associationsChanged'];

/**
 * Hears of edges that come to and go from these lists. It begins with the commit after `afterIndex`, the index that the lists
 * were read at, so that nothing falls between reading and listening; until that is known (null) it waits.
 */
export function useEdgeChanges(
  from: string | null,
  types: readonly string[],
  afterIndex: string | null,
  onChange: (change: EdgeChange) => void,
): void {
  const handler = useRef(onChange);
  useEffect(() => {
    handler.current = onChange;
  });
  const [start, setStart] = useState<{ from: string | null; fromCommit: string } | null>(null);
  if (afterIndex !== null && start?.from !== from) setStart({ from, fromCommit: next(afterIndex) });
  useSubscription(
    {
      query: EdgeChangesDocument,
      variables: { from: [from ?? ''], types: [...types], fromCommit: start?.fromCommit ?? null },
      pause: from === null || start?.from !== from,
    },
    (_previous, data) => {
      handler.current(data.associationsChanged);
      return data;
    },
  );
}

/** Keeps a person's own properties true; the cache of graph data takes them from the subscription. */
export function usePersonChanges(id: string, isPaused: boolean): void {
  useSubscription({ query: PersonChangesDocument, variables: { ids: [id] }, pause: isPaused });
}

export function useStatusChanges(id: string, isPaused: boolean): void {
  useSubscription({ query: StatusChangesDocument, variables: { ids: [id] }, pause: isPaused });
}

/** Hears of statuses by anyone, from the commit after the index that the list of statuses was read at. */
export function useStatusesPosted(
  afterIndex: string | null,
  onPosted: (entityId: string, commitIndex: string) => void,
): void {
  const handler = useRef(onPosted);
  useEffect(() => {
    handler.current = onPosted;
  });
  const [fromCommit, setFromCommit] = useState<string | null>(null);
  if (afterIndex !== null && fromCommit === null) setFromCommit(next(afterIndex));
  useSubscription(
    { query: StatusPostedDocument, variables: { fromCommit }, pause: fromCommit === null },
    (_previous, data) => {
      handler.current(data.statusPosted.entityId, data.statusPosted.commit.index);
      return data;
    },
  );
}

function next(index: string): string {
  return (BigInt(index) + 1n).toString();
}
