import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { currentToken, takeToken, tokenNeed } from '../connection/token.ts';
import { Modal } from './modal.tsx';
import { useObservable } from './use-observable.ts';

/** Asks for a token when a node has refused what was sent, or when the reader wants another one. */
export function TokenDialog(): ReactNode {
  return useObservable(tokenNeed) === 'asked' ? <OpenDialog /> : null;
}

function OpenDialog(): ReactNode {
  const [written, setWritten] = useState('');
  const input = useRef<HTMLInputElement>(null);
  // The dialog is shown by now; `autoFocus` comes before that, when nothing in it can be focused.
  useEffect(() => input.current?.focus(), []);
  const wasSent = currentToken() !== null;
  return (
    <Modal title="Token" onClose={() => tokenNeed.set('dismissed')}>
      <p className="faint">
        {wasSent
          ? 'The token of this tab was refused, or you want another one.'
          : 'This cluster answers to tokens alone.'}{' '}
        It is kept until the tab is closed.
      </p>
      <form
        className="join"
        onSubmit={(event) => {
          event.preventDefault();
          takeToken(written.trim());
        }}
      >
        <label htmlFor="token">Token</label>
        <input
          ref={input}
          id="token"
          type="password"
          autoComplete="off"
          required
          className="figure"
          value={written}
          onChange={(event) => setWritten(event.target.value)}
        />
        <button type="submit" className="button button-primary" disabled={written.trim() === ''}>
          Use it
        </button>
      </form>
      {wasSent ? (
        <button type="button" className="button" onClick={() => takeToken(null)}>
          Forget the token
        </button>
      ) : null}
    </Modal>
  );
}
