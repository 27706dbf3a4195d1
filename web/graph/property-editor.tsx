import { useId, useState } from 'react';
import type { FormEvent, KeyboardEvent, ReactNode } from 'react';
import { kindOf, readValue, VALUE_KINDS, writeValue } from './property-value.ts';
import type { ValueKind } from './property-value.ts';

/** What the reader wrote and has not yet been accepted. */
export interface Draft {
  readonly name: string;
  readonly kind: ValueKind;
  readonly written: string;
  /** Why it was refused, if it was. */
  readonly problem: string | null;
}

export function draftOf(name: string, value: unknown): Draft {
  return { name, kind: kindOf(value), written: writeValue(value), problem: null };
}

export interface PropertyEditorProps {
  readonly draft: Draft;
  /** A new property also gets a name. */
  readonly isNew: boolean;
  /** Of any kind, or text alone. */
  readonly isTyped: boolean;
  readonly mayRemove: boolean;
  readonly onSave: (draft: Draft, value: unknown) => void;
  readonly onCancel: () => void;
}

export function PropertyEditor(props: PropertyEditorProps): ReactNode {
  const { isNew, isTyped, mayRemove, onSave, onCancel } = props;
  const [draft, setDraft] = useState(props.draft);
  const problemId = useId();
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const name = draft.name.trim();
    const read = readValue(draft.kind, draft.written);
    if ('problem' in read) setDraft({ ...draft, problem: read.problem });
    else onSave({ ...draft, name }, read.value);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onCancel();
  };
  return (
    <form
      className="property-editor"
      onSubmit={save}
      onKeyDown={onKey}
      aria-label={isNew ? 'New property' : draft.name}
    >
      <div className="property-fields">
        {isNew ? (
          <input
            aria-label="Name of the property"
            placeholder="Name"
            required
            autoFocus
            className="figure"
            value={draft.name}
            onChange={(event) => setDraft({ ...draft, name: event.target.value })}
          />
        ) : (
          <span className="faint">{draft.name}</span>
        )}
        {isTyped ? (
          <select
            aria-label="Kind of value"
            value={draft.kind}
            onChange={(event) => {
              const kind = VALUE_KINDS.find((one) => one === event.target.value) ?? 'text';
              setDraft({ ...draft, kind, written: kind === 'yes or no' ? 'true' : draft.written, problem: null });
            }}
          >
            {VALUE_KINDS.map((kind) => (
              <option key={kind}>{kind}</option>
            ))}
          </select>
        ) : null}
      </div>
      <ValueField
        draft={draft}
        takesFocus={!isNew}
        describedBy={problemId}
        onWrite={(written) => setDraft({ ...draft, written, problem: null })}
      />
      <p id={problemId} className="problem" role="alert">
        {draft.problem}
      </p>
      <Buttons onCancel={onCancel} onRemove={mayRemove ? () => onSave(draft, null) : null} />
    </form>
  );
}

function Buttons(props: { readonly onCancel: () => void; readonly onRemove: (() => void) | null }): ReactNode {
  return (
    <div className="property-buttons">
      <button type="submit" className="button button-primary">
        Save
      </button>
      <button type="button" className="button" onClick={props.onCancel}>
        Cancel
      </button>
      {props.onRemove === null ? null : (
        <button type="button" className="button property-remove" onClick={props.onRemove}>
          Remove
        </button>
      )}
    </div>
  );
}

interface ValueFieldProps {
  readonly draft: Draft;
  readonly takesFocus: boolean;
  readonly describedBy: string;
  readonly onWrite: (written: string) => void;
}

function ValueField({ draft, takesFocus, describedBy, onWrite }: ValueFieldProps): ReactNode {
  const common = {
    'aria-label': 'Value',
    'aria-invalid': draft.problem !== null,
    'aria-describedby': describedBy,
    autoFocus: takesFocus,
    className: 'figure',
    value: draft.written,
  };
  if (draft.kind === 'yes or no') {
    return (
      <select {...common} onChange={(event) => onWrite(event.target.value)}>
        <option value="true">yes</option>
        <option value="false">no</option>
      </select>
    );
  }
  if (draft.kind === 'number')
    return <input {...common} inputMode="decimal" onChange={(event) => onWrite(event.target.value)} />;
  const rows = Math.min(Math.max(Math.ceil(draft.written.length / 30), 1), 6);
  return (
    <textarea
      {...common}
      rows={rows}
      onChange={(event) => onWrite(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.shiftKey) {
          event.preventDefault();
          event.currentTarget.form?.requestSubmit();
        }
      }}
    />
  );
}
