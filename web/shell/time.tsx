import type { ReactNode } from 'react';
import { formatRelative, formatTime } from './figures.ts';

/** The absolute time; how long ago that is stands in the tooltip. */
export function Time(props: { readonly iso: string }): ReactNode {
  return (
    <time className="figure faint" dateTime={props.iso} title={formatRelative(props.iso, Date.now())}>
      {formatTime(props.iso)}
    </time>
  );
}
