import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { v7 as newKey } from 'uuid';
import type { ActingPerson } from './acting-person.ts';
import { postStatus } from './own-actions.ts';
import { Avatar } from './person-line.tsx';

/** An attempt to post, kept with its key until it is known to have worked, so that a repetition cannot post twice. */
interface Attempt {
  readonly text: string;
  readonly key: string;
}

/** Where the acting person writes. What was not accepted stays in the box. */
export function Composer(props: { readonly me: ActingPerson; readonly onPosted: () => void }): ReactNode {
  const [text, setText] = useState('');
  const [isSending, setIsSending] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [unsure, setUnsure] = useState<Attempt | null>(null);
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const words = text.trim();
    if (words === '' || isSending) return;
    setIsSending(true);
    setProblem(null);
    const attempt: Attempt = unsure?.text === words ? unsure : { text: words, key: newKey() };
    const outcome = await postStatus(props.me.id, words, attempt.key);
    setIsSending(false);
    setUnsure('failure' in outcome && outcome.failure.mayHaveHappened ? attempt : null);
    if ('failure' in outcome) {
      setProblem(outcome.failure.text);
      return;
    }
    setText('');
    props.onPosted();
  };
  return (
    <form className="composer" onSubmit={(event) => void send(event)}>
      <Avatar name={props.me.name} />
      <div className="composer-box">
        <textarea
          rows={text.includes('\n') || text.length > 80 ? 3 : 1}
          value={text}
          aria-label={`Post as ${props.me.name}`}
          placeholder="What is new?"
          aria-invalid={problem !== null}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void send(event);
          }}
        />
        {problem === null ? null : (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
      </div>
      <button type="submit" className="button button-primary" disabled={isSending || text.trim() === ''}>
        {isSending ? 'Posting' : 'Post'}
      </button>
    </form>
  );
}
