import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeftRight } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { failureOf } from '../connection/failure.ts';
import { useSteadyQuery } from '../connection/steady-query.ts';
import { FriendPathDocument, PathEndDocument } from '../generated/graphql.ts';
import type { PersonLineFragment } from '../generated/graphql.ts';
import { countOf, initialsOf } from '../shell/figures.ts';
import { EmptyPanel, ErrorPanel, Skeleton } from '../shell/states.tsx';
import { useWidth } from '../shell/use-width.ts';
import '../styles/path.css';
import { layOutPath } from './path-layout.ts';
import { PersonLine } from './person-line.tsx';
import { PersonPicker } from './person-picker.tsx';

/** Friendships that are looked through at first, and when the reader asks for more. */
const LENGTH_NEAR = 6;
const LENGTH_FAR = 20;
const WIDTH_FIRST_PX = 560;

export interface PathPageProps {
  readonly from: string;
  /** Null while the reader has not said whom to reach. */
  readonly to: string | null;
  readonly isFar: boolean;
}

/** How two people know each other: the shortest chain of friendships between them. */
export function PathPage({ from, to, isFar }: PathPageProps): ReactNode {
  const navigate = useNavigate();
  useEffect(() => {
    document.title = 'Path · Instaface';
  }, []);
  return (
    <div className="page path-page">
      <h1>Path between two people</h1>
      <div className="path-ends">
        <PathEnd
          label="From"
          id={from}
          onPick={({ id }) => void navigate(to === null ? pathTo({ a: id }) : pathTo({ a: id, b: to }))}
        />
        {to === null ? (
          <span />
        ) : (
          <Link {...pathTo({ a: to, b: from })} className="icon-button" aria-label="The other way round" replace>
            <ArrowLeftRight size={16} aria-hidden />
          </Link>
        )}
        <PathEnd label="To" id={to} onPick={({ id }) => void navigate(pathTo({ a: from, b: id }))} />
      </div>
      {to === null ? <EmptyPanel>Choose whom the path shall lead to.</EmptyPanel> : null}
      {to === null ? null : <FoundPath from={from} to={to} isFar={isFar} />}
    </div>
  );
}

function pathTo(ends: { readonly a: string; readonly b?: string }) {
  const { a, b } = ends;
  return b === undefined
    ? ({ to: '/path/$a', params: { a } } as const)
    : ({ to: '/path/$a/$b', params: { a, b } } as const);
}

interface PathEndProps {
  readonly label: string;
  readonly id: string | null;
  readonly onPick: (person: PersonLineFragment) => void;
}

function PathEnd({ label, id, onPick }: PathEndProps): ReactNode {
  const [result] = useSteadyQuery({ query: PathEndDocument, variables: { id: id ?? '' }, pause: id === null });
  const person = result.data?.user ?? null;
  return (
    <div className="path-end">
      <p className="faint">{label}</p>
      <div className="path-person">
        {person === null ? <span className="figure faint">{id ?? 'nobody yet'}</span> : <PersonLine person={person} />}
      </div>
      <PersonPicker label={`${label} somebody else`} placeholder="Somebody else" onPick={onPick} />
    </div>
  );
}

function FoundPath(props: { readonly from: string; readonly to: string; readonly isFar: boolean }): ReactNode {
  const { from, to, isFar } = props;
  const maxLength = isFar ? LENGTH_FAR : LENGTH_NEAR;
  const [result, readAgain] = useSteadyQuery({
    query: FriendPathDocument,
    variables: { from, to, maxLength },
    requestPolicy: 'cache-and-network',
  });
  const people = result.data?.friendPath ?? null;
  if (people !== null) return <Chain people={people} />;
  if (result.error !== undefined) return <NotAnswered error={result.error} onRetry={readAgain} />;
  if (result.fetching || result.stale || result.data === undefined) return <Skeleton rows={3} kind="line" />;
  return (
    <EmptyPanel>
      <h2>No path of at most {maxLength} friendships</h2>
      {isFar ? <p>They may belong to parts of the graph that do not touch.</p> : null}
      {isFar ? null : (
        <Link to="/path/$a/$b" params={{ a: from, b: to }} search={{ far: true }} replace>
          Look as far as {LENGTH_FAR} friendships
        </Link>
      )}
    </EmptyPanel>
  );
}

/** What asking again does not change is told without a button for it. */
function NotAnswered(props: { readonly error: CombinedError; readonly onRetry: () => void }): ReactNode {
  const { code } = failureOf(props.error);
  if (code === 'NOT_FOUND') return <EmptyPanel>One of the two does not exist.</EmptyPanel>;
  if (code !== 'LIMIT_EXCEEDED') return <ErrorPanel {...props} />;
  return (
    <EmptyPanel>
      <h2>Too many people to look through</h2>
      <p>There may be a path, but finding it would take more reads than one question may cost.</p>
    </EmptyPanel>
  );
}

function Chain(props: { readonly people: readonly PersonLineFragment[] }): ReactNode {
  const { people } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, WIDTH_FIRST_PX);
  return (
    <div ref={box} className="path-found">
      <div role="status">
        <h2>
          {people.length === 1
            ? 'Both ends are one and the same person'
            : countOf(people.length - 1, 'friendship', 'friendships')}
        </h2>
      </div>
      <Drawing people={people} width={width} />
      <ol className="paged" aria-label="People on the path">
        {people.map((person, place) => (
          <li key={person.id}>
            <PersonLine person={person}>
              <span className="figure faint" title="friendships from the beginning">
                {place}
              </span>
            </PersonLine>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The list below says the same in words. */
function Drawing(props: { readonly people: readonly PersonLineFragment[]; readonly width: number }): ReactNode {
  const { people } = props;
  const layout = useMemo(() => layOutPath(people, props.width), [people, props.width]);
  const { steps, width, height } = layout;
  return (
    <svg className="path-drawing" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden>
      <polyline points={steps.map(({ x, y }) => `${x},${y}`).join(' ')} />
      {steps.map(({ id, label, x, y }, place) => (
        <g
          key={id}
          data-step={id}
          className={place === 0 || place === steps.length - 1 ? 'path-step path-step-end' : 'path-step'}
          transform={`translate(${x} ${y})`}
        >
          <circle r={20} />
          <text className="path-initials" dy="0.35em">
            {initialsOf(people[place]?.name ?? '')}
          </text>
          <text y={40}>{label}</text>
        </g>
      ))}
    </svg>
  );
}
