import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { TypedDocumentNode } from 'urql';
import { readAnswer } from '../connection/answers.ts';
import { useSteadyQuery } from '../connection/steady-query.ts';
import { EmptyPanel, ErrorPanel, Skeleton } from '../shell/states.tsx';

/** One page of a list as the API gives it. */
interface Page<Edge> {
  readonly edges: readonly Edge[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface PageVariables {
  readonly first: number;
  readonly after: string | null;
}

export interface PagedListProps<Data, Variables, Edge extends { readonly cursor: string }> {
  readonly document: TypedDocumentNode<Data, Variables>;
  readonly variables: Omit<Variables, keyof PageVariables>;
  /** The list in an answer; null when it could not be read or what it belongs to is not there. */
  readonly pick: (data: Data) => Page<Edge> | null | undefined;
  readonly render: (edge: Edge) => ReactNode;
  readonly empty: ReactNode;
  readonly skeleton: 'card' | 'line';
  /** Another number reads the list from its head again. */
  readonly generation: number;
  /** Told the log index that the head of the list was read at. */
  readonly onReadAt?: (index: string) => void;
}

const PAGE_SIZE = 20;
/** Pages that were open in a list, by the address of the history entry, so that Back finds the list as long as it was. */
const openPages = new Map<string, number>();
const OPEN_PAGES_MAX = 100;

/** A list that grows downwards on request. Each page begins where the one before it ends now, so there are no gaps. */
export function PagedList<Data, Variables, Edge extends { readonly cursor: string }>(
  props: PagedListProps<Data, Variables, Edge>,
): ReactNode {
  const entry = useLocation({ select: (location) => location.state.__TSR_key ?? '' });
  const key = `${entry} ${JSON.stringify(props.variables)}`;
  const [depth, setDepth] = useState(() => openPages.get(key) ?? 1);
  const deepen = (): void => {
    if (openPages.size >= OPEN_PAGES_MAX) openPages.clear();
    openPages.set(key, depth + 1);
    setDepth(depth + 1);
  };
  return (
    <ol className="paged">
      <PageOf {...props} after={null} depth={depth} onDeepen={deepen} />
    </ol>
  );
}

interface PageProps<Data, Variables, Edge extends { readonly cursor: string }> extends PagedListProps<
  Data,
  Variables,
  Edge
> {
  readonly after: string | null;
  readonly depth: number;
  readonly onDeepen: () => void;
}

function PageOf<Data, Variables, Edge extends { readonly cursor: string }>(
  props: PageProps<Data, Variables, Edge>,
): ReactNode {
  const { after, generation, onReadAt } = props;
  const isHead = after === null;
  const [result, readAgain] = useSteadyQuery({
    query: props.document,
    variables: { ...props.variables, first: PAGE_SIZE, after } as unknown as Variables & Record<string, unknown>,
    requestPolicy: isHead ? 'cache-and-network' : 'cache-first',
  });
  const shownGeneration = useRef(generation);
  useEffect(() => {
    if (!isHead || shownGeneration.current === generation) return;
    shownGeneration.current = generation;
    readAgain();
  }, [isHead, generation, readAgain]);
  const readAt = readAnswer(result.extensions)?.index ?? null;
  useEffect(() => {
    if (isHead && readAt !== null) onReadAt?.(readAt);
  }, [isHead, readAt, onReadAt]);

  const page = (result.data === undefined ? null : props.pick(result.data)) ?? null;
  if (page === null) return <PageState {...props} result={result} onRetry={readAgain} />;
  if (isHead && page.edges.length === 0) {
    return (
      <li>
        <EmptyPanel>{props.empty}</EmptyPanel>
      </li>
    );
  }
  const { hasNextPage, endCursor } = page.pageInfo;
  return (
    <>
      {page.edges.map((edge) => (
        <li key={edge.cursor}>{props.render(edge)}</li>
      ))}
      {hasNextPage && endCursor !== null && props.depth > 1 ? (
        <PageOf {...props} after={endCursor} depth={props.depth - 1} />
      ) : null}
      {hasNextPage && props.depth === 1 ? (
        <li className="paged-more">
          <button type="button" className="button" onClick={props.onDeepen}>
            Show older
          </button>
        </li>
      ) : null}
    </>
  );
}

interface PageStateProps {
  readonly result: {
    readonly error?: Parameters<typeof ErrorPanel>[0]['error'] | undefined;
    readonly fetching: boolean;
  };
  readonly skeleton: 'card' | 'line';
  readonly empty: ReactNode;
  readonly onRetry: () => void;
}

function PageState(props: PageStateProps): ReactNode {
  const { error, fetching } = props.result;
  return (
    <li>
      {error !== undefined ? <ErrorPanel error={error} onRetry={props.onRetry} /> : null}
      {error === undefined && fetching ? <Skeleton rows={12} kind={props.skeleton} /> : null}
      {error === undefined && !fetching ? <EmptyPanel>{props.empty}</EmptyPanel> : null}
    </li>
  );
}
