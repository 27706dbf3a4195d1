import { useCallback, useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';
import type { AnyVariables, UseQueryArgs, UseQueryState } from 'urql';
import { retryWaitMs, willPass } from './failure.ts';
import { connection } from './graph-client.ts';

interface Kept<Data, Variables extends AnyVariables> {
  readonly of: string;
  readonly result: UseQueryState<Data, Variables>;
}

/**
 * A query whose answer stays. What was read once is shown until something newer is read: an answer with an error in it does not replace it,
 * though the error is told. A failure that will pass is asked about again by itself: at once when the page has found a node to talk to,
 * and otherwise after a wait that doubles up to half a minute. With it comes the function that reads again, past the cache.
 */
export function useSteadyQuery<Data, Variables extends AnyVariables>(
  query: UseQueryArgs<Variables, Data>,
): readonly [UseQueryState<Data, Variables>, () => void] {
  const [result, execute] = useQuery<Data, Variables>(query);
  const readAgain = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute]);
  useRetries(result, readAgain);

  const of = JSON.stringify(query.variables ?? null);
  const [kept, setKept] = useState<Kept<Data, Variables> | null>(null);
  // Null, whatever its type says, where a field that must not be null could not be read.
  const hasData = result.data !== undefined && result.data !== null;
  const isWhole = hasData && result.error === undefined;
  if (isWhole && (kept?.result !== result || kept.of !== of)) setKept({ of, result });
  if (!isWhole && kept?.of === of) return [withDataOf(kept.result, result), readAgain];
  return [hasData ? result : withoutData(result), readAgain];
}

function withDataOf<Data, Variables extends AnyVariables>(
  whole: UseQueryState<Data, Variables>,
  { error, fetching, stale }: UseQueryState<Data, Variables>,
): UseQueryState<Data, Variables> {
  return { ...whole, fetching, stale, ...(error === undefined ? {} : { error }) };
}

function withoutData<Data, Variables extends AnyVariables>(
  result: UseQueryState<Data, Variables>,
): UseQueryState<Data, Variables> {
  const { data: _data, ...rest } = result;
  return rest;
}

function useRetries({ error, fetching }: Pick<UseQueryState, 'error' | 'fetching'>, readAgain: () => void): void {
  const failures = useRef(0);
  useEffect(() => {
    if (fetching) return;
    if (error === undefined) failures.current = 0;
    if (error === undefined || !willPass(error)) return;
    const timer = setTimeout(readAgain, retryWaitMs(failures.current));
    failures.current += 1;
    let wasLive = connection.state.get().kind === 'live';
    const stopListening = connection.state.subscribe(() => {
      const isLive = connection.state.get().kind === 'live';
      if (isLive && !wasLive) readAgain();
      wasLive = isLive;
    });
    return () => {
      clearTimeout(timer);
      stopListening();
    };
  }, [error, fetching, readAgain]);
}
