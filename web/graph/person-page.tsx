import { Link } from '@tanstack/react-router';
import { Suspense, useEffect } from 'react';
import type { ReactNode } from 'react';
import { readAnswer } from '../connection/answers.ts';
import { useSteadyQuery } from '../connection/steady-query.ts';
import { PersonDocument } from '../generated/graphql.ts';
import type { PersonHeadFragment } from '../generated/graphql.ts';
import { countOf, formatKnown } from '../shell/figures.ts';
import { EmptyPanel, ErrorPanel, Skeleton } from '../shell/states.tsx';
import { actAs, useActingPerson } from './acting-person.ts';
import { BefriendButton } from './befriend-button.tsx';
import { Composer } from './composer.tsx';
import { writeEgoView } from './ego-view.ts';
import type { EgoView } from './ego-view.ts';
import { EgoGraph } from './later.ts';
import { NewPill, useLiveList } from './live-list.tsx';
import type { LiveList } from './live-list.tsx';
import { MutualFriends, PersonFriends, PersonLikes, PersonTimeline } from './person-lists.tsx';
import { Avatar } from './person-line.tsx';
import { PersonProperties } from './person-properties.tsx';
import { useEdgeChanges, usePersonChanges } from './use-changes.ts';
import { useDelayed } from './use-delayed.ts';

export const PERSON_VIEWS = ['timeline', 'graph', 'friends', 'likes', 'props'] as const;
export type PersonView = (typeof PERSON_VIEWS)[number];

const OWN_LISTS = ['friend', 'posted', 'likes'] as const;
/** The association types that a view shows; what changes in others does not concern it. */
const TYPES_SHOWN: Record<PersonView, readonly string[]> = {
  timeline: ['posted', 'likes'],
  graph: ['friend'],
  friends: ['friend'],
  likes: ['likes'],
  props: [],
};

export interface PersonPageProps {
  readonly id: string;
  readonly view: PersonView;
  /** How the drawing is looked at, when that is the view. */
  readonly ego: EgoView;
}

export function PersonPage({ id, view, ego }: PersonPageProps): ReactNode {
  const me = useActingPerson();
  const list = useLiveList(view);
  const [result, readNow] = useSteadyQuery({
    query: PersonDocument,
    variables: { id },
    requestPolicy: 'cache-and-network',
  });
  const person = result.data?.user ?? null;
  // Counts follow every change; asking again a little later answers a burst of them once.
  const readAgain = useDelayed(readNow, 200);
  const readAt = readAnswer(result.extensions)?.index ?? null;
  useEdgeChanges({
    from: person === null ? null : id,
    types: OWN_LISTS,
    after: readAt,
    onChange: (change) => {
      readAgain();
      if (!TYPES_SHOWN[view].includes(change.type)) return;
      list.onChange({ member: `${change.type} ${change.to}`, kind: change.kind, commitIndex: change.commit.index });
    },
    onLost: () => {
      readAgain();
      list.showNew();
    },
  });
  usePersonChanges({ id, isPaused: person === null, onReadAgain: readAgain });
  useEffect(() => {
    if (person !== null) document.title = `${person.name} · Instaface`;
  }, [person]);

  if (person === null) {
    return (
      <div className="page">
        {result.error !== undefined ? <ErrorPanel error={result.error} onRetry={readNow} /> : null}
        {result.error === undefined && (result.fetching || result.stale) ? <Skeleton rows={1} kind="head" /> : null}
        {result.error === undefined && !result.fetching && !result.stale ? <NobodyHere id={id} /> : null}
      </div>
    );
  }
  return (
    <div className="page person-page">
      <PersonHead person={person} />
      <Views person={person} ego={view === 'graph' ? ego : null} />
      <div className="page-columns">
        <section className={`view view-${view}`} aria-label={VIEW_NAMES[view]}>
          {view === 'timeline' && me?.id === id ? <Composer me={me} onPosted={list.showNew} /> : null}
          {view === 'props' ? null : <NewPill list={list} one="item" many="items" />}
          <View person={person} view={view} ego={ego} list={list} />
        </section>
        <aside className="page-aside">
          {view === 'props' ? null : (
            <>
              <h2>Properties</h2>
              <PersonProperties person={person} />
            </>
          )}
          {me === null || me.id === id ? null : <MutualFriends id={id} withId={me.id} />}
        </aside>
      </div>
    </div>
  );
}

