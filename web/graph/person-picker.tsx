import { Search } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { PersonLineFragment } from '../generated/graphql.ts';
import { Avatar } from './person-line.tsx';
import { usePersonSearch } from './person-search.ts';
import type { PersonSearch } from './person-search.ts';

export interface PersonPickerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly onPick: (person: PersonLineFragment) => void;
  /** Whether `/` and Ctrl K come here. */
  readonly isPageSearch?: boolean;
  /** What else can be done with who was found: with Shift, beside Enter or the mouse. */
  readonly other?: { readonly does: string; readonly onPick: (person: PersonLineFragment) => void } | null;
}

/** A box to find a person in: arrows walk the findings, Enter takes one, Escape closes. */
export function PersonPicker(props: PersonPickerProps): ReactNode {
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [isOpen, setIsOpen] = useState(false);
  const [at, setAt] = useState(0);
  const search = usePersonSearch(text);
  const other = props.other ?? null;
  const isShown = isOpen && text.trim() !== '';
  const pick = (person: PersonLineFragment | undefined, isOther: boolean): void => {
    if (person === undefined) return;
    setText('');
    setIsOpen(false);
    // Else the next key would be written into the box instead of meaning something.
    input.current?.blur();
    if (isOther && other !== null) other.onPick(person);
    else props.onPick(person);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const last = Math.max(search.people.length - 1, 0);
    if (event.key === 'ArrowDown') setAt(Math.min(at + 1, last));
    else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
    else if (event.key === 'Enter') pick(search.people[at], event.shiftKey);
    else if (event.key === 'Escape' && isShown) setIsOpen(false);
    else if (event.key === 'Escape') event.currentTarget.blur();
    else return;
    if (event.key !== 'Escape' || isShown) event.preventDefault();
  };
  const write = (next: string): void => {
    setText(next);
    setAt(0);
    setIsOpen(true);
  };
  return (
    <div className="picker">
      <Search size={16} aria-hidden />
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={props.label}
        aria-expanded={isShown}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isShown && search.people.length > 0 ? `${listId}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={props.placeholder}
        data-search={props.isPageSearch === true ? '' : undefined}
        value={text}
        onChange={(event) => write(event.target.value)}
        onFocus={() => setIsOpen(true)}
        onBlur={() => setIsOpen(false)}
        onKeyDown={onKeyDown}
      />
      {props.isPageSearch === true ? <kbd aria-hidden>/</kbd> : null}
      <FoundPeople id={listId} isShown={isShown} search={search} at={at} other={other?.does ?? null} onPick={pick} />
    </div>
  );
}

interface FoundPeopleProps {
  readonly id: string;
  readonly isShown: boolean;
  readonly search: PersonSearch;
  readonly at: number;
  readonly other: string | null;
  readonly onPick: (person: PersonLineFragment, isOther: boolean) => void;
}

function FoundPeople({ id, isShown, search, at, other, onPick }: FoundPeopleProps): ReactNode {
  return (
    <ul id={id} role="listbox" aria-label="People found" className="picker-list" hidden={!isShown}>
      {search.people.map((person, place) => (
        <li
          key={person.id}
          id={`${id}-${place}`}
          role="option"
          aria-selected={place === at}
          className="picker-option"
          // Before the box loses its focus, which would close the list.
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(person, event.shiftKey);
          }}
        >
          <Avatar name={person.name} />
          <span className="person-name">{person.name}</span>
          <span className="figure faint">@{person.handle}</span>
        </li>
      ))}
      {isShown && search.people.length === 0 ? (
        <li className="picker-note faint" role="option" aria-selected={false} aria-disabled>
          {emptyText(search)}
        </li>
      ) : null}
      {other !== null && search.people.length > 0 ? (
        <li className="picker-note faint" role="option" aria-selected={false} aria-disabled>
          <kbd>Shift</kbd> <kbd>Enter</kbd> {other}
        </li>
      ) : null}
    </ul>
  );
}

function emptyText(search: PersonSearch): string {
  if (search.isSearching) return 'Searching';
  return search.hasFailed ? 'The search did not answer.' : 'Nobody of that name.';
}
