import { Link } from '@tanstack/react-router';
import { List, Minus, Network, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCount } from '../shell/figures.ts';
import { hide, turnPin } from './ego-acts.ts';
import type { EgoLayout } from './ego-layout.ts';
import { searchThere, zoomed, ZOOMS } from './ego-view.ts';
import type { EgoView } from './ego-view.ts';

interface ToolsProps {
  readonly view: EgoView;
  readonly onChange: (next: EgoView) => void;
}

/** How far the drawing reaches, how large it is, and the same as a list. */
export function EgoTools({ view, onChange }: ToolsProps): ReactNode {
  const { hops, zoom, pins, hidden, isList } = view;
  return (
    <div className="ego-tools" role="toolbar" aria-label="Drawing">
      <div className="choice">
        {([1, 2] as const).map((one) => (
          <button key={one} type="button" aria-pressed={hops === one} onClick={() => onChange({ ...view, hops: one })}>
            {one === 1 ? 'Friends' : 'Their friends too'}
          </button>
        ))}
      </div>
      {pins.size + hidden.size === 0 ? null : (
        <button
          type="button"
          className="button ego-reset"
          onClick={() => onChange({ ...view, pins: new Map(), hidden: new Set() })}
        >
          {resetText(view)}
        </button>
      )}
      <span className="ego-gap" />
      {isList ? null : (
        <div className="ego-zoom">
          <button
            type="button"
            className="icon-button"
            aria-label="Smaller"
            title="Smaller (-)"
            disabled={zoom === ZOOMS[0]}
            onClick={() => onChange({ ...view, zoom: zoomed(zoom, -1) })}
          >
            <Minus size={15} aria-hidden />
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label="Larger"
            title="Larger (+)"
            disabled={zoom === ZOOMS.at(-1)}
            onClick={() => onChange({ ...view, zoom: zoomed(zoom, 1) })}
          >
            <Plus size={15} aria-hidden />
          </button>
        </div>
      )}
      <button type="button" className="button ego-as" onClick={() => onChange({ ...view, isList: !isList })}>
        {isList ? <Network size={15} aria-hidden /> : <List size={15} aria-hidden />}
        <span>{isList ? 'As a drawing' : 'As a list'}</span>
      </button>
    </div>
  );
}

function resetText({ pins, hidden }: EgoView): string {
  const parts = [
    ...(pins.size > 0 ? [`${formatCount(pins.size)} pinned`] : []),
    ...(hidden.size > 0 ? [`${formatCount(hidden.size)} hidden`] : []),
  ];
  return `Undo ${parts.join(', ')}`;
}

interface SelectionProps extends ToolsProps {
  /** Null while nobody but the centre is selected. */
  readonly sentence: string | null;
  readonly centre: { readonly name: string; readonly friends: { readonly totalCount: number | null } | null };
  readonly layout: EgoLayout;
}

/** Who is selected, in words, and what can be done with them. */
export function EgoSelection({ sentence, centre, layout, view, onChange }: SelectionProps): ReactNode {
  const { selected } = view;
  const count = centre.friends?.totalCount ?? null;
  const isShown = selected !== null && sentence !== null;
  return (
    <div className="ego-selection">
      <p aria-live="polite">
        {isShown ? sentence : `${centre.name}${count === null ? '' : `, ${formatCount(count)} friends`}`}
      </p>
      {isShown ? (
        <div className="ego-acts">
          <Link to="/u/$id" params={{ id: selected }} className="button">
            Open
          </Link>
          <Link to="/u/$id" params={{ id: selected }} search={searchThere(view)} className="button">
            Go there
          </Link>
          <button type="button" className="button" onClick={() => onChange(turnPin(view, layout))}>
            {view.pins.has(selected) ? 'Unpin' : 'Pin'}
          </button>
          <button type="button" className="button" onClick={() => onChange(hide(view, layout))}>
            Hide
          </button>
        </div>
      ) : (
        <p className="faint ego-hint">
          <kbd>←</kbd> <kbd>→</kbd> <kbd>↑</kbd> <kbd>↓</kbd> walk, <kbd>Enter</kbd> goes there, <kbd>?</kbd> all keys
        </p>
      )}
    </div>
  );
}
