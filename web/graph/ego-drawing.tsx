import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { DragEvent, KeyboardEvent, MouseEvent, PointerEvent, ReactNode } from 'react';
import { initialsOf } from '../shell/figures.ts';
import { hasKeys, isSecondKey } from '../shell/keyboard.ts';
import { viewAfter } from './ego-acts.ts';
import { Edges } from './ego-edges.tsx';
import { LABEL_GAP_PX } from './ego-layout.ts';
import type { EgoLayout, PlacedFriend } from './ego-layout.ts';
import { keptPlace, searchThere } from './ego-view.ts';
import type { EgoView, Point } from './ego-view.ts';

export interface EgoDrawingProps {
  readonly centre: { readonly id: string; readonly name: string };
  readonly layout: EgoLayout;
  readonly view: EgoView;
  readonly onChange: (next: EgoView) => void;
}

/** Less than this is a click with an unsteady hand. */
const DRAG_FROM_PX = 4;
/** Whoever goes on by keyboard finds the focus in the next drawing again. */
let takesFocus: string | null = null;

/** People around a person. One stop of the Tab key; arrows walk along the edges. What it says is also said by the list. */
export function EgoDrawing({ centre, layout, view, onChange }: EgoDrawingProps): ReactNode {
  const svg = useRef<SVGSVGElement>(null);
  const [hovered, setHovered] = useState<string | null>(null);
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const places = new Map(layout.friends.map((friend) => [friend.id, friend]));
  if (dragged !== null) {
    const friend = places.get(dragged.id);
    if (friend !== undefined) places.set(dragged.id, { ...friend, ...dragged.at });
  }
  const selected = view.selected !== null && places.has(view.selected) ? view.selected : null;
  const lit = hovered ?? selected;
  const neighbours = new Set(layout.chords.flatMap(({ a, b }) => (a === lit ? [b] : b === lit ? [a] : [])));
  useFocus(svg, centre.id, selected);
  const select = (id: string | null): void => onChange({ ...view, selected: id });
  const pin = (id: string, at: Point | null): void => {
    const pins = new Map(view.pins);
    pins.delete(id);
    if (at !== null) pins.set(id, keptPlace(at));
    onChange({ ...view, selected: id, pins });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isSecondKey(event)) return;
    if (hasKeys.get() && event.key === '[') history.back();
    if (hasKeys.get() && event.key === ']') history.forward();
    const next = viewAfter(event.key, { view: { ...view, selected }, layout });
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(next);
  };
  const { width, height } = layout;
  const pairs = layout.chords.length;
  return (
    <svg
      ref={svg}
      className="ego-drawing"
      viewBox={`${-width / 2} ${-height / 2} ${width} ${height}`}
      width={width}
      height={height}
      role="group"
      aria-label={`${centre.name} and ${layout.friends.length} people, with ${pairs} friendships between them. Arrow keys walk.`}
      onKeyDown={onKeyDown}
    >
      <g
        className="ego-camera"
        style={{ transform: cameraOn(selected === null ? undefined : places.get(selected), view.zoom, layout) }}
      >
        <Edges layout={layout} places={places} lit={lit} />
        <Centre {...centre} isSelected={selected === null} onSelect={() => select(null)} />
        {[...places.values()].map((friend) => (
          <Friend
            key={friend.id}
            friend={friend}
            hops={view.hops}
            isSelected={friend.id === selected}
            isDim={lit !== null && friend.id !== lit && !neighbours.has(friend.id)}
            onLight={setHovered}
            onSelect={select}
            onDrag={(at) => setDragged({ id: friend.id, at })}
            onDrop={(at) => {
              setDragged(null);
              if (at !== null) pin(friend.id, at);
            }}
          />
        ))}
      </g>
    </svg>
  );
}

interface Dragged {
  readonly id: string;
  readonly at: Point;
}

/** Larger, the drawing shows whoever is selected in its middle, as far as there is something on all sides of them. */
function cameraOn(selected: Point | undefined, zoom: number, { width, height }: EgoLayout): string {
  const within = (value: number, size: number): number => {
    const max = (size / 2) * (1 - 1 / zoom);
    return Math.min(Math.max(value, -max), max);
  };
  const x = within(selected?.x ?? 0, width);
  const y = within(selected?.y ?? 0, height);
  return `scale(${zoom}) translate(${(-x).toFixed(1)}px, ${(-y).toFixed(1)}px)`;
}

/** The focus goes along with the selection, once it is in the drawing. */
function useFocus(svg: { readonly current: SVGSVGElement | null }, centre: string, selected: string | null): void {
  useEffect(() => {
    const drawing = svg.current;
    if (drawing === null || (takesFocus !== centre && !drawing.contains(document.activeElement))) return;
    takesFocus = null;
    drawing.querySelector<SVGElement>(`[data-ego="${CSS.escape(selected ?? '')}"]`)?.focus({ preventScroll: true });
  }, [svg, centre, selected]);
}

