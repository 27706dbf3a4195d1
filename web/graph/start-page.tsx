import { useNavigate } from '@tanstack/react-router';
import { Shuffle } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useClient } from 'urql';
import { failureOf } from '../connection/failure.ts';
import { useSteadyQuery } from '../connection/steady-query.ts';
import { MostConnectedDocument, RecentStatusesDocument, SomePersonDocument } from '../generated/graphql.ts';
import { formatKnown } from '../shell/figures.ts';
import { EmptyPanel, ErrorPanel, Skeleton } from '../shell/states.tsx';
import { showToast } from '../shell/toasts.ts';
import { isChoosingPerson, useActingPerson } from './acting-person.ts';
import { Composer } from './composer.tsx';
import { NewPill, useLiveList } from './live-list.tsx';
import type { LiveList } from './live-list.tsx';
import { PagedList } from './paged-list.tsx';
import { PersonLine } from './person-line.tsx';
import { StatusCard } from './status-card.tsx';
import { useStatusesPosted } from './use-changes.ts';

/** The way into the graph: what people write now, who knows the most people, and somebody at random. */
export function StartPage(): ReactNode {
  const me = useActingPerson();
  const list = useLiveList('');
  useStatusesPosted({
    after: list.readAt,
    onChange: ({ entityId, commitIndex }) => list.onChange({ member: entityId, kind: 'ADDED', commitIndex }),
    onLost: list.showNew,
  });
  return (
    <div className="page">
      <header className="page-head">
        <h1>Recent statuses</h1>
        <SurpriseButton />
      </header>
      <div className="page-columns">
        <section aria-label="Recent statuses">
          {me === null ? (
            <button type="button" className="composer composer-closed" onClick={() => isChoosingPerson.set(true)}>
              Choose who you are to post, like and befriend
            </button>
          ) : (
            <Composer me={me} onPosted={list.showNew} />
          )}
          <NewPill list={list} one="status" many="statuses" />
          <RecentStatuses list={list} />
        </section>
        <aside className="page-aside" aria-labelledby="most-connected">
          <h2 id="most-connected">Most connected</h2>
          <MostConnected />
        </aside>
      </div>
    </div>
  );
}

const NO_VARIABLES = {};

function RecentStatuses(props: { readonly list: LiveList }): ReactNode {
  return (
    <PagedList
      document={RecentStatusesDocument}
      variables={NO_VARIABLES}
      pick={(data) => data.statuses}
      render={(edge) => (edge.node === null ? null : <StatusCard status={edge.node} time={edge.time} />)}
      empty="Nobody has posted yet."
      skeleton="card"
      generation={props.list.generation}
      onReadAt={props.list.onReadAt}
    />
  );
}

function MostConnected(): ReactNode {
  const [result, readAgain] = useSteadyQuery({
    query: MostConnectedDocument,
    variables: { first: 10 },
    requestPolicy: 'cache-and-network',
  });
  if (result.data === undefined) {
    if (result.error === undefined) return <Skeleton rows={10} kind="line" />;
    return <ErrorPanel error={result.error} onRetry={readAgain} />;
  }
  const people = result.data.mostConnected.flatMap((person) => (person === null ? [] : [person]));
  if (people.length === 0) return <EmptyPanel>There is nobody yet. Join as the first.</EmptyPanel>;
  return (
    <ol className="paged">
      {people.map((person) => (
        <li key={person.id}>
          <PersonLine person={person}>
            <span className="figure faint" title="friends">
              {formatKnown(person.friends?.totalCount)}
            </span>
          </PersonLine>
        </li>
      ))}
    </ol>
  );
}

function SurpriseButton(): ReactNode {
  const client = useClient();
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const surprise = async (): Promise<void> => {
    setIsAsking(true);
    const result = await client.query(SomePersonDocument, {}, { requestPolicy: 'network-only' });
    setIsAsking(false);
    const id = result.data?.randomUsers[0]?.id;
    if (id !== undefined) {
      await navigate({ to: '/u/$id', params: { id } });
      return;
    }
    const failure = result.error === undefined ? null : failureOf(result.error);
    showToast({ tone: 'bad', text: failure?.text ?? 'There is nobody yet.', note: failure?.code ?? '', retry: null });
  };
  return (
    <button type="button" className="button" disabled={isAsking} onClick={() => void surprise()}>
      <Shuffle size={15} aria-hidden />
      Surprise me
    </button>
  );
}
