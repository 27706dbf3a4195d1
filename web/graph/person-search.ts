import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { PersonByHandleDocument, SearchPeopleDocument } from '../generated/graphql.ts';
import type { PersonLineFragment } from '../generated/graphql.ts';

const AFTER_TYPING_MS = 120;
const FOUND_MAX = 8;

export interface PersonSearch {
  readonly people: readonly PersonLineFragment[];
  readonly isSearching: boolean;
  readonly hasFailed: boolean;
}

/** People by name, and by handle when the text is one exactly; empty text finds nobody. */
export function usePersonSearch(text: string): PersonSearch {
  const wanted = useSettled(text.trim(), AFTER_TYPING_MS);
  const handle = wanted.replace(/^@/, '');
  const isPaused = handle === '';
  const [byName] = useQuery({
    query: SearchPeopleDocument,
    variables: { text: handle, first: FOUND_MAX },
    pause: isPaused,
  });
  const [byHandle] = useQuery({ query: PersonByHandleDocument, variables: { handle }, pause: isPaused });
  if (isPaused) return { people: [], isSearching: text.trim() !== '', hasFailed: false };
  const exact = byHandle.data?.user ?? null;
  const named = (byName.data?.search ?? []).filter((person) => person !== null && person.id !== exact?.id);
  return {
    people: [...(exact === null ? [] : [exact]), ...named].slice(0, FOUND_MAX),
    isSearching: byName.fetching || byHandle.fetching || wanted !== text.trim(),
    hasFailed: byName.error !== undefined && exact === null,
  };
}

/** The value, once it has not changed for a while. */
function useSettled(value: string, ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
