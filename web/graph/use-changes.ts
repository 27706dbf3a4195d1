import { useEffect, useRef, useState } from 'react';
import { useSubscription } from 'urql';
import type { CombinedError } from 'urql';
import {
  EdgeChangesDocument,
  PersonChangesDocument,
  StatusChangesDocument,
  StatusPostedDocument,
} from '../generated/graphql.ts';
import type { EdgeChangesSubscription } from '../generated/graphql.ts';
import { useDelayed } from './use-delayed.ts';

type EdgeChange = EdgeChangesSubscription['associationsChanged'];

/** Before a subscription that a node ended (`HISTORY_GONE`, too many of them) is tried again. */
const AGAIN_AFTER_MS = 2_000;

export interface ChangesOptions<Change> {
  /**
   * The index that was read at, or null while that is not known. Listening begins with the commit after it, so that nothing
   * falls between reading and listening; `now` begins with whatever comes next.
   */
  readonly after: string | null;
  readonly onChange: (change: Change) => void;
  /** The node does not remember that far back: read again; listening goes on from the index of that reading. */
  readonly onLost: () => void;
}

export interface EdgeChangesOptions extends ChangesOptions<EdgeChange> {
  /** Whose lists; null listens to nothing. */
  readonly from: string | null;
  readonly types: readonly string[];
}

/** Hears of edges that come to and go from these lists. */
export function useEdgeChanges(options: EdgeChangesOptions): void {
  const { from, types, after, onLost } = options;
  const handle = useLatest(options.onChange);
  const start = useStart(from, after);
  const [result] = useSubscription(
    {
      query: EdgeChangesDocument,
      variables: { from: [from ?? ''], types: [...types], fromCommit: start.fromCommit },
      pause: from === null || start.isWaiting,
    },
    (_previous, data) => {
      handle.current(data.associationsChanged);
      return data;
    },
  );
  useLoss(result.error, start.forget, onLost);
}

/** Hears of statuses by anyone. */
export function useStatusesPosted(options: ChangesOptions<{ entityId: string; commitIndex: string }>): void {
  const { after, onLost } = options;
  const handle = useLatest(options.onChange);
  const start = useStart('', after);
  const [result] = useSubscription(
    { query: StatusPostedDocument, variables: { fromCommit: start.fromCommit }, pause: start.isWaiting },
    (_previous, { statusPosted }) => {
      handle.current({ entityId: statusPosted.entityId, commitIndex: statusPosted.commit.index });
      return { statusPosted };
    },
  );
  useLoss(result.error, start.forget, onLost);
}

export interface EntityChangesOptions {
  readonly id: string;
  readonly isPaused: boolean;
  /** It was removed, or changes were missed: read it again. */
  readonly onReadAgain: () => void;
}

/** Keeps a person's own properties true; the cache of graph data takes them from the subscription. */
export function usePersonChanges({ id, isPaused, onReadAgain }: EntityChangesOptions): void {
  const handle = useLatest(onReadAgain);
  const [result, subscribeAgain] = useSubscription(
    { query: PersonChangesDocument, variables: { ids: [id] }, pause: isPaused },
    (_previous, data) => {
      if (data.entityChanged.kind === 'REMOVED') handle.current();
      return data;
    },
  );
  useLoss(result.error, subscribeAgain, onReadAgain);
}

export function useStatusChanges({ id, isPaused, onReadAgain }: EntityChangesOptions): void {
  const handle = useLatest(onReadAgain);
  const [result, subscribeAgain] = useSubscription(
    { query: StatusChangesDocument, variables: { ids: [id] }, pause: isPaused },
    (_previous, data) => {
      if (data.entityChanged.kind === 'REMOVED') handle.current();
      return data;
    },
  );
  useLoss(result.error, subscribeAgain, onReadAgain);
}

interface Start {
  readonly fromCommit: string | null;
  readonly isWaiting: boolean;
  /** The next start needs another index than the one that this one began at. */
  readonly forget: () => void;
}

/** Fixes where listening begins, so that later readings of the same list do not begin it again. */
function useStart(subject: string | null, after: string | null): Start {
  const [start, setStart] = useState<{ subject: string | null; after: string } | null>(null);
  const [lostAt, setLostAt] = useState<string | null>(null);
  const isKnown = after !== null && (after === 'now' || after !== lostAt);
  if (isKnown && start?.subject !== subject) setStart({ subject, after });
  const isWaiting = start === null || start.subject !== subject;
  return {
    fromCommit: isWaiting || start.after === 'now' ? null : (BigInt(start.after) + 1n).toString(),
    isWaiting,
    forget: () => {
      setLostAt(start?.after ?? null);
      setStart(null);
    },
  };
}

function useLoss(error: CombinedError | undefined, forget: () => void, onLost: () => void): void {
  const recover = useDelayed(() => {
    forget();
    onLost();
  }, AGAIN_AFTER_MS);
  useEffect(() => {
    if (error !== undefined) recover();
  }, [error, recover]);
}

function useLatest<Value>(value: Value) {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
