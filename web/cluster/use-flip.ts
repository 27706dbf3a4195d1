import { useLayoutEffect, useRef } from 'react';
import type { RefObject } from 'react';
import { movesBetween } from './flip.ts';
import type { Place } from './flip.ts';

const MOVE_MS = 260;

/**
 * Lets the children of a container that carry `data-flip` glide to their new places whenever `arrangement` changes. They are
 * laid out at once and only drawn on their way, so nothing waits for the animation. Readers who asked for less motion see
 * them jump. The container is positioned, so that places are relative to it and scrolling is not taken for a move.
 */
export function useFlip(container: RefObject<HTMLElement | null>, arrangement: string): void {
  const places = useRef(new Map<string, Place>());
  const shown = useRef(arrangement);

  useLayoutEffect(() => {
    const root = container.current;
    if (root === null) return;
    const elements = new Map<string, HTMLElement>();
    for (const element of root.querySelectorAll<HTMLElement>('[data-flip]')) {
      elements.set(element.dataset['flip'] ?? '', element);
    }
    const after = new Map(
      [...elements].map(([id, element]) => [id, { left: element.offsetLeft, top: element.offsetTop }]),
    );
    if (shown.current !== arrangement && !prefersLessMotion()) {
      for (const move of movesBetween(places.current, after)) {
        elements.get(move.id)?.animate([{ transform: `translate(${move.x}px, ${move.y}px)` }, { transform: 'none' }], {
          duration: MOVE_MS,
          easing: 'cubic-bezier(0.2, 0, 0, 1)',
        });
      }
    }
    places.current = after;
    shown.current = arrangement;
  });
}

function prefersLessMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
