import type { ReactNode } from 'react';
import type { LinkReading } from './link-reading.ts';
import { setLink } from './set-link.ts';

/** Cuts one direction of one link or joins it again, and says in a word how it is. Nothing to switch where a node is away. */
export function SetLinkSwitch(props: { readonly link: LinkReading | null; readonly text?: string }): ReactNode {
  const { link } = props;
  if (link === null) return null;
  const { from, to, state, isConfirmed } = link;
  const isOff = state === 'off';
  return (
    <button
      type="button"
      role="switch"
      className={`link-switch link-${state}`}
      aria-checked={state === 'open'}
      aria-busy={!isConfirmed}
      aria-disabled={isOff}
      aria-label={`${from} reaches ${to}`}
      title={isOff ? `${from} or ${to} is away` : `${state === 'open' ? 'Cut' : 'Join'} ${from} to ${to}`}
      data-link={`${from} ${to}`}
      data-state={state}
      onClick={() => {
        if (!isOff) void setLink(from, to, state === 'cut');
      }}
    >
      {props.text ?? state}
    </button>
  );
}
