import { useEffect, useState } from 'react';
import type { RefObject } from 'react';

/** The width of an element in whole pixels, for drawings that are laid out by it; `firstPx` until it is measured. */
export function useWidth(box: RefObject<HTMLElement | null>, firstPx: number): number {
  const [width, setWidth] = useState(firstPx);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
