import { useCallback, useState } from 'react';
import type { ReactNode } from 'react';
import { HELD_BACK_MAX, holdBack, nothingHeldBack, readUpTo } from './held-back.ts';
import type { ListChange } from './held-back.ts';

export interface LiveList {
  readonly newCount: number;
  readonly generation: number;
  /** The index that the list was last read at, or null before that. */
  readonly readAt: string | null;
  readonly onReadAt: (index: string) => void;
  readonly onChange: (change: ListChange) => void;
  /** Reads the list from its head again, with what was held back. */
  readonly showNew: () => void;
}

/** A list that is read once and then only counts what is new, until the reader wants to see it. Another name is another list. */
export function useLiveList(name: string): LiveList {
  const [shownName, setShownName] = useState(name);
  const [held, setHeld] = useState(nothingHeldBack);
  const [generation, setGeneration] = useState(0);
  if (shownName !== name) {
    setShownName(name);
    setHeld(nothingHeldBack);
  }
  return {
    newCount: held.added.length,
    generation,
    readAt: held.readAt,
    onReadAt: useCallback((index) => setHeld((before) => readUpTo(before, index)), []),
    onChange: useCallback((change) => setHeld((before) => holdBack(before, change)), []),
    showNew: useCallback(() => setGeneration((before) => before + 1), []),
  };
}

/** Takes its place only from above the list, so that appearing moves nothing that the reader looks at. */
export function NewPill(props: { readonly list: LiveList; readonly one: string; readonly many: string }): ReactNode {
  const { newCount, showNew } = props.list;
  const shown = newCount >= HELD_BACK_MAX ? `${HELD_BACK_MAX}+` : newCount.toString();
  return (
    <div className="new-pill" aria-live="polite">
      {newCount === 0 ? null : (
        <button type="button" className="pill" data-show-new onClick={showNew}>
          <span className="figure">{shown}</span> new {newCount === 1 ? props.one : props.many}
        </button>
      )}
    </div>
  );
}