function PersonHead(props: { readonly person: PersonHeadFragment }): ReactNode {
  const { person } = props;
  const me = useActingPerson();
  return (
    <header className="person-head">
      <Avatar name={person.name} size="large" />
      <div className="person-title">
        <h1>{person.name}</h1>
        <p className="figure faint">@{person.handle}</p>
      </div>
      <div className="person-actions">
        {me?.id === person.id ? (
          <span className="tag">this is you</span>
        ) : (
          <button type="button" className="button" onClick={() => actAs({ id: person.id, name: person.name })}>
            Act as {person.name.split(' ')[0]}
          </button>
        )}
        <BefriendButton person={person} />
        {me === null || me.id === person.id ? (
          <Link to="/path/$a" params={{ a: person.id }} className="button">
            Path to …
          </Link>
        ) : (
          <Link to="/path/$a/$b" params={{ a: me.id, b: person.id }} className="button">
            Path from you
          </Link>
        )}
      </div>
      {person.bio === null || person.bio === '' ? null : <p className="person-bio">{person.bio}</p>}
    </header>
  );
}

const VIEW_NAMES: Record<PersonView, string> = {
  timeline: 'Timeline',
  graph: 'Graph',
  friends: 'Friends',
  likes: 'Likes',
  props: 'Properties',
};

/** `ego`: the drawing as it is looked at, so that its own link is that of the page. */
function Views(props: { readonly person: PersonHeadFragment; readonly ego: EgoView | null }): ReactNode {
  const { person, ego } = props;
  const notes: Partial<Record<PersonView, string>> = {
    timeline: countOf(person.statuses?.totalCount, 'post', 'posts'),
    friends: formatKnown(person.friends?.totalCount),
    likes: formatKnown(person.likes?.totalCount),
  };
  return (
    <nav className="views" aria-label={person.name}>
      {PERSON_VIEWS.map((view) => (
        <Link
          key={view}
          to="/u/$id"
          params={{ id: person.id }}
          search={{
            ...(view === 'timeline' ? {} : { view }),
            ...(view === 'graph' && ego !== null ? writeEgoView(ego) : {}),
          }}
          className={`view-link view-link-${view}`}
          activeOptions={{ exact: true }}
          replace
          resetScroll={false}
        >
          {VIEW_NAMES[view]}
          {notes[view] === undefined ? null : <span className="figure faint">{notes[view]}</span>}
        </Link>
      ))}
    </nav>
  );
}

function View(props: {
  readonly person: PersonHeadFragment;
  readonly view: PersonView;
  readonly ego: EgoView;
  readonly list: LiveList;
}): ReactNode {
  const { person, view, ego, list } = props;
  switch (view) {
    case 'timeline':
      return <PersonTimeline person={person} list={list} />;
    case 'friends':
      return <PersonFriends person={person} list={list} />;
    case 'likes':
      return <PersonLikes person={person} list={list} />;
    case 'graph':
      return (
        <Suspense fallback={<Skeleton rows={8} kind="line" />}>
          <EgoGraph id={person.id} view={ego} list={list} />
        </Suspense>
      );
    case 'props':
      return <PersonProperties person={person} />;
  }
}

function NobodyHere(props: { readonly id: string }): ReactNode {
  return (
    <EmptyPanel>
      <h1>There is nobody here</h1>
      <p>
        No person has the id <span className="figure">{props.id}</span>.
      </p>
      <Link to="/">To the start</Link>
    </EmptyPanel>
  );
}
