import { Plus } from 'lucide-react';
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { v7 as newKey } from 'uuid';
import type { PersonHeadFragment } from '../generated/graphql.ts';
import { updatePerson } from './own-actions.ts';
import type { PersonChange } from './own-actions.ts';
import { Properties } from './properties.tsx';
import { draftOf, PropertyEditor } from './property-editor.tsx';
import type { Draft } from './property-editor.tsx';

/** Declared for every person: always text. Those without which there is no person cannot be removed. */
const TEXTS: ReadonlySet<string> = new Set(['name', 'handle', 'bio']);
const NEEDED: ReadonlySet<string> = new Set(['name', 'handle']);

/** The properties of a person, to change. A change is shown at once; one that is refused comes back into the editor, with the reason. */
export function PersonProperties(props: { readonly person: PersonHeadFragment }): ReactNode {
  const { person } = props;
  const [draft, setDraft] = useState<(Draft & { readonly isNew: boolean }) | null>(null);
  // Sent, and not known to have failed: the same change again goes out with the same key, and takes effect once.
  const unsure = useRef<PersonChange | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const leave = (name: string | null): void => {
    setDraft(null);
    // The button that the editor was opened by is there again in the next frame.
    const selector = name === null ? '[data-add]' : `[data-edit="${CSS.escape(name)}"]`;
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(selector)?.focus());
  };
  const save = async (next: Draft & { readonly isNew: boolean }, value: unknown): Promise<void> => {
    const change = { [next.name]: value };
    const last = unsure.current;
    const isRepeated = last !== null && JSON.stringify(last.change) === JSON.stringify(change);
    const attempt = isRepeated ? last : { key: newKey(), change, ifVersion: person.version };
    leave(next.isNew ? null : next.name);
    const outcome = await updatePerson(person.id, next.name, attempt);
    unsure.current = 'failure' in outcome && outcome.failure.mayHaveHappened ? attempt : null;
    if (!('failure' in outcome)) return;
    const { text } = outcome.failure;
    // What the reader has begun to write since is not taken away; the toast says what was refused.
    setDraft((current) => current ?? { ...next, problem: text });
  };
  const editor =
    draft === null ? null : (
      <PropertyEditor
        key={draft.problem}
        draft={draft}
        isNew={draft.isNew}
        isTyped={!TEXTS.has(draft.name)}
        mayRemove={!draft.isNew && !NEEDED.has(draft.name)}
        onSave={(next, value) => void save({ ...next, isNew: draft.isNew }, value)}
        onCancel={() => leave(draft.isNew ? null : draft.name)}
      />
    );
  return (
    <div ref={box}>
      <Properties
        entity={person}
        editing={draft === null || draft.isNew ? null : { name: draft.name, editor }}
        onEdit={(name, value) => setDraft({ ...draftOf(name, value), isNew: false })}
      />
      {draft?.isNew === true ? (
        editor
      ) : (
        <button
          type="button"
          className="button property-add"
          data-add
          onClick={() => setDraft({ ...draftOf('', ''), isNew: true })}
        >
          <Plus size={15} aria-hidden />
          Add a property
        </button>
      )}
    </div>
  );
}
