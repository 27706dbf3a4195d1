import { hasKeys } from '../shell/keyboard.ts';
import type { EgoLayout } from './ego-layout.ts';
import { keptPlace, zoomed } from './ego-view.ts';
import type { EgoView } from './ego-view.ts';
import { walk } from './ego-walk.ts';
import type { Direction } from './ego-walk.ts';

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** What a key makes of the view; null for a key that means nothing here. */
export function viewAfter(key: string, now: { readonly view: EgoView; readonly layout: EgoLayout }): EgoView | null {
  const { view, layout } = now;
  const { selected } = view;
  const direction = DIRECTIONS[key];
  if (direction !== undefined) return { ...view, selected: walk(layout, selected, direction) };
  if (key === 'Escape') return selected === null ? null : { ...view, selected: null };
  if (!hasKeys.get()) return null;
  switch (key) {
    case '+':
    case '=':
      return { ...view, zoom: zoomed(view.zoom, 1) };
    case '-':
      return { ...view, zoom: zoomed(view.zoom, -1) };
    case '0':
      return { ...view, zoom: 1 };
    case 'e':
      return { ...view, hops: view.hops === 1 ? 2 : 1 };
    case 'x':
      return selected === null ? null : hide(view, layout);
    case 'p':
      return selected === null ? null : turnPin(view, layout);
    default:
      return null;
  }
}

/** Without whoever is selected; the next one of the same curve is selected then. */
export function hide(view: EgoView, layout: EgoLayout): EgoView {
  const { selected } = view;
  if (selected === null) return view;
  const below = walk(layout, selected, 'down');
  const next = below === selected ? walk(layout, selected, 'up') : below;
  return { ...view, selected: next === selected ? null : next, hidden: new Set([...view.hidden, selected]) };
}

/** Keeps whoever is selected in their place, or lets them go. */
export function turnPin(view: EgoView, layout: EgoLayout): EgoView {
  const friend = layout.friends.find(({ id }) => id === view.selected);
  if (friend === undefined) return view;
  const pins = new Map(view.pins);
  if (!pins.delete(friend.id)) pins.set(friend.id, keptPlace(friend));
  return { ...view, pins };
}