function Centre(props: {
  readonly id: string;
  readonly name: string;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}): ReactNode {
  return (
    <>
      <Link
        to="/u/$id"
        params={{ id: props.id }}
        className="ego-centre-link"
        data-ego=""
        aria-label={props.name}
        aria-current={props.isSelected}
        tabIndex={props.isSelected ? 0 : -1}
        onClick={(event) => {
          if (!isSelection(event, props.id)) return;
          event.preventDefault();
          props.onSelect();
        }}
      >
        <circle r={20} className="ego-centre" />
      </Link>
      <text className="ego-initials" textAnchor="middle" dy="0.35em" aria-hidden>
        {initialsOf(props.name)}
      </text>
    </>
  );
}

/** A click selects; a second one, Enter, and whatever asks for another tab, go there. */
function isSelection(event: MouseEvent, id: string): boolean {
  takesFocus = event.detail === 0 ? id : null;
  return event.detail === 1 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

interface FriendProps {
  readonly friend: PlacedFriend;
  readonly hops: 1 | 2;
  readonly isSelected: boolean;
  readonly isDim: boolean;
  readonly onLight: (id: string | null) => void;
  readonly onSelect: (id: string) => void;
  readonly onDrag: (at: Point) => void;
  /** Null when it was no drag after all. */
  readonly onDrop: (at: Point | null) => void;
}

function Friend(props: FriendProps): ReactNode {
  const { friend, isSelected, isDim, onLight } = props;
  const drag = useDrag(props);
  const isRight = friend.side === 'right';
  const names = [
    'ego-friend',
    isDim ? 'ego-dim' : '',
    friend.hop === 2 ? 'ego-far' : '',
    friend.isPinned ? 'ego-pinned' : '',
  ];
  return (
    <Link
      to="/u/$id"
      params={{ id: friend.id }}
      search={searchThere(props)}
      className={names.filter((name) => name !== '').join(' ')}
      data-ego={friend.id}
      // The whole of a name that is too long for its label; the name itself has to begin as it is seen.
      aria-description={friend.label === friend.name ? undefined : friend.name}
      aria-current={isSelected}
      tabIndex={isSelected ? 0 : -1}
      onMouseEnter={() => onLight(friend.id)}
      onMouseLeave={() => onLight(null)}
      onClick={(event) => {
        if (!isSelection(event, friend.id) && !drag.wasDragged()) return;
        event.preventDefault();
        if (!drag.wasDragged()) props.onSelect(friend.id);
      }}
      {...drag.handlers}
    >
      <circle cx={friend.x} cy={friend.y} r={friend.hop === 1 ? 5 : 3.5} />
      <text
        x={friend.x + (isRight ? LABEL_GAP_PX : -LABEL_GAP_PX)}
        y={friend.y}
        dy="0.35em"
        textAnchor={isRight ? 'start' : 'end'}
      >
        {friend.label}
      </text>
    </Link>
  );
}

/** Carries somebody to another place. A finger scrolls the page instead; the button below pins. */
function useDrag({ friend, onDrag, onDrop }: FriendProps) {
  const from = useRef<{ readonly x: number; readonly y: number; isDragged: boolean } | null>(null);
  const isDragged = useRef(false);
  const end = (event: PointerEvent<Element>): void => {
    if (from.current?.isDragged === true) onDrop(drawingPoint(event));
    from.current = null;
  };
  return {
    wasDragged: () => isDragged.current,
    handlers: {
      // Else the browser would carry the link away.
      onDragStart: (event: DragEvent<Element>) => event.preventDefault(),
      onPointerDown: (event: PointerEvent<Element>) => {
        isDragged.current = false;
        if (event.pointerType === 'touch' || event.button !== 0) return;
        from.current = { x: event.clientX, y: event.clientY, isDragged: false };
        // The pointer may leave so small a thing with its first step.
        event.currentTarget.setPointerCapture(event.pointerId);
      },
      onPointerMove: (event: PointerEvent<Element>) => {
        const start = from.current;
        if (start === null) return;
        if (!start.isDragged && Math.hypot(event.clientX - start.x, event.clientY - start.y) < DRAG_FROM_PX) return;
        start.isDragged = true;
        isDragged.current = true;
        onDrag(drawingPoint(event) ?? friend);
      },
      onPointerUp: end,
      onPointerCancel: () => {
        if (from.current !== null) onDrop(null);
        from.current = null;
      },
    },
  };
}

/** Where the pointer is, in the measure of the drawing. */
function drawingPoint(event: PointerEvent<Element>): Point | null {
  const camera = event.currentTarget.closest('.ego-camera');
  const matrix = camera instanceof SVGGraphicsElement ? camera.getScreenCTM() : null;
  if (matrix === null) return null;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  return { x, y };
}
