import type { ReactNode } from 'react';
import { useSteadyQuery } from '../connection/steady-query.ts';
import {
  MutualFriendsDocument,
  PersonFriendsDocument,
  PersonLikesDocument,
  PersonTimelineDocument,
} from '../generated/graphql.ts';
import type { PersonLineFragment, PersonTimelineQuery } from '../generated/graphql.ts';
import { Time } from '../shell/time.tsx';
import type { LiveList } from './live-list.tsx';
import { PagedList } from './paged-list.tsx';
import { PersonLine } from './person-line.tsx';
import { StatusCard } from './status-card.tsx';

interface ListProps {
  readonly person: PersonLineFragment;
  readonly list: LiveList;
}

type TimelineEdge = NonNullable<NonNullable<PersonTimelineQuery['user']>['timeline']>['edges'][number];

/** What a person posted and liked, merged. */
export function PersonTimeline({ person, list }: ListProps): ReactNode {
  return (
    <PagedList
      document={PersonTimelineDocument}
      variables={{ id: person.id }}
      pick={(data) => data.user?.timeline}
      render={(edge) => <TimelineItem person={person} item={edge.node} />}
      empty={`${person.name} has neither posted nor liked anything yet.`}
      skeleton="card"
      generation={list.generation}
      onReadAt={list.onReadAt}
    />
  );
}

function TimelineItem(props: { readonly person: PersonLineFragment; readonly item: TimelineEdge['node'] }): ReactNode {
  const { kind, status, time } = props.item;
  if (status === null) return null;
  if (kind === 'POSTED') return <StatusCard status={status} time={time} />;
  return <StatusCard status={status} time={time} reason={`${props.person.name} liked`} />;
}

export function PersonFriends({ person, list }: ListProps): ReactNode {
  return (
    <PagedList
      document={PersonFriendsDocument}
      variables={{ id: person.id }}
      pick={(data) => data.user?.friends}
      render={(edge) =>
        edge.node === null ? null : (
          <PersonLine person={edge.node}>
            <Time iso={edge.time} />
          </PersonLine>
        )
      }
      empty={`${person.name} has no friends yet.`}
      skeleton="line"
      generation={list.generation}
      onReadAt={list.onReadAt}
    />
  );
}

export function PersonLikes({ person, list }: ListProps): ReactNode {
  return (
    <PagedList
      document={PersonLikesDocument}
      variables={{ id: person.id }}
      pick={(data) => data.user?.likes}
      render={(edge) =>
        edge.node === null ? null : <StatusCard status={edge.node} time={edge.time} reason={`${person.name} liked`} />
      }
      empty={`${person.name} has not liked anything yet.`}
      skeleton="card"
      generation={list.generation}
      onReadAt={list.onReadAt}
    />
  );
}

const MUTUAL_FRIENDS_SHOWN = 8;

/** The friends that a person has in common with the acting person; nothing while there are none. */
export function MutualFriends(props: { readonly id: string; readonly withId: string }): ReactNode {
  const variables = { id: props.id, with: props.withId, first: MUTUAL_FRIENDS_SHOWN };
  const [result] = useSteadyQuery({ query: MutualFriendsDocument, variables, requestPolicy: 'cache-and-network' });
  const mutual = result.data?.user?.mutualFriends;
  const people = (mutual?.edges ?? []).flatMap((edge) => (edge.node === null ? [] : [edge.node]));
  if (people.length === 0) return null;
  return (
    <>
      <h2>Friends in common{mutual?.pageInfo.hasNextPage === true ? `, ${MUTUAL_FRIENDS_SHOWN} of more` : ''}</h2>
      <ol className="paged">
        {people.map((person) => (
          <li key={person.id}>
            <PersonLine person={person} />
          </li>
        ))}
      </ol>
    </>
  );
}
