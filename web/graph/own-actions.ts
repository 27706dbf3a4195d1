import { useSyncExternalStore } from 'react';
import type { TypedDocumentNode } from 'urql';
import { v7 as newKey } from 'uuid';
import { rememberCommit } from '../connection/answers.ts';
import { failureOf } from '../connection/failure.ts';
import type { Failure } from '../connection/failure.ts';
import { graphClient } from '../connection/graph-client.ts';
import {
  BefriendDocument,
  LikeStatusDocument,
  OwnEdgesDocument,
  PostStatusDocument,
  UnfriendDocument,
  UnlikeStatusDocument,
  UpdatePersonDocument,
} from '../generated/graphql.ts';
import type { CommitNoteFragment, StatusCardFragment } from '../generated/graphql.ts';
import { formatCount, formatMs } from '../shell/figures.ts';
import { showToast } from '../shell/toasts.ts';
import { actingPerson, isChoosingPerson, useActingPerson } from './acting-person.ts';
import { OWN_EDGE_TYPES, OwnEdges } from './own-edges.ts';
import type { OwnEdge, OwnEdgeType } from './own-edges.ts';
import { useEdgeChanges } from './use-changes.ts';

const ownEdges = new OwnEdges({
  load: async (me, type, to) => {
    const variables = { me, type, to: [...to], first: to.length };
    const result = await graphClient.query(OwnEdgesDocument, variables, { requestPolicy: 'network-only' });
    const edges = result.data?.associations?.edges;
    if (edges === undefined) throw result.error ?? new Error('the own edges were not answered');
    return edges.flatMap((edge) => (edge.node === null ? [] : [edge.node.id]));
  },
  afterRender: (act) => {
    setTimeout(act, 0);
  },
});
ownEdges.actAs(actingPerson.get()?.id ?? null);
actingPerson.subscribe(() => ownEdges.actAs(actingPerson.get()?.id ?? null));

/** Takes in what happens to the acting person's edges from elsewhere. */
export function useOwnEdgeReports(): void {
  const me = useActingPerson();
  useEdgeChanges({
    from: me?.id ?? null,
    types: OWN_EDGE_TYPES,
    after: 'now',
    onChange: ({ type, to, kind }) => {
      const known = OWN_EDGE_TYPES.find((one) => one === type);
      if (known !== undefined) ownEdges.report(known, to, kind !== 'REMOVED');
    },
    onLost: () => undefined,
  });
}

export function useOwnEdge(type: OwnEdgeType, to: string): OwnEdge {
  return useSyncExternalStore(ownEdges.subscribe, () => ownEdges.get(type, to));
}

export type Outcome<Data> = { readonly data: Data } | { readonly failure: Failure };

interface Act<Data> {
  readonly document: TypedDocumentNode<Data, { input: never }>;
  readonly input: Record<string, unknown>;
  readonly commitOf: (data: Data) => CommitNoteFragment | undefined;
  /** `Liked`, and `Not liked` when it is refused. */
  readonly done: string;
  readonly refused: string;
  readonly retry: ((key: string) => void) | null;
  /** Repeats an earlier attempt, so that it takes effect once however often it is sent. */
  readonly key?: string | undefined;
}

/** Sends a mutation and tells the reader what became of it: the commit that it is in, or why it was refused. */
export async function perform<Data>(act: Act<Data>): Promise<Outcome<Data>> {
  const key = act.key ?? newKey();
  const startMs = performance.now();
  const variables = { input: { ...act.input, idempotencyKey: key } };
  const result = await graphClient.mutation(act.document, variables as unknown as { input: never });
  const commit = result.data === undefined ? undefined : act.commitOf(result.data);
  if (result.data !== undefined && commit !== undefined) {
    rememberCommit(commit.index);
    const ms = formatMs(performance.now() - startMs);
    showToast({
      tone: 'ok',
      text: act.done,
      note: `committed #${formatCount(commit.index)} · ${commit.leader} · ${ms} ms`,
      retry: null,
    });
    return { data: result.data };
  }
  const failure = result.error === undefined ? NOTHING_ANSWERED : failureOf(result.error);
  const again = act.retry;
  showToast({
    tone: 'bad',
    text: `${act.refused}. ${failure.text}`,
    note: failure.code,
    retry: again === null ? null : () => again(key),
  });
  return { failure };
}

