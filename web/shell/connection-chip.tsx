import { useNavigate } from '@tanstack/react-router';
import { useId, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTelemetry } from '../cluster/cluster-feed.ts';
import { connection } from '../connection/graph-client.ts';
import { useConnection, useEndpoints } from '../connection/use-connection.ts';
import { currentToken, tokenNeed } from '../connection/token.ts';
import { describeConnection } from './connection-words.ts';
import { useNow } from './use-now.ts';
import { useObservable } from './use-observable.ts';

/** Which node the page talks to and how that goes; opens the list of nodes to talk to instead. */
export function ConnectionChip(): ReactNode {
  const state = useConnection();
  const { cluster } = useTelemetry();
  const nowMs = useNow(state.kind === 'waiting');
  const words = describeConnection(state, cluster, nowMs);
  const menuId = useId();
  return (
    <div className="chip-place">
      <button type="button" className="chip" popoverTarget={menuId}>
        <span className="unseen">Connection: </span>
        <span className={`dot dot-${words.tone}`} aria-hidden />
        <span className="chip-text">{words.text} </span>
        <span className="figure faint chip-figures">{words.figures}</span>
      </button>
      <NodeMenu id={menuId} />
    </div>
  );
}

function NodeMenu(props: { readonly id: string }): ReactNode {
  const endpoints = useEndpoints();
  const state = useConnection();
  const navigate = useNavigate();
  const needsToken = useObservable(tokenNeed) !== 'none' || currentToken() !== null;
  const menu = useRef<HTMLDivElement>(null);
  const choose = (nodeId: string): void => {
    menu.current?.hidePopover();
    connection.choose(nodeId);
    void navigate({ to: '.', search: (before) => ({ ...before, via: nodeId }), replace: true, resetScroll: false });
  };
  return (
    <div ref={menu} id={props.id} popover="auto" className="menu" role="group" aria-label="Node to talk to">
      {endpoints.map((endpoint) => (
        <button
          key={endpoint.origin}
          type="button"
          className="menu-item"
          disabled={endpoint.nodeId === null}
          aria-pressed={endpoint.origin === state.endpoint.origin}
          onClick={() => {
            if (endpoint.nodeId !== null) choose(endpoint.nodeId);
          }}
        >
          <span className="figure">{endpoint.nodeId ?? '–'}</span>
          <span className="figure faint">{endpoint.origin.replace(/^https?:\/\//, '')}</span>
        </button>
      ))}
      {needsToken ? (
        <button
          type="button"
          className="menu-item"
          onClick={() => {
            menu.current?.hidePopover();
            tokenNeed.set('asked');
          }}
        >
          Token
        </button>
      ) : null}
      {state.kind === 'waiting' ? (
        <button type="button" className="menu-item" onClick={() => connection.retryNow()}>
          Try again now
        </button>
      ) : null}
    </div>
  );
}
