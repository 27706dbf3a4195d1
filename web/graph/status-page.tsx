import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { readAnswer } from '../connection/answers.ts';
import { useSteadyQuery } from '../connection/steady-query.ts';
import { StatusDocument, StatusLikersDocument } from '../generated/graphql.ts';
import { countOf } from '../shell/figures.ts';
import { EmptyPanel, ErrorPanel, Skeleton } from '../shell/states.tsx';
import { Time } from '../shell/time.tsx';
import { LikeButton } from './like-button.tsx';
import { NewPill, useLiveList } from './live-list.tsx';
import type { LiveList } from './live-list.tsx';
import { PagedList } from './paged-list.tsx';
import { Avatar, PersonLine } from './person-line.tsx';
import { Properties } from './properties.tsx';
import { Author } from './status-card.tsx';
import { useEdgeChanges, useStatusChanges } from './use-changes.ts';
import { useDelayed } from './use-delayed.ts';

const OWN_LISTS = ['likedby'] as const;

export function StatusPage(props: { readonly id: string }): ReactNode {
  const { id } = props;
  const list = useLiveList('');
  const [result, readNow] = useSteadyQuery({
    query: StatusDocument,
    variables: { id },
    requestPolicy: 'cache-and-network',
  });
  const status = result.data?.status ?? null;
  const readAgain = useDelayed(readNow, 200);
  const readAt = readAnswer(result.extensions)?.index ?? null;
  useEdgeChanges({
    from: status === null ? null : id,
    types: OWN_LISTS,
    after: readAt,
    onChange: (change) => {
      readAgain();
      list.onChange({ member: change.to, kind: change.kind, commitIndex: change.commit.index });
    },
    onLost: () => {
      readAgain();
      list.showNew();
    },
  });
  useStatusChanges({ id, isPaused: status === null, onReadAgain: readAgain });
  useEffect(() => {
    if (status !== null) document.title = `${status.text.slice(0, 60)} · Instaface`;
  }, [status]);

  if (status === null) {
    return (
      <div className="page">
        <NoStatus id={id} error={result.error} isLoading={result.fetching || result.stale} onRetry={readNow} />
      </div>
    );
  }
  return (
    <div className="page">
      <article className="status-head">
        <Avatar name={status.author?.name ?? '?'} size="large" />
        <div>
          <p className="card-head">
            <Author author={status.author} />
            <Time iso={status.createdAt} />
          </p>
          <h1 className="status-text">{status.text}</h1>
        </div>
        <LikeButton status={status.id} count={status.likedBy?.totalCount ?? null} />
      </article>
      <div className="page-columns">
        <section aria-labelledby="likers">
          <h2 id="likers">Liked by {countOf(status.likedBy?.totalCount, 'person', 'people')}</h2>
          <NewPill list={list} one="like" many="likes" />
          <Likers id={id} list={list} />
        </section>
        <aside className="page-aside">
          <h2>Properties</h2>
          <Properties entity={status} />
        </aside>
      </div>
    </div>
  );
}

function Likers(props: { readonly id: string; readonly list: LiveList }): ReactNode {
  return (
    <PagedList
      document={StatusLikersDocument}
      variables={{ id: props.id }}
      pick={(data) => data.status?.likedBy}
      render={(edge) =>
        edge.node === null ? null : (
          <PersonLine person={edge.node}>
            <Time iso={edge.time} />
          </PersonLine>
        )
      }
      empty="Nobody likes this yet."
      skeleton="line"
      generation={props.list.generation}
      onReadAt={props.list.onReadAt}
    />
  );
}

interface NoStatusProps {
  readonly id: string;
  readonly error: CombinedError | undefined;
  readonly isLoading: boolean;
  readonly onRetry: () => void;
}

function NoStatus(props: NoStatusProps): ReactNode {
  if (props.error !== undefined) return <ErrorPanel error={props.error} onRetry={props.onRetry} />;
  if (props.isLoading) return <Skeleton rows={1} kind="head" />;
  return (
    <EmptyPanel>
      <h1>There is no status here</h1>
      <p>
        No status has the id <span className="figure">{props.id}</span>.
      </p>
      <Link to="/">To the start</Link>
    </EmptyPanel>
  );
}
