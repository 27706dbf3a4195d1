import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PersonLineFragment } from '../generated/graphql.ts';
import { initialsOf } from '../shell/figures.ts';

export function Avatar(props: { readonly name: string; readonly size?: 'small' | 'large' }): ReactNode {
  return (
    <span className={`avatar avatar-${props.size ?? 'small'}`} aria-hidden>
      {initialsOf(props.name)}
    </span>
  );
}

/** A person in a list: initials, name, handle, and what else the list says of them. */
export function PersonLine(props: { readonly person: PersonLineFragment; readonly children?: ReactNode }): ReactNode {
  const { person } = props;
  return (
    <div className="person-line">
      <Link to="/u/$id" params={{ id: person.id }} className="person-link">
        <Avatar name={person.name} />
        <span className="person-names">
          <span className="person-name">{person.name}</span>
          <span className="figure faint">@{person.handle}</span>
        </span>
      </Link>
      {props.children === undefined ? null : <span className="person-aside">{props.children}</span>}
    </div>
  );
}
