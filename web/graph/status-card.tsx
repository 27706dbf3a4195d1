import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { StatusCardFragment } from '../generated/graphql.ts';
import { Time } from '../shell/time.tsx';
import { LikeButton } from './like-button.tsx';
import { Avatar } from './person-line.tsx';

export interface StatusCardProps {
  readonly status: StatusCardFragment;
  /** When the edge that brings the status into this list was made. */
  readonly time: string;
  /** Why a status that somebody else wrote stands in this list: `Ada Lovelace liked`. */
  readonly reason?: ReactNode;
}

/** A status in a list. `data-card` is what the keys j and k walk along. */
export function StatusCard(props: StatusCardProps): ReactNode {
  const { status } = props;
  return (
    <article className="card" data-card tabIndex={-1} aria-label={`Status: ${status.text.slice(0, 80)}`}>
      {props.reason === undefined ? null : (
        <p className="card-reason faint">
          {props.reason} · <Time iso={props.time} />
        </p>
      )}
      <div className="card-body">
        <Avatar name={status.author?.name ?? '?'} />
        <div className="card-content">
          <p className="card-head">
            <Author author={status.author} />
            <Time iso={status.createdAt} />
          </p>
          <p className="card-text">
            <Link to="/s/$id" params={{ id: status.id }} data-open>
              {status.text}
            </Link>
          </p>
        </div>
        <LikeButton status={status.id} count={status.likedBy?.totalCount ?? null} />
      </div>
    </article>
  );
}

export function Author(props: { readonly author: StatusCardFragment['author'] }): ReactNode {
  if (props.author === null) return <span className="faint">someone who left</span>;
  return (
    <Link to="/u/$id" params={{ id: props.author.id }} className="author">
      {props.author.name}
    </Link>
  );
}
