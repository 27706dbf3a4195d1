import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { failureOf } from '../connection/failure.ts';

/** What could not be read, at the place where it would stand, with what to do about it. */
export function ErrorPanel(props: { readonly error: CombinedError; readonly onRetry: () => void }): ReactNode {
  const failure = failureOf(props.error);
  return (
    <div className="panel-state" role="alert">
      <CircleAlert size={16} aria-hidden />
      <div>
        <p>{failure.text}</p>
        <p className="figure faint">
          {failure.code}
          {failure.requestId === null ? '' : ` · request ${failure.requestId}`}
        </p>
      </div>
      <button type="button" className="button" onClick={props.onRetry}>
        Retry
      </button>
    </div>
  );
}

export function EmptyPanel(props: { readonly children: ReactNode }): ReactNode {
  return <div className="panel-state panel-empty">{props.children}</div>;
}

/** Grey bars of the size that the content will have; they appear only when it takes longer than a blink. */
export function Skeleton(props: { readonly rows: number; readonly kind: 'card' | 'line' | 'head' }): ReactNode {
  return (
    <div className="skeleton" aria-busy="true" aria-label="Loading">
      {Array.from({ length: props.rows }, (_, row) => (
        <div key={row} className={`skeleton-${props.kind}`}>
          <span className="bar bar-short" />
          <span className="bar" />
        </div>
      ))}
    </div>
  );
}
