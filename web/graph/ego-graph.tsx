import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { readAnswer } from '../connection/answers.ts';
import { useSteadyQuery } from '../connection/steady-query.ts';
import { EgoGraphDocument } from '../generated/graphql.ts';
import { formatCount } from '../shell/figures.ts';
import { EmptyPanel, ErrorPanel, Skeleton } from '../shell/states.tsx';
import { useWidth } from '../shell/use-width.ts';
import '../styles/ego.css';
import { EgoDrawing } from './ego-drawing.tsx';
import { layOutEgo } from './ego-layout.ts';
import { EgoList } from './ego-list.tsx';
import { describePerson, peopleOf } from './ego-people.ts';
import { EgoSelection, EgoTools } from './ego-tools.tsx';
import { writeEgoView } from './ego-view.ts';
import type { EgoView } from './ego-view.ts';
import type { LiveList } from './live-list.tsx';

/** Friends that are drawn, the latest; the rest are one link away, in the list. */
const DRAWN_MAX = 48;
/** Of each friend's friends, for the second curve. */
const REACH = 12;
const WIDTH_FIRST_PX = 560;

export interface EgoGraphProps {
  readonly id: string;
  readonly view: EgoView;
  readonly list: LiveList;
}

/** A person among their friends, who of those are friends of each other, and whom they lead to. */
export function EgoGraph({ id, view, list }: EgoGraphProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, WIDTH_FIRST_PX);
  const navigate = useNavigate();
  const [result, readAgain] = useSteadyQuery({
    query: EgoGraphDocument,
    variables: { id, first: DRAWN_MAX, isFar: view.hops === 2, reach: REACH },
    requestPolicy: 'cache-and-network',
  });
  useReadings(list, readAnswer(result.extensions)?.index ?? null, readAgain);
  const person = useLast(result.data?.user ?? null);
  const people = useMemo(() => (person === null ? [] : peopleOf(person)), [person]);
  const { hidden, pins, hops } = view;
  const layout = useMemo(() => {
    const shown = people.filter((one) => !hidden.has(one.id) && one.hop <= hops);
    const near = shown.filter(({ hop }) => hop === 1);
    return layOutEgo({ friends: near, far: shown.filter(({ hop }) => hop === 2), pins }, width);
  }, [people, hidden, hops, pins, width]);
  const show = (next: EgoView): void =>
    void navigate({
      to: '/u/$id',
      params: { id },
      search: { view: 'graph', ...writeEgoView(next) },
      replace: true,
      resetScroll: false,
    });
  const left = (person?.friends?.totalCount ?? 0) - people.filter(({ hop }) => hop === 1).length;
  const isEmpty = person !== null && people.length === 0;
  return (
    <div ref={box} className="ego">
      {result.error === undefined ? null : <ErrorPanel error={result.error} onRetry={readAgain} />}
      {person === null && result.fetching ? <Skeleton rows={8} kind="line" /> : null}
      {isEmpty ? <EmptyPanel>There are no friends to draw yet.</EmptyPanel> : null}
      {person === null || isEmpty ? null : (
        <>
          <EgoTools view={view} onChange={show} />
          {view.isList ? (
            <EgoList people={people} layout={layout} view={view} onChange={show} />
          ) : (
            <EgoDrawing centre={person} layout={layout} view={view} onChange={show} />
          )}
          <EgoSelection
            sentence={view.selected === null ? null : describePerson(people, view.selected)}
            centre={person}
            layout={layout}
            view={view}
            onChange={show}
          />
        </>
      )}
      {left > 0 ? (
        <Link to="/u/$id" params={{ id }} search={{ view: 'friends' }} className="button ego-more">
          +{formatCount(left)} more friends, as a list
        </Link>
      ) : null}
    </div>
  );
}

/** Reads again when the reader wants what is new, and tells the list what it was read at. */
function useReadings({ generation, onReadAt }: LiveList, readAt: string | null, readAgain: () => void): void {
  const shownGeneration = useRef(generation);
  useEffect(() => {
    if (shownGeneration.current === generation) return;
    shownGeneration.current = generation;
    readAgain();
  }, [generation, readAgain]);
  useEffect(() => {
    if (readAt !== null) onReadAt(readAt);
  }, [readAt, onReadAt]);
}

/** The last value that was one: what is drawn stays until the larger drawing has been read. */
function useLast<Value>(value: Value | null): Value | null {
  const [last, setLast] = useState(value);
  if (value !== null && value !== last) setLast(value);
  return value ?? last;
}
