import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { readAnswer } from '../connection/answers.ts';
import { useSteadyQuery } from '../connection/steady-query.ts';
import { EgoGraphDocument } from '../generated/graphql.ts';
import type { EgoGraphQuery } from '../generated/graphql.ts';
import { formatCount, initialsOf } from '../shell/figures.ts';
import { EmptyPanel, ErrorPanel, Skeleton } from '../shell/states.tsx';
import { useWidth } from '../shell/use-width.ts';
import { layOutEgo } from './ego-layout.ts';
import type { LiveList } from './live-list.tsx';
import type { EgoFriend, EgoLayout, PlacedFriend } from './ego-layout.ts';

/** Friends that are drawn; the rest are one link away, in the list. */
const DRAWN_MAX = 48;
const WIDTH_FIRST_PX = 560;

/** A person among their friends, and who of those are friends of each other. The list of friends is its twin in words. */
export function EgoGraph(props: { readonly id: string; readonly list: LiveList }): ReactNode {
  const { id } = props;
  const { generation, onReadAt } = props.list;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, WIDTH_FIRST_PX);
  const [result, readAgain] = useSteadyQuery({
    query: EgoGraphDocument,
    variables: { id, first: DRAWN_MAX },
    requestPolicy: 'cache-and-network',
  });
  const shownGeneration = useRef(generation);
  useEffect(() => {
    if (shownGeneration.current === generation) return;
    shownGeneration.current = generation;
    readAgain();
  }, [generation, readAgain]);
  const readAt = readAnswer(result.extensions)?.index ?? null;
  useEffect(() => {
    if (readAt !== null) onReadAt(readAt);
  }, [readAt, onReadAt]);
  const person = result.data?.user ?? null;
  const layout = useMemo(() => (person === null ? null : layOutEgo(friendsOf(person), width)), [person, width]);
  const left = (person?.friends?.totalCount ?? 0) - (layout?.friends.length ?? 0);
  return (
    <div ref={box} className="ego">
      {result.error === undefined ? null : <ErrorPanel error={result.error} onRetry={readAgain} />}
      {person === null && result.fetching ? <Skeleton rows={8} kind="line" /> : null}
      {layout !== null && layout.friends.length === 0 ? (
        <EmptyPanel>There are no friends to draw yet.</EmptyPanel>
      ) : null}
      {person === null || layout === null || layout.friends.length === 0 ? null : (
        <Drawing name={person.name} layout={layout} />
      )}
      {left > 0 ? (
        <Link to="/u/$id" params={{ id }} search={{ view: 'friends' }} className="button">
          +{formatCount(left)} more
        </Link>
      ) : null}
    </div>
  );
}

function friendsOf(person: NonNullable<EgoGraphQuery['user']>): readonly EgoFriend[] {
  return (person.friends?.edges ?? []).flatMap(({ node }) => {
    if (node === null) return [];
    const knows = (node.mutualFriends?.edges ?? []).flatMap((edge) => (edge.node === null ? [] : [edge.node.id]));
    return [{ id: node.id, name: node.name, knows }];
  });
}

function Drawing(props: { readonly name: string; readonly layout: EgoLayout }): ReactNode {
  const { layout, name } = props;
  const [lit, setLit] = useState<string | null>(null);
  const places = new Map(layout.friends.map((friend) => [friend.id, friend]));
  const litNeighbours = new Set(layout.chords.flatMap(({ a, b }) => (a === lit ? [b] : b === lit ? [a] : [])));
  const isDim = (id: string): boolean => lit !== null && id !== lit && !litNeighbours.has(id);
  const { width, height } = layout;
  return (
    <svg
      className="ego-drawing"
      viewBox={`${-width / 2} ${-height / 2} ${width} ${height}`}
      width={width}
      height={height}
      role="group"
      aria-label={`${name} and ${layout.friends.length} friends, of whom ${layout.chords.length} pairs are friends too`}
    >
      <g aria-hidden>
        {layout.chords.map(({ a, b }) => (
          <path
            key={`${a} ${b}`}
            d={chordPath(places.get(a), places.get(b))}
            className={a === lit || b === lit ? 'chord chord-lit' : 'chord'}
          />
        ))}
        {layout.friends.map((friend) => (
          <line
            key={friend.id}
            x2={friend.x}
            y2={friend.y}
            className={friend.id === lit ? 'spoke spoke-lit' : 'spoke'}
          />
        ))}
        <circle r={20} className="ego-centre" />
        <text className="ego-initials" textAnchor="middle" dy="0.35em">
          {initialsOf(name)}
        </text>
      </g>
      {layout.friends.map((friend) => (
        <Friend key={friend.id} friend={friend} isDim={isDim(friend.id)} onLight={setLit} />
      ))}
    </svg>
  );
}

interface FriendProps {
  readonly friend: PlacedFriend;
  readonly isDim: boolean;
  readonly onLight: (id: string | null) => void;
}

function Friend({ friend, isDim, onLight }: FriendProps): ReactNode {
  const isRight = friend.side === 'right';
  return (
    <Link
      to="/u/$id"
      params={{ id: friend.id }}
      search={{ view: 'graph' }}
      className={isDim ? 'ego-friend ego-dim' : 'ego-friend'}
      onMouseEnter={() => onLight(friend.id)}
      onMouseLeave={() => onLight(null)}
      onFocus={() => onLight(friend.id)}
      onBlur={() => onLight(null)}
    >
      <circle cx={friend.x} cy={friend.y} r={5} />
      <text x={friend.x + (isRight ? 12 : -12)} y={friend.y} dy="0.35em" textAnchor={isRight ? 'start' : 'end'}>
        {friend.label}
      </text>
    </Link>
  );
}

/** Bent towards the centre, so that chords between neighbours leave the oval's edge free. */
function chordPath(a: PlacedFriend | undefined, b: PlacedFriend | undefined): string {
  if (a === undefined || b === undefined) return '';
  return `M${a.x.toFixed(1)} ${a.y.toFixed(1)}Q${((a.x + b.x) * 0.28).toFixed(1)} ${((a.y + b.y) * 0.28).toFixed(1)} ${b.x.toFixed(1)} ${b.y.toFixed(1)}`;
}