const NOTHING_ANSWERED: Failure = {
  text: 'The node answered nothing.',
  code: 'INTERNAL_SERVER_ERROR',
  requestId: null,
  mayHaveHappened: true,
};

export function setLiked(status: string, isLiked: boolean, key?: string): void {
  const me = actingPerson.get();
  if (me === null) {
    isChoosingPerson.set(true);
    return;
  }
  const common = { input: { user: me.id, status }, key, retry: (again: string) => setLiked(status, isLiked, again) };
  const sent = isLiked
    ? perform({
        ...common,
        document: LikeStatusDocument,
        commitOf: (data) => data.likeStatus?.commit,
        done: 'Liked',
        refused: 'Not liked',
      })
    : perform({
        ...common,
        document: UnlikeStatusDocument,
        commitOf: (data) => data.unlikeStatus?.commit,
        done: 'No longer liked',
        refused: 'Still liked',
      });
  settle(sent, { type: 'likes', to: status, isPresent: isLiked });
}

export function setFriend(friend: string, name: string, isFriend: boolean, key?: string): void {
  const me = actingPerson.get();
  if (me === null) {
    isChoosingPerson.set(true);
    return;
  }
  const common = {
    input: { user: me.id, friend },
    key,
    retry: (again: string) => setFriend(friend, name, isFriend, again),
  };
  const sent = isFriend
    ? perform({
        ...common,
        document: BefriendDocument,
        commitOf: (data) => data.befriend?.commit,
        done: `Friends with ${name}`,
        refused: `Not friends with ${name}`,
      })
    : perform({
        ...common,
        document: UnfriendDocument,
        commitOf: (data) => data.unfriend?.commit,
        done: `No longer friends with ${name}`,
        refused: `Still friends with ${name}`,
      });
  settle(sent, { type: 'friend', to: friend, isPresent: isFriend });
}

export async function postStatus(author: string, text: string, key?: string): Promise<Outcome<StatusCardFragment>> {
  const outcome = await perform({
    document: PostStatusDocument,
    input: { author, text },
    commitOf: (data) => data.postStatus?.commit,
    done: 'Posted',
    refused: 'Not posted',
    retry: null,
    key,
  });
  if ('failure' in outcome) return outcome;
  const status = outcome.data.postStatus?.status ?? null;
  return status === null ? { failure: NOTHING_ANSWERED } : { data: status };
}

export interface PersonChange {
  readonly key: string;
  /** Properties and their new values; null removes one. */
  readonly change: Record<string, unknown>;
  /** The version that the reader saw: who changed it in between is not overwritten. */
  readonly ifVersion: string;
}

/** `what` names the property that is changed. */
export function updatePerson(
  id: string,
  what: string,
  { key, change, ifVersion }: PersonChange,
): Promise<Outcome<unknown>> {
  return perform({
    document: UpdatePersonDocument,
    input: { id, properties: change, ifVersion },
    commitOf: (data) => data.updateUser?.commit,
    done: `Changed ${what}`,
    refused: `${what} is not changed`,
    retry: null,
    key,
  });
}

/** Shows the change at once, and takes it back when it is refused. */
function settle(sent: Promise<Outcome<unknown>>, edge: { type: OwnEdgeType; to: string; isPresent: boolean }): void {
  ownEdges.begin(edge.type, edge.to, edge.isPresent);
  void sent.then((outcome) => {
    if ('data' in outcome) ownEdges.commit(edge.type, edge.to, edge.isPresent);
    else ownEdges.rollBack(edge.type, edge.to);
  });
}
